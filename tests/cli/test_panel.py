"""The panel: what it shows, and that it fits."""

import io
import math

import pytest

from reverie.cli.panel import (
    Lines,
    Terminal,
    Watched,
    bar,
    clock,
    panel_for,
    render,
    sparkline,
    wrap,
)
from reverie.metrics.bits import format_loss
from reverie.runs.events import Previewed
from reverie.runs.log import Log
from reverie.tasks.task import Preview, Unit
from reverie.training.budgets import Spent
from reverie.training.events import Evaluated, Finished, Notice, Progressed

LN2 = math.log(2)
SPENT = Spent(step=1234, epoch=1.5, seconds=60.0)
CHARACTERS = Unit("character", "bits a character", 1 / LN2)
EVENTS = [
    Progressed(SPENT, 0.25, 3 * LN2, 0.5, 1e-3, 54_321.0),
    Evaluated(SPENT, 2 * LN2, True, None),
    Notice(SPENT, "step 5: rewound"),
    Finished(SPENT, "budget", 2 * LN2, None),
]
PREVIEWED = Previewed(SPENT, Preview("To be\x1b[2J or not\nto be", "longest span copied: 5"))


@pytest.fixture
def watched() -> Watched:
    watch = Watched("characters: 1 x 8 lstm", CHARACTERS, "frequencies 4.500, 5-grams 2.500")
    for event in [*EVENTS, PREVIEWED]:
        watch.see(event)
    return watch


def test_it_shows_what_is_known(watched):
    shown = "\n".join(render(watched, 100))
    for words in (
        "25%",
        "1:00 gone, 3:00 left",
        "step 1,234",
        "epoch 1.50",
        "3.000 bits a character",
        "valid 2.000 (best 2.000)",
        "54,321 characters a second",
        "gradient 0.5",
        "rate 1.00e-03",
        "frequencies 4.500, 5-grams 2.500",
        "| to be",
        "span copied: 5",
        "! step 5: rewound",
    ):
        assert words in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize("width", [20, 40, 79])
def test_it_fits(watched, width):
    assert all(len(line) <= width for line in render(watched, width))


def test_before_the_first_report():
    shown = render(Watched("x", CHARACTERS, ""), 80)
    assert any("compiling" in line for line in shown)


def test_terminal_draws_over_itself(watched):
    out = io.StringIO()
    panel = Terminal(out)
    panel.show(watched, EVENTS[0])
    height = out.getvalue().count("\n")
    panel.show(watched, EVENTS[1])
    assert f"\x1b[{height}F" in out.getvalue()


def test_a_pipe_gets_lines(watched):
    out = io.StringIO()
    panel = panel_for(out)
    assert isinstance(panel, Lines)
    for event in [*EVENTS, PREVIEWED]:
        panel.show(watched, event)
    assert "\x1b" not in out.getvalue() and out.getvalue().count("\n") == 6


def test_bars_clocks_and_curves():
    assert bar(0.5, 4) == "██░░" and bar(7.0, 2) == "██"
    assert (clock(61), clock(3661), clock(math.inf)) == ("1:01", "1:01:01", "long")
    assert sparkline([8, 4, 1], 60) == "█▄▁" and len(sparkline(list(range(500)), 60)) == 60
    assert sparkline([math.nan], 60) == "" and sparkline([1.0, 1.0], 60) == "▁▁"
    assert wrap("a b\n\nc", 80) == ["a b", "", "c"]


def test_measures():
    assert format_loss(LN2, "characters", 10, 10) == "0.6931 nats and 1.0000 bits a character"
    assert "2.0000 bits a character" in format_loss(LN2, "bytes", 20, 10)
    assert format_loss(-1e-9, "characters", 1, 1).startswith("0.0000 nats and 0.0000 bits")
    assert CHARACTERS.format(-1e-9) == "0.000 bits a character"
    assert format_loss(LN2, "words", 10, 50).endswith("0.2000 bits a character, perplexity 2.0")


def test_the_log_is_json_whatever_happens(tmp_path):
    import json

    log = Log(tmp_path / "log.jsonl")
    for event in [*EVENTS, EVENTS[0]._replace(loss=math.nan, gradient_norm=math.inf)]:
        log.event(event)
    log.close()
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["event"] for line in lines[:4]] == [
        "progressed",
        "evaluated",
        "notice",
        "finished",
    ]
    assert lines[0]["step"] == 1234 and lines[-1]["loss"] is None
    assert all("model" not in line for line in lines)
