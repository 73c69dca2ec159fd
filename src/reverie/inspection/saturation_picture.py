"""A picture of the saturation of gates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from reverie.inspection.panels import LEFT, NARROWEST, WORDS, add_panel, make_figure, set_title
from reverie.inspection.saturation import RIGHT, Saturation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SQUARE, ACROSS, DOWN = 2.0, 0.75, 0.9
"""The side of a panel and the gaps between panels, in inches."""
TOP, ASIDE, BOTTOM = 0.8, 0.3, 0.5
DOT, LINE = "#1d5fa8", "#c9cedb"


def saturation_picture(found: Mapping[str, Saturation], title: str) -> Figure:
    """A panel for each gate, a row for each layer and a dot for each unit: its fraction of time
    right-saturated (x) and left-saturated (y)."""
    layers: dict[str, list[str]] = {}
    for name in found:
        layers.setdefault(name.rpartition(".")[0], []).append(name)
    columns = max(map(len, layers.values()))
    width = LEFT + max(NARROWEST, columns * (SQUARE + ACROSS) - ACROSS) + ASIDE
    figure = make_figure(width, TOP + len(layers) * (SQUARE + DOWN) - DOWN + BOTTOM)
    for row, names in enumerate(layers.values()):
        for column, name in enumerate(names):
            left, top = LEFT + column * (SQUARE + ACROSS), TOP + row * (SQUARE + DOWN)
            _dots(add_panel(figure, left, top, SQUARE, SQUARE), name, found[name])
    x, y = LEFT / width, 1 - 0.3 / figure.get_figheight()
    figure.text(x, y, title, fontsize=9, color=WORDS, va="center", parse_math=False)
    return figure


def _dots(axes: Axes, name: str, found: Saturation) -> None:
    axes.plot([0, 1], [1, 0], color=LINE, linewidth=0.8)
    axes.scatter(found.right, found.left, s=9, color=DOT, alpha=0.35, linewidth=0, clip_on=False)
    axes.set(xlim=(0, 1), ylim=(0, 1), xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
    axes.spines[["left", "bottom"]].set(visible=True, color=LINE)
    axes.set_xlabel(f"fraction of time above {RIGHT}", fontsize=7, color=WORDS)
    axes.set_ylabel(f"fraction of time below {found.least}", fontsize=7, color=WORDS)
    kind = "within -1 and 1" if found.open is None else f"open {found.open.mean():.0%} of the time"
    set_title(axes, f"{name}: {kind}")
