"""A self-contained page that plays tunes while it shows them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from reverie.codecs.tune import HIGHEST, LOWEST, Tune
from reverie.errors import visible
from reverie.files import replace_file
from reverie.inspection.page import pack
from reverie.inspection.template import embed_json, fill_template
from reverie.tasks.music.roll import check_probabilities, key_range, shown_length
from reverie.tasks.music.timing import bar_length, clock, has_upbeat

TEMPLATE = Path(__file__).with_name("player.html")
SLOWEST, FASTEST = 0.25, 2.0
"""The ends of the tempo's slider, in times of the tune's own tempo."""


class Played(NamedTuple):
    """A tune on the page, and what is known of it."""

    name: str
    tune: Tune
    probabilities: Float[np.ndarray, "T 88"] | None = None
    """How probable each key of a piano was in each step; shown behind the notes."""
    score: str | None = None
    """SVG."""
    remark: str = ""
    step: float = 0.25
    """The quarters of a step of the probabilities."""


def write_player(path: str | Path, played: Sequence[Played], title: str = "Music") -> None:
    """Writes the page. InputError as `player_page` does, and where it cannot be written."""
    page = player_page(played, title)
    with replace_file(path) as file:
        file.write(page)


def player_page(played: Sequence[Played], title: str = "Music") -> str:
    """The page, in HTML: a player for each tune.

    Raises InputError for what is no metre or tempo, and for probabilities of other keys.
    """
    slots = {
        "title": _text(title),
        "tunes": "".join(_section(number, each) for number, each in enumerate(played)),
        "data": embed_json([_data(each) for each in played]),
    }
    return fill_template(TEMPLATE, slots)


def _data(played: Played) -> dict[str, Any]:
    """What the script needs to know of a tune; times are in quarters."""
    tune = played.tune
    check_probabilities(played.probabilities, played.step)
    low, high = key_range(tune, played.probabilities)
    places, seconds = clock(tune, shown_length(tune, played.probabilities, played.step))
    voices = sorted({note.voice for note in tune.notes})
    return _shades(played, low, high) | {
        "tempo": tune.tempo,
        "bar": bar_length(tune.metre),
        "beat": 4 / tune.metre[1],
        "first": 0 if has_upbeat(tune) else 1,
        "length": float(places[-1]),
        "low": low,
        "high": high,
        "clock": [np.round(places, 4).tolist(), np.round(seconds, 4).tolist()],
        "voices": max(1, len(voices)),
        "notes": [
            [n.pitch, round(n.start, 4), round(n.length, 4), n.velocity, voices.index(n.voice)]
            for n in sorted(tune.notes, key=lambda note: note.start)
        ],
    }


def _shades(played: Played, low: int, high: int) -> dict[str, Any]:
    """The probabilities of these keys, as bytes; 0 for those that a piano does not have."""
    if played.probabilities is None or not len(played.probabilities):
        return {}
    wide = np.pad(played.probabilities, [(0, 0), (LOWEST, 127 - HIGHEST)])[:, low : high + 1]
    shades = pack(np.round(255 * wide.clip(0, 1)), "u1")
    return {"rows": len(wide), "step": played.step, "shades": shades}


def _section(number: int, played: Played) -> str:
    """A tune with its player, which the script brings to life."""
    name, tempo = _text(played.name), played.tune.tempo
    length = shown_length(played.tune, played.probabilities, played.step)
    remark = f"<p class=soft>{_text(played.remark)}</p>" if played.remark else ""
    return (
        f'<section aria-labelledby="name-{number}"><h2 id="name-{number}">{name}</h2>{remark}'
        "<div class=roll><canvas class=keys aria-hidden=true></canvas>"
        f'<div class=track tabindex=0 role=slider aria-label="Place in {name}" '
        f"aria-describedby=keys aria-valuemin=0 aria-valuemax={length:g} "
        "aria-valuenow=0><canvas></canvas><div class=cursor></div></div></div>"
        f'<div class=row><button class=play aria-describedby="name-{number}">Play</button>'
        f'<button class=stop aria-describedby="name-{number}">Stop</button>'
        "<span class=place></span>"
        f"<label>Tempo <input class=tempo type=range min={SLOWEST * tempo:.0f} "
        f"max={FASTEST * tempo:.0f} value={tempo:.0f}> <output>{tempo:.0f}</output></label></div>"
        f"{_score(name, played.score)}</section>\n"
    )


def _score(name: str, drawn: str | None) -> str:
    """The score as an image: so its names and styles, and whatever else is in it, stay there."""
    if drawn is None:
        return ""
    data = base64.b64encode(drawn.encode()).decode()
    return (
        "<details class=score open><summary>Score</summary>"
        f'<img alt="Score of {name}" src="data:image/svg+xml;base64,{data}"></details>'
    )


def _text(text: str) -> str:
    """Text for HTML."""
    return escape(visible(text))
