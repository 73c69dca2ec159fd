"""Captions: the most probable sentences about pictures, found by beam search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.codecs.captions import Captions
from reverie.cores.adaptive_attention import AdaptiveState
from reverie.cores.attentive import attention_states
from reverie.cores.states import find_states
from reverie.encoders.visual import Features, Pixels
from reverie.errors import InputError
from reverie.model import SequenceModel, nll
from reverie.padding import stack
from reverie.search.sources import Hypothesis, SearchSettings, search_sources

ROWS = 32
"""Pictures that are captioned side by side."""
LONGEST = 40
"""Words of a caption, with its end."""

Source = Pixels | Features


class Caption(NamedTuple):
    """One hypothesis about a picture."""

    text: str
    log_prob: float
    """log p(caption | picture), in nats."""
    score: float
    """By which it competed."""
    finished: bool
    """It came to an end; False where only the limit ended it."""
    values: np.ndarray
    """Its symbols (T,), with the end."""


class CaptionTrace(NamedTuple):
    """What a model did at each word of a caption."""

    words: list[str]
    """T of them; the last is the end."""
    log_probs: Float[np.ndarray, " T"]
    """log p of each, in nats."""
    alpha: Float[np.ndarray, "T S"] | None
    """How much of each place it read; None of a model that does not look."""
    beta: Float[np.ndarray, " T"] | None
    """Adaptive attention: how much it relied on itself."""


class Captioner:
    """A model of captions and its codec."""

    def __init__(self, model: SequenceModel, codec: Captions):
        self.model, self.codec = model, codec

    def caption(
        self, sources: Sequence[Source], searching: SearchSettings = SearchSettings(3, 0.0)
    ) -> list[list[Caption]]:
        """The best `width` captions of each, best first.

        Raises InputError where they are not what the model was trained on.
        """
        for source in sources:
            self.check(source)
        found: list[list[Caption]] = []
        for begin in range(0, len(sources), ROWS):
            found += self._find(list(sources[begin : begin + ROWS]), searching)
        return found

    def check(self, source: Source) -> None:
        """InputError for features of another width than the model reads, and for pixels where it
        was trained on features."""
        encoder: Any = self.model.encoder
        width, known = source.values.shape[-1], encoder.linear.W.shape[1]
        if isinstance(source, Features) and width != known:
            instead = "give it pictures" if self.codec.side else "make them with the same network"
            raise InputError(
                f"features of a width of {width}, where the model reads {known}: {instead}"
            )
        if isinstance(source, Pixels) and self.codec.features:
            raise InputError(
                "this model was trained on features: name an .npz of them, or the network that "
                "made them with --onnx"
            )

    def _find(self, sources: list[Source], searching: SearchSettings) -> list[list[Caption]]:
        """The captions of pictures that are captioned side by side."""
        rows = 1 if len(sources) == 1 else ROWS
        filled = sources + sources[-1:] * (rows - len(sources))
        most = max(each.memory_size for each in filled)
        together = stack([each.pad(0, most) for each in filled])
        limit = searching.longest or LONGEST
        searching = searching._replace(excluded=self.codec.unknown)
        found = search_sources((self.model,), together, self.codec.end, limit, searching)
        return [[self._caption(each) for each in best] for best in found[: len(sources)]]

    def _caption(self, found: Hypothesis) -> Caption:
        text = self.codec.decode(found.values)
        return Caption(text, found.log_prob, found.score, found.finished, found.values)

    def read(self, source: Source, values: np.ndarray) -> CaptionTrace:
        """What the model does at each word of a caption."""
        log_probs, alphas, betas = _read(self.model, source, jnp.asarray(values))
        alpha, beta = (np.asarray(each[0]) if each else None for each in (alphas, betas))
        return CaptionTrace(self.codec.names(values), np.asarray(log_probs), alpha, beta)


@eqx.filter_jit
def _read(
    model: SequenceModel, source: Any, values: Array
) -> tuple[Float[Array, " T"], list[Array], list[Array]]:
    condition = model.condition(source)
    read = model.unroll(values, model.start(condition), condition)
    alphas = [state.alpha for state in attention_states(read.states)]
    betas = [state.beta for state in find_states(AdaptiveState, read.states)]
    return -nll(read.distribution, values), alphas, betas


def grid_of(places: int) -> tuple[int, int]:
    """Rows and columns of a picture's places. InputError where they are in no square."""
    side = round(places**0.5)
    if side * side != places:
        raise InputError(f"{places} places are in no square: there is no picture of where they are")
    return side, side
