"""Properties of every codec: encoding is invertible, and a description rebuilds the codec."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from reverie.check.comparing import Claim
from reverie.concepts import Codec


def equal(one: Any, other: Any) -> bool:
    """Whether two raw values are equal, element by element."""
    return bool(np.all(one == other)) and np.shape(one) == np.shape(other)


def check_codec(
    codec: Codec, samples: Sequence[Any], *, same: Callable[[Any, Any], bool] = equal
) -> None:
    """Checks a codec on raw samples; raises CheckFailed where a property does not hold.

    decode(encode(raw)) is the `same` as raw; the arrays of all samples agree in dtype and
    in their shape after the first axis; and where the codec can describe itself, the one
    rebuilt from that description, through JSON, encodes equally.
    """
    encoded = [codec.encode(raw) for raw in samples]
    _check_inverse(codec, samples, encoded, same)
    _check_forms(encoded)
    if hasattr(codec, "describe") and hasattr(type(codec), "from_description"):
        _check_description(codec, samples, encoded)


def _check_inverse(
    codec: Codec, samples: Sequence[Any], encoded: list[Any], same: Callable[[Any, Any], bool]
) -> None:
    claim = Claim("decode(encode(x)) is x", "something is normalised, cut or rounded on the way")
    for raw, values in zip(samples, encoded, strict=True):
        back = codec.decode(values)
        if not same(back, raw):
            claim.fail(f"{raw!r:.60} came back as {back!r:.60}")


def _check_forms(encoded: list[Any]) -> None:
    claim = Claim("values are alike", "encode leaves the dtype or shape to what it was given")
    forms = [_form(values) for values in encoded]
    for form in forms:
        if form != forms[0]:
            claim.fail(f"one sample has elements {form}, the first {forms[0]}")


def _form(values: Any) -> list[str]:
    """Dtype and shape of an element, array by array."""
    leaves = jax.tree.leaves(values)
    if not leaves or not all(isinstance(leaf, np.ndarray) and leaf.ndim for leaf in leaves):
        kinds = [type(leaf).__name__ for leaf in leaves]
        Claim("values are alike", "encode returns lists").fail(f"values are {kinds}, not arrays")
    return [f"{leaf.dtype}{leaf.shape[1:]}" for leaf in leaves]


def _check_description(codec: Any, samples: Sequence[Any], encoded: list[Any]) -> None:
    claim = Claim("a description rebuilds the codec", "describe leaves out what encode needs")
    again = type(codec).from_description(json.loads(json.dumps(codec.describe())))
    if again.describe() != codec.describe():
        claim.fail("the rebuilt codec has another description")
    for raw, values in zip(samples, encoded, strict=True):
        claim.same("the encoding by the rebuilt codec", again.encode(raw), values)
