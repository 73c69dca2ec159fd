"""The keys of several dreams."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array


def keys_of(seed: int, count: int, begin: int = 0) -> Array:
    """The keys of dreams `begin` to `begin + count` of a seed, (count,); compiles nothing."""
    data = np.zeros((count, 2), np.uint32)
    data[:, 0], data[:, 1] = np.arange(begin, begin + count), seed
    return jax.random.wrap_key_data(jnp.asarray(data))
