"""Losses in the units of the field: nats, bits and perplexity."""

import math

LARGEST = 700.0
"""The largest loss in nats whose perplexity is computed: that of larger ones overflows."""


def bits(nats: float) -> float:
    """A loss in nats as bits."""
    return nats / math.log(2)


def perplexity(nats: float) -> float:
    """exp(nats), the perplexity per symbol of a loss per symbol."""
    return math.exp(min(nats, LARGEST))


def format_loss(nats: float, unit: str, symbols: int, characters: int) -> str:
    """A loss in nats per symbol of a text, for people.

    `unit` is what a symbol is (characters, bytes, words, pieces). The text has `symbols` of them
    and so many `characters`, by which the loss per character is computed.
    """
    one = unit.removesuffix("s")
    parts = [f"{nats:z.4f} nats and {bits(nats):z.4f} bits a {one}"]
    if unit != "characters":
        parts.append(f"{bits(nats) * symbols / max(characters, 1):z.4f} bits a character")
    if unit in ("words", "pieces"):
        parts.append(f"perplexity {perplexity(nats):,.1f}")
    return ", ".join(parts)
