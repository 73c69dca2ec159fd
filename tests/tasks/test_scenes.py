"""Scenes that are made: what is said of them is what is drawn, and what is held out is new."""

import re
from itertools import pairwise

import numpy as np
import pytest
from scipy.ndimage import label

from reverie.tasks.captions.scenes import (
    CLIP_SIDE,
    COLOURS,
    FRAMES,
    MOTIONS,
    SHAPES,
    SIDE,
    STEP,
    cells_of,
    make_clips,
    make_pictures,
    unseen_pairs,
)

THING = re.compile(rf"a (small|large) ({'|'.join(COLOURS)}) ({'|'.join(SHAPES)})")
MOVING = re.compile(rf"a ({'|'.join(COLOURS)}) ({'|'.join(SHAPES)}) moves ({'|'.join(MOTIONS)})")
MAKERS = pytest.mark.parametrize("make", [make_pictures, make_clips])


def patch_at(frame, row, column, colour) -> int:
    """How many pixels of a colour hang together around a place; 0 where it has another."""
    alike = np.abs(frame.astype(int) - COLOURS[colour]).max(-1) < 40
    patches, _ = label(alike)
    found = patches[round(row), round(column)]
    return int((patches == found).sum()) if found else 0


@pytest.mark.parametrize("seen", [True, False])
def test_a_picture_shows_what_its_caption_says(seen):
    sizes = set()
    for scene in make_pictures(25, 3, seen=seen):
        (frame,) = scene.pixels
        assert frame.shape == (SIDE, SIDE, 3) and frame.dtype == np.uint8
        said = THING.findall(scene.caption)
        assert said == [(thing.size, thing.colour, thing.shape) for thing in scene.things]
        for (size, colour, _), thing in zip(said, scene.things, strict=True):
            area = patch_at(frame, thing.row, thing.column, colour)
            assert area > 20 and (area > 80) == (size == "large")
            sizes.add(size)
        links = re.findall("left of|above|below", scene.caption)
        for link, (a, b) in zip(links, pairwise(scene.things), strict=True):
            right, down = b.column - a.column, b.row - a.row
            assert right > 0
            assert link == ("left of" if right > abs(down) else "above" if down > 0 else "below")
        assert len(THING.sub("", scene.caption).split()) == sum(len(one.split()) for one in links)
    assert sizes == {"small", "large"}


@pytest.mark.parametrize("seen", [True, False])
def test_a_clip_shows_what_its_caption_says(seen):
    counts = set()
    for scene in make_clips(15, 3, seen=seen):
        assert scene.pixels.shape == (FRAMES, CLIP_SIDE, CLIP_SIDE, 3)
        said = MOVING.findall(scene.caption)
        counts.add(len(said))
        assert " and ".join(f"a {c} {s} moves {m}" for c, s, m in said) == scene.caption
        assert [x[:2] for x in said] == [(t.colour, t.shape) for t in scene.things]
        for (colour, _, motion), thing in zip(said, scene.things, strict=True):
            for time in (0, FRAMES // 2, FRAMES - 1):
                row, column = np.array([thing.row, thing.column]) + np.array(MOTIONS[motion]) * (
                    STEP * time
                )
                assert patch_at(scene.pixels[time], row, column, colour) > 20
        assert all(a.column < b.column for a, b in pairwise(scene.things))
    assert counts == ({1, 2} if seen else {2})


@MAKERS
def test_pairs_that_are_held_out_are_never_learned_and_always_measured(make):
    unseen = unseen_pairs()
    assert 0.15 < len(unseen) / (len(COLOURS) * len(SHAPES)) ** 2 < 0.25

    def met(seen, count):
        for scene in make(count, 7, seen=seen):
            kinds = [thing.kind for thing in scene.things]
            yield [pair in unseen for pair in pairwise(kinds)]

    assert not any(any(new) for new in met(True, 60))
    assert all(any(new) for new in met(False, 60))


@MAKERS
def test_a_scene_depends_on_its_seed_and_number_alone(make):
    three = make(3, 5, seen=True)
    (last,) = make(1, 5, seen=True, first=2)
    np.testing.assert_array_equal(last.pixels, three[2].pixels)
    assert last.caption == three[2].caption and last.things == three[2].things
    others = make(1, 6, seen=True, first=2)[0], make(1, 5, seen=False, first=2)[0]
    assert all((other.pixels != last.pixels).any() for other in others)


@MAKERS
def test_a_scene_is_painted_once_and_only_when_it_is_looked_at(make):
    (scene,) = make(1, 5, seen=True)
    assert "pixels" not in vars(scene) and scene.pixels is scene.pixels


def test_a_far_scene_is_made_at_once():
    assert len(make_pictures(1, 1, seen=False, first=2**31 - 1)) == 1


def test_a_thing_covers_cells():
    for scene in make_pictures(5, 0, seen=True):
        for thing in scene.things:
            cells = cells_of(thing, 6)
            assert cells[int(thing.row // 8), int(thing.column // 8)] > 0.1
            area = patch_at(scene.pixels[0], thing.row, thing.column, thing.colour)
            assert float(cells.sum() * 64) == pytest.approx(area, rel=0.35)
