"""Each format reads back what it wrote, but for what it has no place for."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from reverie.codecs.ink import Ink
from reverie.errors import InputError
from reverie.formats import ink_files, ink_json, inkml, npz, stroke3, suffixes, svg, tables
from reverie.formats.drawing import pen_width

TIMED = Ink(
    (
        np.array([[10.0, -4.0, 0.0], [13.5, 2.25, 0.1], [20.0, 8.0, 0.25]]),
        np.array([[21.0, 3.0, 0.75]]),
        np.array([[22.0, 1.0, 1.0], [30.0, -2.0, 1.5]]),
    ),
    'a < b & "c" \u00e9\U0001f600',
)
DOT = Ink((np.array([[3.0, 4.0]]),))
UNTIMED = Ink(tuple(stroke[:, :2] for stroke in TIMED.strokes), TIMED.text)


class Format(NamedTuple):
    """One file format of ink, and what it keeps beside x and y."""

    suffix: str
    read: Callable[[Path], Ink]
    write: Callable[[Ink, Path], None]
    times: bool
    text: bool
    error: float = 0.0
    """The largest error of a coordinate, in widths of the pen."""


FORMATS = [
    Format(".svg", lambda p: svg.read(p).inks[0], svg.write, times=False, text=True, error=1 / 20),
    Format(".inkml", lambda p: inkml.read(p).inks[0], inkml.write, times=True, text=True),
    Format(".json", lambda p: ink_json.read(p).inks[0], ink_json.write, times=True, text=True),
    Format(
        ".npz",
        lambda p: stroke3.read(p)["test"][0],
        lambda ink, p: stroke3.write({"test": [ink]}, p),
        times=False,
        text=False,
        error=1e-12,
    ),
]


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.suffix)
@pytest.mark.parametrize("ink", [TIMED, UNTIMED, DOT], ids=["timed", "untimed", "dot"])
def test_ink_comes_back(tmp_path, form, ink):
    path = tmp_path / f"ink{form.suffix}"
    form.write(ink, path)
    back = form.read(path)
    assert back.timed == (ink.timed and form.times)
    assert back.text == (ink.text if form.text else "")
    np.testing.assert_array_equal(back.ends, ink.ends)
    columns = back.points.shape[1]
    allowed = form.error * pen_width(ink)
    np.testing.assert_allclose(back.points, ink.points[:, :columns], rtol=0, atol=allowed)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.suffix)
def test_the_suffix_chooses_the_format(tmp_path, form):
    one, other = tmp_path / f"one{form.suffix}", tmp_path / f"other{form.suffix}"
    ink_files.write_ink(UNTIMED, one)
    form.write(UNTIMED, other)
    (back,) = ink_files.read_inks(one)
    if form.suffix != ".npz":  # whose parts have names
        assert one.read_bytes() == other.read_bytes()
    np.testing.assert_array_equal(back.ends, UNTIMED.ends)


def test_all_formats_of_strokes_are_in_the_table():
    only_read = {".ndjson", ".xml"}
    assert {form.suffix for form in FORMATS} == set(suffixes.READABLE) - only_read
    assert set(suffixes.READABLE) - only_read < set(suffixes.WRITABLE)


def test_a_pen_that_stands_still_is_a_dot_in_svg(tmp_path):
    svg.write(Ink((np.array([[3.0, 4.0], [3.0, 4.0]]),)), tmp_path / "a.svg")
    np.testing.assert_allclose(svg.read(tmp_path / "a.svg").inks[0].points, [[3, 4]], atol=0.05)


def test_stroke3_keeps_its_parts(tmp_path):
    stroke3.write({"train": [UNTIMED, DOT], "valid": [DOT]}, tmp_path / "a.npz")
    parts = stroke3.read(tmp_path / "a.npz")
    assert {name: len(inks) for name, inks in parts.items()} == {"train": 2, "valid": 1}
    assert parts["valid"][0].points.tolist() == [[3, 4]]


COLUMNS = {"text": ['a "b", c', "two\nlines", "tab\there"], "stars": ["1", "", "3"]}


def test_columns_come_back(tmp_path):
    for name in ("a.csv", "a.tsv", "a.jsonl"):
        tables.write(COLUMNS, tmp_path / name)
        assert tables.read(str(tmp_path / name)) == COLUMNS


def test_arrays_come_back(tmp_path):
    arrays = {"a": np.arange(6).reshape(2, 3), "b": np.array(["x", "yz"])}
    npz.write(arrays, tmp_path / "a.npz")
    back = npz.read(tmp_path / "a.npz")
    assert list(back) == ["a", "b"]
    for name, array in arrays.items():
        np.testing.assert_array_equal(back[name], array)
    (tmp_path / "b.npz").write_text("text")
    np.save(tmp_path / "c.npy", np.arange(3))
    for name, message in (
        ("b.npz", "not an .npz"),
        ("c.npy", "not an .npz"),
        ("no", "cannot read"),
    ):
        with pytest.raises(InputError, match=message):
            npz.read(tmp_path / name)
