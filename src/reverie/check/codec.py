"""What every medium promises: what it encoded it can decode, and a copy of it too."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from reverie.check.comparing import Claim
from reverie.concepts import Codec


def equal(one: Any, other: Any) -> bool:
    """Whether two raw things are the same: `==`, and for arrays all of it."""
    return bool(np.all(one == other)) and np.shape(one) == np.shape(other)


def check_codec(
    codec: Codec, samples: Sequence[Any], *, same: Callable[[Any, Any], bool] = equal
) -> None:
    """Proves a medium on raw samples; raises CheckFailed where it cannot.

    decode(encode(raw)) is the `same` as raw; the arrays of all samples agree in dtype and
    in their shape behind the first axis; and where the medium can describe itself, the one
    rebuilt from that description, through JSON, encodes alike.
    """
    encoded = [codec.encode(raw) for raw in samples]
    _whole(codec, samples, encoded, same)
    _alike(encoded)
    if hasattr(codec, "describe") and hasattr(type(codec), "from_description"):
        _rebuilt(codec, samples, encoded)


def _whole(
    codec: Codec, samples: Sequence[Any], encoded: list[Any], same: Callable[[Any, Any], bool]
) -> None:
    claim = Claim("decode(encode(x)) is x", "something is normalised, cut or rounded on the way")
    for raw, values in zip(samples, encoded, strict=True):
        back = codec.decode(values)
        if not same(back, raw):
            claim.fail(f"{raw!r:.60} came back as {back!r:.60}")


def _alike(encoded: list[Any]) -> None:
    claim = Claim("values are alike", "encode leaves the dtype or shape to what it was given")
    forms = [_form(values) for values in encoded]
    for form in forms:
        if form != forms[0]:
            claim.fail(f"one sample is {form} an element, the first {forms[0]}")


def _form(values: Any) -> list[str]:
    """Dtype and shape of an element, array by array."""
    leaves = jax.tree.leaves(values)
    if not leaves or not all(isinstance(leaf, np.ndarray) and leaf.ndim for leaf in leaves):
        kinds = [type(leaf).__name__ for leaf in leaves]
        Claim("values are alike", "encode returns lists").fail(f"values are {kinds}, not arrays")
    return [f"{leaf.dtype}{leaf.shape[1:]}" for leaf in leaves]


def _rebuilt(codec: Any, samples: Sequence[Any], encoded: list[Any]) -> None:
    claim = Claim("a description rebuilds the medium", "describe leaves out what encode needs")
    again = type(codec).from_description(json.loads(json.dumps(codec.describe())))
    if again.describe() != codec.describe():
        claim.fail("the rebuilt one describes itself otherwise")
    for raw, values in zip(samples, encoded, strict=True):
        claim.same("what the rebuilt one encodes", again.encode(raw), values)
