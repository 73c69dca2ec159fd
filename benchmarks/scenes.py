"""Captions of made scenes and clips: how many are exact where combinations are new, and whether
attention lies on the thing that is named (`scenes.py MODEL`).

A word's share is how much of its attention lies on the cells of the picture's grid that its thing
covers, and on those within one cell around them, for a cell sees its neighbours too.
"""

from __future__ import annotations

import argparse
from collections import defaultdict

import numpy as np
from side_by_side import as_reverie_does

from reverie.encoders.visual import Pixels
from reverie.loading import load
from reverie.tasks.captions.generate import Captioner
from reverie.tasks.captions.scenes import (
    COLOURS,
    MOTIONS,
    SHAPES,
    SIZES,
    Scene,
    cells_of,
    make_clips,
    make_pictures,
)

KINDS = {
    False: {"size": SIZES, "colour": COLOURS, "shape": SHAPES},
    True: {"colour": COLOURS, "shape": SHAPES, "motion": MOTIONS},
}
"""The words that say something of a thing, in their order; in clips, and not."""
SEED = 2
"""Not one that a training measures itself by."""


def shares(captioner: Captioner, scene: Scene) -> list[tuple[str, float, float, float]]:
    """For each word that says something of a thing: of which kind it is, its share on the thing and
    around it, and the share of all cells that these are. In a clip, of all frames together."""
    source, found = Pixels.of(scene.pixels), []
    reading = captioner.read(source, captioner.codec.encode(scene.caption))
    assert reading.alpha is not None
    grid = round((reading.alpha.shape[1] / len(scene.frames)) ** 0.5)
    paths = iter(zip(*scene.frames, strict=True))
    path, named = next(paths), KINDS[len(scene.frames) > 1]
    for word, alpha in zip(reading.words, reading.alpha, strict=True):
        kinds = [kind for kind, words in named.items() if word in words]
        if not kinds:
            continue
        own = np.stack([cells_of(thing, grid, scene.side) > 0 for thing in path])
        wider = np.stack([spread(cells) for cells in own])
        total = max(alpha.sum(), 1e-9)
        on, around = (float(alpha[each.ravel()].sum() / total) for each in (own, wider))
        found.append((kinds[0], on, around, float(wider.mean())))
        if kinds == [*named][-1:]:
            path = next(paths, path)
    return found


def spread(cells: np.ndarray) -> np.ndarray:
    """These cells and those beside them."""
    padded = np.pad(cells, 1)
    height, width = cells.shape
    shifted = [padded[i : i + height, j : j + width] for i in range(3) for j in range(3)]
    return np.logical_or.reduce(shifted)


def exact(captioner: Captioner, scenes: list[Scene]) -> float:
    """The fraction of scenes whose most probable caption is theirs, word for word."""
    found = captioner.caption([Pixels.of(scene.pixels) for scene in scenes])
    same = [best[0].text == scene.caption for best, scene in zip(found, scenes, strict=True)]
    return float(np.mean(same))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("--scenes", type=int, default=2000)
    given = parser.parse_args()
    loaded = load(given.model)
    captioner = Captioner(loaded.model, loaded.codec)
    clips = loaded.config.network.clips
    for seen in (True, False):
        scenes = (make_clips if clips else make_pictures)(given.scenes, SEED, seen=seen)
        said = "combinations that were learned from" if seen else "with one that never was"
        print(f"{exact(captioner, scenes):.2%} of {given.scenes:,} captions exact, {said}")
    if loaded.config.network.places == "frames":
        return
    rows: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for scene in scenes[:200]:
        for kind, *numbers in shares(captioner, scene):
            rows[kind].append(tuple(numbers))
    print("attention, mean    on the thing   and around it   if it were spread evenly")
    for kind, numbers in rows.items():
        on, around, chance = np.mean(numbers, 0)
        print(f"{kind:<17}{on:>14.1%}{around:>16.1%}{chance:>27.1%}")


if __name__ == "__main__":
    as_reverie_does()
    main()
