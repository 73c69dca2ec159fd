"""What is told while one waits."""

import io

import pytest

from reverie import waiting


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes on by a second whenever it is read."""
    ticks = iter(range(1000))
    monkeypatch.setattr(waiting.time, "monotonic", lambda: float(next(ticks)))


def test_a_terminal_is_told_how_far_it_is_and_the_line_is_gone_at_the_end(monkeypatch, clock):
    out = Terminal()
    monkeypatch.setattr(waiting.sys, "stderr", out)
    assert list(waiting.follow(range(8), "work")) == list(range(8))
    told = out.getvalue().split("\r")
    # It begins at 0, and the third of them at 3.
    assert told[1] == "work: 2 of 8, 0.7 a second, 00:00:09 left\033[K"
    assert told[-1] == "\033[K" and len(told) == 8


def test_nothing_is_told_of_what_is_quick_or_where_nobody_watches(monkeypatch, clock):
    out = Terminal()
    monkeypatch.setattr(waiting.sys, "stderr", out)
    assert list(waiting.follow("ab", "work")) == ["a", "b"] and not out.getvalue()
    blind = io.StringIO()
    monkeypatch.setattr(waiting.sys, "stderr", blind)
    assert len(list(waiting.follow(range(9), "work"))) == 9 and not blind.getvalue()
