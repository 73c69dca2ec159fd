"""How symbols are chosen, as options of the command line. No jax before one is."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from reverie.errors import InputError
from reverie.settings import Options, option

if TYPE_CHECKING:
    from reverie.concepts import Sampler


@dataclass(frozen=True)
class SamplerOptions(Options):
    """How each symbol is chosen from its distribution."""

    temperature: float = option(
        1.0,
        "below 1 more certain, above 1 wilder",
        above=0,
        hint="for the most probable symbol use --greedy",
    )
    greedy: bool = option(False, "always the most probable symbol")
    top_k: int | None = option(None, "only among the k most probable", least=1)
    top_p: float | None = option(None, "only among the most probable that make up p", above=0)
    min_p: float | None = option(
        None, "only what is at least min-p times as probable as the best", least=0, below=1
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.top_p is not None and self.top_p > 1:
            raise InputError(f"top-p must be 1 or less, not {self.top_p:g}")
        if self.greedy:
            others = [f.name for f in fields(self) if f.name != "greedy"]
            changes = [n for n in others if getattr(self, n) != getattr(SamplerOptions, n)]
            if changes:
                name = changes[0].replace("_", "-")
                raise InputError(f"greedy leaves nothing to choose: leave --{name} out")


def sampler_of(drawing: SamplerOptions) -> Sampler:
    """The draw; its numbers are arrays, so that another temperature is not compiled anew."""
    import jax.numpy as jnp

    from reverie.samplers import Greedy, Sample, Truncated, bias_of

    bias = jnp.asarray(bias_of(drawing.temperature))
    if drawing.greedy:
        return Greedy()
    if drawing.top_k is drawing.top_p is drawing.min_p is None:
        return Sample(bias)
    top_p, min_p = jnp.asarray(drawing.top_p or 1.0), jnp.asarray(drawing.min_p or 0.0)
    return Truncated(bias, drawing.top_k or 0, top_p, min_p)
