"""Units by similarity, by planting some that are alike; and what a heat map shows."""

import sys

import numpy as np
import pytest

from reverie.errors import InputError
from reverie.inspection import ordering
from reverie.inspection.alignment import symbol_labels
from reverie.inspection.heatmap import heatmap_picture
from reverie.inspection.ordering import order_by_similarity
from reverie.inspection.saving import save_figure

ALIKE = [(0, 5), (1, 8), (2, 6)]


@pytest.fixture
def units(rng):
    """(50, 10): 5 does as 0, 8 the opposite of 1, 6 nearly as 2; 4 and 9 never vary."""
    found = rng.normal(size=(50, 10))
    found[:, 5] = 3 * found[:, 0] + 1
    found[:, 8] = -found[:, 1]
    found[:, 6] = found[:, 2] + 0.3 * found[:, 6]
    found[:, 4], found[:, 9] = 0.7, 0.0
    return found


@pytest.mark.parametrize("optimal", [ordering.OPTIMAL, 3])
def test_units_that_do_alike_stand_side_by_side(units, optimal, monkeypatch):
    monkeypatch.setattr(ordering, "OPTIMAL", optimal)
    order = order_by_similarity(units).tolist()
    assert sorted(order) == list(range(10)) and order[-2:] == [4, 9]
    for one, other in ALIKE:
        assert abs(order.index(one) - order.index(other)) == 1


def test_neighbours_go_the_same_way_where_the_tree_allows():
    t = np.arange(60) / 60 * 2 * np.pi
    slow = [np.sin(t) + 0.1 * n * np.cos(7 * t) for n in (-1, 1)]
    order = order_by_similarity(np.stack([slow[0], -slow[0], slow[1], -slow[1]], 1)).tolist()
    # Each stands beside its opposite, and the two pairs meet in those that agree.
    assert order in ([0, 1, 3, 2], [1, 0, 2, 3], [2, 3, 1, 0], [3, 2, 0, 1])


@pytest.mark.parametrize("shape", [(1, 3), (5, 1), (5, 2)])
def test_few_units_and_one_step_have_an_order(shape, rng):
    assert sorted(order_by_similarity(rng.normal(size=shape))) == list(range(shape[1]))


def test_scipy_is_asked_for(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.cluster.hierarchy", None)
    with pytest.raises(InputError, match=r"'scipy', .*'reverie\[pictures\]'"):
        order_by_similarity(np.zeros((5, 3)))


def test_a_heatmap_of_a_short_text(units):
    text = symbol_labels(list("ab \n\t"), [0, 1, 2, 3, 4] * 10)
    axes, scale = heatmap_picture(units, text, "1.h").axes
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["a", "b", "␣", "↵", "⇥"] * 10
    numbers = [int(tick.get_text()) for tick in axes.get_yticklabels()]
    order = order_by_similarity(units)
    (image,) = axes.images
    np.testing.assert_array_equal(image.get_array(), units[:, order].T)
    # One row of each number, in the middle of its unit's.
    assert numbers == order[(axes.get_yticks() - 0.5).astype(int)].tolist() and len(numbers) > 5
    low, high = image.get_clim()
    assert low == -high == pytest.approx(-np.quantile(np.abs(units), 0.995), rel=0.02)
    assert axes.get_title(loc="left").startswith("1.h of 10 units")
    assert scale.get_ylabel() == "activation"


def test_gates_have_the_scale_from_0_to_1_and_long_texts_positions(rng):
    gates = rng.uniform(size=(200, 4))
    axes, _ = heatmap_picture(gates, ["a"] * 200, "f").axes
    assert axes.images[0].get_clim() == (0, 1)
    assert axes.get_xlabel() == "symbol" and axes.get_xlim() == (0, 200)
    assert not {"a"} & {tick.get_text() for tick in axes.get_xticklabels()}


def test_words_stand_on_end(rng):
    words = ["$so", "far", "so", "good"]
    axes, _ = heatmap_picture(np.zeros((4, 3)), words, "h").axes
    assert [tick.get_text() for tick in axes.get_xticklabels()] == words
    assert {tick.get_rotation() for tick in axes.get_xticklabels()} == {90}


def test_letters_that_the_font_lacks_are_boxes_without_a_warning(rng, tmp_path):
    picture = heatmap_picture(rng.normal(size=(3, 2)), ["\u4e2d", "\u6587", "a"], "h")
    save_figure(picture, tmp_path / "h.png")
    assert (tmp_path / "h.png").stat().st_size > 1000
