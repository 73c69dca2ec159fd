"""Saturation against counts by hand, and its picture."""

import numpy as np
import pytest

from reverie.errors import InputError
from reverie.inspection.saturation import saturations
from reverie.inspection.saturation_picture import saturation_picture

GATE = np.array([[0.05, 0.95, 0.1], [0.05, 0.91, 0.9], [0.6, 0.05, 0.5], [0.95, 0.97, 0.51]])
CANDIDATE = np.array([[-0.95, 0.1], [-0.91, 0.95], [0.05, -0.85], [0.99, 0.05]])


def test_fractions_of_time():
    found = saturations({"f": GATE, "z": CANDIDATE})
    f, z = found["f"], found["z"]
    assert (f.left.tolist(), f.right.tolist()) == ([0.5, 0.25, 0.0], [0.25, 0.75, 0.0])
    assert f.open is not None and f.open.tolist() == [0.5, 0.75, 0.5] and f.least == 0.1
    assert (z.left.tolist(), z.right.tolist()) == ([0.5, 0.0], [0.25, 0.25])
    assert z.open is None and z.least == -0.9


def test_a_model_without_gates_is_told():
    with pytest.raises(InputError, match="no gates"):
        saturations({})


def test_a_panel_for_each_gate_and_a_row_for_each_layer():
    found = saturations({"0.f": GATE, "0.z": CANDIDATE, "1.f": GATE, "1.z": CANDIDATE})
    axes = saturation_picture(found, "two layers").axes
    heads = [panel.get_title(loc="left") for panel in axes]
    assert heads == [
        "0.f: open 58% of the time",
        "0.z: within -1 and 1",
        "1.f: open 58% of the time",
        "1.z: within -1 and 1",
    ]
    tops = [panel.get_position().y1 for panel in axes]
    assert tops[0] == tops[1] > tops[2] == tops[3]
    dots = axes[0].collections[0].get_offsets()
    np.testing.assert_array_equal(dots, [[0.25, 0.5], [0.75, 0.25], [0.0, 0.0]])
    assert axes[0].get_ylabel() == "fraction of time below 0.1"
    assert axes[1].get_ylabel() == "fraction of time below -0.9"
