"""Which keys are down while a MIDI file plays: from messages that begin and end to notes."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

DRUMS = 9
"""The channel of drums, which people call the tenth."""


class KeyState(NamedTuple):
    """What a message says that it begins or ends."""

    track: int
    channel: int
    pitch: int

    @property
    def part(self) -> tuple[int, int]:
        """Track and channel."""
        return self.track, self.channel


class Struck(NamedTuple):
    """A note, in ticks."""

    key: KeyState
    start: int
    end: int
    velocity: int


class Keys:
    """The notes of one track but drums, from its messages in their order.

    A key that is struck again while it is down ends there and begins anew. The message that would
    have ended it is still to come and ends nothing, so that the key is down for as long as more
    messages have struck it than released it.
    """

    def __init__(self) -> None:
        self.struck: list[Struck] = []
        self.drums = self.without_length = self.without_end = 0
        """How many notes were left out, and how many were ended by the end of the track."""
        self._down: dict[KeyState, tuple[int, int]] = {}
        """Since when, and how hard."""
        self._owed: Counter[KeyState] = Counter()
        """Releases still to come of notes that were ended by another."""
        self._last: dict[KeyState, int] = {}
        """When the last of these came."""

    def press(self, key: KeyState, tick: int, velocity: int) -> None:
        """A note begins."""
        if key.channel == DRUMS:
            self.drums += 1
            return
        if key in self._down:
            self._owed[key] += 1
            self._end(key, tick)
        self._down[key] = tick, velocity

    def release(self, key: KeyState, tick: int) -> None:
        """A note ends, if its key is down."""
        if self._owed[key]:
            self._owed[key] -= 1
            self._last[key] = tick
        elif key in self._down:
            self._end(key, tick)

    def silence(self, channel: int, tick: int) -> None:
        """All notes of a channel end."""
        for key in [key for key in self._down if key.channel == channel]:
            self._owed[key] = 0
            self._end(key, tick)

    def finish(self, tick: int) -> None:
        """The track ends. A key that was struck twice and released once ended with that."""
        for key, (start, _) in list(self._down.items()):
            released = self._last.get(key, 0)
            self.without_end += released <= start
            self._end(key, released if released > start else tick)

    def _end(self, key: KeyState, tick: int) -> None:
        start, velocity = self._down.pop(key)
        if tick > start:
            self.struck.append(Struck(key, start, tick, velocity))
        else:
            self.without_length += 1
