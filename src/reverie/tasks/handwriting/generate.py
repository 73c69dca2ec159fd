"""Handwriting from a model: lines in a hand, by chance or after an example."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from reverie.codecs.handwriting import Handwriting
from reverie.codecs.ink import Ink
from reverie.codecs.strokes import Strokes
from reverie.concepts import Condition, Key, Memory, Rollout
from reverie.cores.soft_window import EndOfText, window_state
from reverie.errors import InputError
from reverie.layers import array
from reverie.model import SequenceModel
from reverie.padding import pad, round_up
from reverie.programs import remember
from reverie.rollout import generate, nothing
from reverie.samplers import Primed, Sample
from reverie.tasks.handwriting.layout import spelling
from reverie.threads import RowThreads

PLACES, POINTS = 32, 256
"""Texts and examples are padded to multiples of these, so that few programs are compiled."""
ENOUGH = 10
"""Characters of an example after which it may be cut."""
PACE = 45
"""Steps that a character may take at most, on average over a line."""


class Line(NamedTuple):
    """A line that was written."""

    ink: Ink
    finished: bool
    """The window came to the end of the text; False where only the limit ended it."""
    log_prob: float
    """log p of its points under the model, in nats a point."""
    places: np.ndarray | None = None
    """The character of its text that each point belongs to, (N,), where there is a text."""


class StyleExample(NamedTuple):
    """A trace and its text, with which a model is primed to write in that style."""

    values: tuple[np.ndarray, np.ndarray]
    """Offsets (P, 2) and pen bits (P, 1)."""
    text: str


class Written(NamedTuple):
    """What is kept of a rollout, or of N of them."""

    values: Any
    log_probs: Float[Array, "*N T"]
    length: Int[Array, "*N"]
    finished: Bool[Array, "*N"]
    places: Int[Array, "*N T"] | None
    """Which character the window looked at most, where there is one."""


def _keep(rollout: Rollout) -> Written:
    assert rollout.log_probs is not None
    return Written(
        rollout.values, rollout.log_probs, rollout.length, rollout.finished, rollout.states
    )


class EndOfLine(eqx.Module):
    """Stops when the pen is lifted and the window is behind the text.

    Graves (2013, 5.3) stops at `EndOfText`, whatever the pen does: in the middle of a last d, or
    before the cross of a last t.
    """

    end: EndOfText

    def __call__(self, value: Any, state: Any) -> Bool[Array, ""]:
        _, pen = value
        return self.end(value, state) & (pen[0] > 0)


def place(state: Any) -> Int[Array, ""]:
    """The character that a window looks at most; behind the text it is U."""
    return jnp.argmax(window_state(state).phi)


class Writer:
    """A model of strokes under a window over a text, and the codec of both."""

    def __init__(self, model: SequenceModel, codec: Handwriting):
        self.model, self.codec = model, codec

    def example(self, ink: Ink, text: str) -> StyleExample:
        """An ink of any size as an example, with its text. InputError where they do not match.

        The window must stand in the last quarter of the text when the trace ends.
        """
        if not text.strip():
            raise InputError("the text of the style is missing: give the text of its trace")
        values = self.codec.encode(self.codec.rescaling([ink])([ink])[0])
        phi = self._follow(values, text)
        place, length = float(phi[-1] @ np.arange(1, len(text) + 2) / phi[-1].sum()), len(text)
        if not length - max(3, length / 4) <= place <= length + 3:
            raise InputError(
                f"the text of the style does not match its trace: at the trace's end the model "
                f"stands at character {place:.0f} of {length}; give the text as it is written"
            )
        return shorten(StyleExample(values, text), phi.argmax(1))

    def continue_from(self, line: Line) -> StyleExample:
        """A line of its own as an example."""
        values, text = self.codec.encode(line.ink), line.ink.text
        return shorten(StyleExample(values, text), self._follow(values, text).argmax(1))

    def _follow(self, values: tuple[np.ndarray, np.ndarray], text: str) -> np.ndarray:
        """phi (T, U + 1) while the model follows a trace."""
        length = len(values[0])
        filled = tuple(pad(part, round_up(length, POINTS)) for part in values)
        memory, count = self._memory([text])
        # As an array: a number would be a constant of the program, and each length compiled anew.
        phi = _read(self.model, filled, jnp.asarray(length), jax.tree.map(lambda a: a[0], memory))
        return np.asarray(phi)[:length, : count[0] + 1] + 1e-9

    def write(
        self,
        texts: Sequence[str],
        keys: Array,
        *,
        bias: float = 0.5,
        example: StyleExample | None = None,
    ) -> list[Line]:
        """Each text as a line, by its own key of `keys` (N,), all at once.

        Raises InputError for characters that the model does not know.
        """
        blank = " " if " " in self.codec.alphabet.alphabet else ""
        before = "" if example is None else example.text.rstrip() + blank
        memory, lengths = self._memory([before + text for text in texts])
        values = self._blank() if example is None else example.values
        known = len(values[0])
        room = round_up(known, POINTS) if known else 0
        filled = tuple(pad(part, max(room, 1)) for part in values)
        limit = room + PACE * (memory.mask.shape[1] - len(before))
        rows = _up_to_power(len(texts))
        chosen = np.minimum(np.arange(rows), len(texts) - 1)
        work = partial(
            _generate,
            self.model,
            array(np.asarray(bias)),
            jax.device_put(filled),
            jax.device_put(np.asarray(known)),
            limit,
        )
        each = (
            keys if rows == len(texts) else keys[chosen],
            jax.tree.map(lambda a: a[chosen], memory),
            lengths[chosen],
        )
        with RowThreads(self.model, rows) as threads:
            found = threads.map(work, each)
        drawn = Written(*jax.tree.map(np.asarray, found))
        begins = (known, len(before))
        return [self._line(drawn, row, *begins, text) for row, text in enumerate(texts)]

    def _line(self, drawn: Written, row: int, known: int, before: int, text: str) -> Line:
        """The ink behind an example of so many steps and characters."""
        assert drawn.places is not None
        own = slice(known, int(drawn.length[row]))
        offsets, bits = (part[row, own] for part in drawn.values)
        ink = self.codec.decode((offsets, bits), text)
        places = np.append(0, np.asarray(drawn.places[row, own]) - before)
        if known:
            places[0] = -1  # the point where the example ends
        ink, places = spelling(ink, places)
        log_prob = float(drawn.log_probs[row, own].mean())
        return Line(ink, bool(drawn.finished[row]), log_prob, places)

    def _memory(self, texts: Sequence[str]) -> tuple[Any, np.ndarray]:
        """The texts as memories of one size, (N, S, ...), and how long each is; for NumPy."""
        lengths = np.array([len(text) for text in texts])
        places = round_up(int(lengths.max()), PLACES)
        letters: Any = np.stack([pad(self.codec.encode_text(text), places) for text in texts])
        mask: Any = np.arange(places) < lengths[:, None]
        return Memory(letters, letters, mask), lengths

    def _blank(self) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros((0, 2), np.float32), np.zeros((0, 1), np.float32)


def shorten(example: StyleExample, places: np.ndarray) -> StyleExample:
    """The first words of an example: `places` (P,) say which character each point belongs to.

    A network that learned lines of one length should not be made to read two of them.
    """
    cut = example.text.find(" ", ENOUGH)
    behind = np.flatnonzero(places > cut)
    if cut < 0 or not len(behind):
        return example
    lifts = np.flatnonzero(example.values[1][: behind[0], 0])
    if not len(lifts):
        return example
    end = int(lifts[-1]) + 1
    offsets, bits = example.values
    return StyleExample((offsets[:end], bits[:end]), example.text[:cut])


class Scribbler:
    """A model of strokes without a text, and their codec."""

    def __init__(self, model: SequenceModel, codec: Strokes):
        self.model, self.codec = model, codec

    def write(self, points: int, keys: Array, *, bias: float = 0.0) -> list[Line]:
        """So many points, by each of the keys (N,)."""
        found = _scribble(self.model, jnp.asarray(float(bias)), keys, points)
        drawn = Written(*jax.tree.map(np.asarray, found))
        return [
            Line(
                self.codec.decode((drawn.values[0][row], drawn.values[1][row])),
                False,
                float(drawn.log_probs[row].mean()),
            )
            for row in range(len(keys))
        ]


@remember
def _generate(
    model: SequenceModel,
    bias: Float[Array, ""],
    example: Any,
    known: Int[Array, ""],
    limit: int,
    rows: tuple[Key, Memory, Int[Array, " N"]],
) -> tuple[Any, ...]:
    """What `Written` holds."""
    draw = Primed(example, Sample(bias), known)

    def one(key: Array, memory: Memory, length: Int[Array, ""]) -> Written:
        return _keep(
            generate(
                model,
                draw,
                limit,
                key=key,
                condition=Condition(memory=memory),
                stop=EndOfLine(EndOfText(length)),
                record=place,
                axis_name="lines",
            )
        )

    return tuple(jax.vmap(one, axis_name="lines")(*rows))


@remember
def _scribble(
    model: SequenceModel, bias: Float[Array, ""], keys: Array, points: int
) -> tuple[Any, ...]:
    """What `Written` holds."""

    def one(key: Array) -> Written:
        return _keep(
            generate(model, Sample(bias), points, key=key, record=nothing, axis_name="lines")
        )

    return tuple(jax.vmap(one, axis_name="lines")(keys))


@remember
def _read(
    model: SequenceModel, values: Any, length: Int[Array, ""], memory: Memory
) -> Float[Array, "T S+1"]:
    """phi after each step of a trace."""
    condition = Condition(memory=memory)
    mask = jnp.arange(values[0].shape[0]) < length
    read = model.unroll(values, model.start(condition), condition, mask=mask)
    return window_state(read.states).phi


def _up_to_power(count: int) -> int:
    return 1 << (count - 1).bit_length()
