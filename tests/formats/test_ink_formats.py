"""Strokes as people have them: InkML, SVG, JSON and stroke-3."""

import io
import pickle
import re
import zipfile

import numpy as np
import pytest

from reverie.codecs.ink import Ink
from reverie.errors import InputError
from reverie.formats import stroke3
from reverie.formats.ink_files import read_inks
from reverie.formats.svg.paths import arc, bezier, flatten_path
from reverie.formats.svg.transforms import apply_transform, parse_transform


def read(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_inks(path)


def svg(body):
    return f'<svg xmlns="http://www.w3.org/2000/svg">{body}</svg>'


def inkml(body):
    return f'<ink xmlns="http://www.w3.org/2003/InkML">{body}</ink>'


def channels(*names):
    return f"<traceFormat>{''.join(f'<channel name={n!r}/>' for n in names)}</traceFormat>"


# InkML.


def test_inkml_without_a_format_is_x_and_y(tmp_path):
    (ink,) = read(
        tmp_path, "a.inkml", inkml("<trace>10 0, 9 14,\n 8 28 </trace><trace>1 2</trace>")
    )
    assert [s.tolist() for s in ink.strokes] == [[[10, 0], [9, 14], [8, 28]], [[1, 2]]]


def test_inkml_channels_may_stand_in_any_order(tmp_path):
    truth = '<annotation type="truth"> a b </annotation>'
    trace = channels("F", "T", "Y", "X") + channels("X", "Y") + "<trace>.5 1500 2 1</trace>"
    (ink,) = read(tmp_path, "a.inkml", inkml(truth + trace))
    assert ink.points.tolist() == [[1, 2, 1.5]] and ink.text == "a b"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (inkml("<trace>1 2</trace>")[:-3], "broken XML"),
        ("", "broken XML"),
        ('<?xml version="1.0" encoding="nonsense"?><ink/>', "broken XML"),
        (svg(""), "not an InkML"),
        (inkml(""), "no <trace>"),
        (inkml("<trace></trace>"), "trace 1 is not a list"),
        (inkml("<trace>1 2, 'a 'b</trace>"), "absolute numbers"),
        (inkml("<trace>1 nan</trace>"), "not a finite number"),
        (inkml(channels("X") + "<trace>1 2</trace>"), "X and Y are needed"),
        (inkml(channels("X", "Y") + "<trace>1</trace>"), "absolute numbers"),
        (inkml(channels("X", "Y", "T") + "<trace>1 2 9, 1 3 8</trace>"), "point 2 .* earlier"),
    ],
)
def test_inkml_that_cannot_be_read(tmp_path, content, message):
    with pytest.raises(InputError, match=message) as caught:
        read(tmp_path, "a.inkml", content)
    assert "a.inkml" in str(caught.value) and "\n" not in str(caught.value)


BOMB = """<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><svg><title>&b;</title></svg>"""


@pytest.mark.parametrize("content", [BOMB, BOMB.encode("utf-16"), "<!DOCTYPE ink><ink/>"])
@pytest.mark.parametrize("suffix", ["svg", "inkml"])
def test_a_document_type_is_refused(tmp_path, content, suffix):
    with pytest.raises(InputError, match="document type"):
        read(tmp_path, f"a.{suffix}", content)


# SVG.


@pytest.mark.parametrize(
    ("data", "points"),
    [
        ("M1 2L3 4", [[1, 2], [3, 4]]),
        ("m1,2 2,2 0-1", [[1, 2], [3, 4], [3, 3]]),
        ("M1-2.5.5", None),
        ("M0 0H5V6h-1v-2", [[0, 0], [5, 0], [5, 6], [4, 6], [4, 4]]),
        ("M0 0 4 0 4 3Z", [[0, 0], [4, 0], [4, 3], [0, 0]]),
        ("M1e1.5L+2-3", [[10, 0.5], [2, -3]]),
        ("M0 0C1 0 2 0 3 0", [[0, 0], [3, 0]]),
    ],
)
def test_lines_of_a_path(data, points):
    if points is None:
        with pytest.raises(InputError, match="cannot be read at character"):
            flatten_path(data)
    else:
        (line,) = flatten_path(data)
        assert line.tolist() == points


def test_a_path_goes_on_where_a_closed_one_began():
    first, second = flatten_path("M2 2h3v3z l-1-1")
    assert first[-1].tolist() == [2, 2] and second.tolist() == [[2, 2], [1, 1]]


@pytest.mark.parametrize(
    ("data", "same"),
    [
        ("M0 0c0 4 4 4 4 0s4-4 4 0", "M0 0C0 4 4 4 4 0C4-4 8-4 8 0"),
        ("M0 0q2 4 4 0t4 0", "M0 0Q2 4 4 0Q6-4 8 0"),
        ("M0 0L4 0S6 2 8 0", "M0 0L4 0C4 0 6 2 8 0"),
        ("M0 0T4 0T8 0", "M0 0Q0 0 4 0Q8 0 8 0"),
        ("M1 1a2 3 10 01 4 4", "M1 1A2 3 10 0 1 5 5"),
    ],
)
def test_short_forms_of_curves(data, same):
    (one,), (other,) = flatten_path(data), flatten_path(same)
    assert np.allclose(one, other, atol=1e-12) and len(one) > 2


def test_a_bezier_curve_is_followed_closely():
    controls = [0j, 0 + 4j, 4 + 4j, 4 + 0j]
    at = np.linspace(0, 1, 5000)
    exact = sum(
        n * c * at**k * (1 - at) ** (3 - k)
        for k, (n, c) in enumerate(zip((1, 3, 3, 1), controls, strict=True))
    )
    points = np.array(bezier(controls))
    assert np.abs(points[:, None] - exact).min(1).max() < 1e-3 and points[-1] == 4
    assert bezier([0j, 1 + 0j, 3 + 0j]) == [3]


@pytest.mark.parametrize("large", [0, 1])
@pytest.mark.parametrize("sweep", [0, 1])
def test_an_arc_lies_on_its_circle_and_goes_the_right_way(large, sweep):
    points = np.array([0j, *arc(0j, [5, 5, 30, large, sweep], 6 + 0j)])
    distances = [np.abs(points - c) for c in (3 + 4j, 3 - 4j)]
    assert min(np.ptp(d) for d in distances) < 1e-9 and points[-1] == 6
    length = np.abs(np.diff(points)).sum()
    small = 2 * 5 * np.arcsin(3 / 5)
    assert np.isclose(length, 10 * np.pi - small if large else small, rtol=0.01)
    # y grows downwards: where angles grow, the way from left to right passes above.
    assert (points.imag.min() < -1e-9) == bool(sweep)


def test_an_ellipse_that_is_too_small_grows():
    points = np.array([0j, *arc(0j, [1, 2, 0, 0, 1], 6 + 0j)])
    assert np.isclose(points.imag.min(), -6, atol=0.05) and points[-1] == 6
    assert arc(0j, [0, 2, 0, 0, 1], 6 + 0j) == [6]


def test_transforms_are_carried_out_from_the_inside(tmp_path):
    body = '<g transform="translate(10,20) scale(2)"><path transform="rotate(90)" d="M1 0h1"/></g>'
    (ink,) = read(tmp_path, "a.svg", svg(body))
    assert np.allclose(ink.points, [[10, 22], [10, 24]])


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", (1, 2)),
        ("matrix(1 2 3 4 5 6)", (12, 16)),
        ("translate(3)", (4, 2)),
        ("scale(2, 3)", (2, 6)),
        ("rotate(90 1 1)", (0, 1)),
        ("skewX(45)", (3, 2)),
        ("skewY(45)", (1, 3)),
        ("translate(1 1),scale(-1)", (0, -1)),
    ],
)
def test_each_transform(text, place):
    assert np.allclose(apply_transform(np.array([[1.0, 2.0]]), parse_transform(text)), [place])


def test_lines_and_polygons_are_strokes_and_definitions_are_not(tmp_path):
    body = (
        "<title>t</title><defs><path d='M0 0h1'/></defs><rect width='3' height='3'/>"
        "<line x1='1px' y2='3'/><polyline points='0,0 1,1 2 0'/><polygon points='0,0 1,1 2 0'/>"
    )
    (ink,) = read(tmp_path, "a.svg", svg(body))
    assert [len(s) for s in ink.strokes] == [2, 3, 4] and ink.text == "t"
    assert ink.strokes[0].tolist() == [[1, 0], [0, 3]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (svg("<path d='M0 0L"), "broken XML"),
        (svg(""), "no paths or lines"),
        (svg("<path d='L3 3'/>"), "character 1"),
        (svg("<path d='M3 3 L4 x'/>"), "character 9 "),
        (svg("<path d='M3 3L1e999 0'/>"), "character 6 "),
        (svg("<g transform='spin(3)'/>"), "cannot be read: use matrix"),
        (svg("<line x1='a'/>"), "not a number"),
        (svg("<g>" * 300 + "<path d='M0 0h1'/>" + "</g>" * 300), "deep"),
        (inkml(""), "not an SVG"),
    ],
)
def test_svg_that_cannot_be_read(tmp_path, content, message):
    with pytest.raises(InputError, match=message) as caught:
        read(tmp_path, "a.svg", content)
    assert "a.svg" in str(caught.value) and "\n" not in str(caught.value)


# JSON.


def test_the_forms_of_json(tmp_path):
    (ink,) = read(tmp_path, "a.json", "[[[0, 1], [2, 3]], [[4, 5]]]")
    assert [len(s) for s in ink.strokes] == [2, 1] and ink.text == ""
    one = '{"strokes": [[[0, 1, 0.5]]], "text": "a"}'
    assert [i.text for i in read(tmp_path, "a.json", f"[{one}, {one}]")] == ["a", "a"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[[[0, 1]", "broken JSON"),
        (b"\xff\xfe\x00", "broken JSON"),
        ("[" * 100_000, "broken JSON"),
        ("3", "no strokes in it"),
        ("[]", "no strokes"),
        ('{"text": "a"}', "no strokes in it"),
        ('{"strokes": [[[0, 1]]], "text": 3}', "no strokes in it"),
        ("[[[0, NaN]]]", "not a finite number"),
        ('[{"strokes": [[[0, 1]]]}, {"strokes": []}]', "ink 2: "),
    ],
)
def test_json_that_cannot_be_read(tmp_path, content, message):
    with pytest.raises(InputError, match=message) as caught:
        read(tmp_path, "a.json", content)
    assert "a.json" in str(caught.value) and "\n" not in str(caught.value)


# Stroke-3.

DRAWINGS = [
    np.array([[1, 2, 0], [3, 0, 1], [0, 5, 0], [1, 1, 1]], np.int16),
    np.array([[-1, -2, 1]], np.int16),
]


def object_array(arrays):
    made = np.empty(len(arrays), object)
    made[:] = arrays
    return made


def check_drawings(inks):
    assert [len(i.points) for i in inks] == [4, 1]
    assert [s.tolist() for s in inks[0].strokes] == [[[1, 2], [4, 2]], [[4, 7], [5, 8]]]


def test_flat_stroke3(tmp_path):
    rows, lengths = np.concatenate(DRAWINGS), np.array([4, 1])
    np.savez(tmp_path / "a.npz", strokes=rows, lengths=lengths)
    check_drawings(read_inks(tmp_path / "a.npz"))
    np.savez_compressed(
        tmp_path / "b.npz",
        train_strokes=rows,
        train_lengths=lengths,
        test_strokes=rows[:1],
        test_lengths=lengths[1:],
    )
    parts = stroke3.read(tmp_path / "b.npz")
    check_drawings(parts["train"])
    assert len(parts["test"]) == 1


@pytest.mark.parametrize("protocol", [2, 3, 4])
@pytest.mark.parametrize("dtype", ["<i2", ">i2", "<f4", "<f8"])
def test_the_public_form_of_stroke3_is_read_without_running_it(tmp_path, protocol, dtype):
    arrays = object_array([d.astype(dtype) for d in DRAWINGS])
    header = io.BytesIO()
    about = {"descr": "|O", "fortran_order": False, "shape": arrays.shape}
    np.lib.format.write_array_header_1_0(header, about)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as file:
        for part in ("train", "valid"):
            file.writestr(f"{part}.npy", header.getvalue() + pickle.dumps(arrays, protocol))
    parts = stroke3.read(tmp_path / "a.npz")
    assert list(parts) == ["train", "valid"]
    check_drawings(parts["train"])


def test_what_numpy_itself_saves_is_read(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", train=object_array(DRAWINGS))
    check_drawings(stroke3.read(tmp_path / "a.npz")["train"])


class Evil:
    """What runs a program where a pickle is loaded."""

    def __reduce__(self):
        return (print, ("never",))


@pytest.mark.parametrize(
    "content",
    [[Evil()], ["text"], [{}], [np.array(["text"])], [object_array(DRAWINGS)], [None]],
)
def test_other_objects_are_refused_and_never_run(tmp_path, capsys, content):
    made = np.empty(1, object)
    made[0] = content[0]
    np.savez(tmp_path / "a.npz", train=made)
    with pytest.raises(InputError, match="more than plain arrays .*'lengths'"):
        read_inks(tmp_path / "a.npz")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"strokes": np.zeros((3, 3))}, "lengths that sum to 3"),
        ({"strokes": np.zeros((3, 3)), "lengths": [2]}, "lengths that sum to 3"),
        ({"strokes": np.zeros((3, 3)), "lengths": [4, -1]}, "lengths that sum to 3"),
        ({"strokes": np.zeros((3, 5)), "lengths": [3]}, "drawing 1 of strokes has the shape"),
        ({"strokes": np.full((3, 3), np.nan), "lengths": [3]}, "not a finite number"),
        ({"other": np.zeros(3)}, "no drawings"),
    ],
)
def test_stroke3_that_cannot_be_read(tmp_path, arrays, message):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(InputError, match=message) as caught:
        read_inks(tmp_path / "a.npz")
    assert "a.npz" in str(caught.value) and "\n" not in str(caught.value)


def test_drawings_of_one_length_in_one_array(tmp_path):
    one = DRAWINGS[0]
    np.savez(tmp_path / "a.npz", train=np.stack([one, one]), test=one)
    parts = stroke3.read(tmp_path / "a.npz")
    assert [len(part) for part in parts.values()] == [2, 1]
    for (ink,) in (parts["train"][1:], parts["test"]):
        assert [s.tolist() for s in ink.strokes] == [[[1, 2], [4, 2]], [[4, 7], [5, 8]]]
    np.savez(tmp_path / "b.npz", strokes=np.stack([one, one]), lengths=[4, 1])
    assert [len(ink.points) for ink in read_inks(tmp_path / "b.npz")] == [4, 1]


def test_drawings_without_points_are_left_out_and_counted(tmp_path):
    told: list[str] = []
    empty = [np.zeros(0), np.zeros((0, 3))]
    np.savez(tmp_path / "a.npz", train=object_array([*DRAWINGS, *empty]))
    check_drawings(read_inks(tmp_path / "a.npz", told.append))
    np.savez(tmp_path / "b.npz", strokes=np.concatenate(DRAWINGS), lengths=[4, 0, 1])
    check_drawings(read_inks(tmp_path / "b.npz", told.append))
    assert [note.partition(": ")[2] for note in told] == [
        "left out 2 drawings without points",
        "left out 1 drawing without points",
    ]


PEN_FIRST = np.concatenate(DRAWINGS)[:, [2, 0, 1]]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"train": PEN_FIRST}, r"not the pen, 0 or 1 \(column 1 seems to be the pen\)"),
        ({"strokes": PEN_FIRST, "lengths": [5]}, "order dx, dy, pen"),
        ({"train": np.arange(9.0).reshape(3, 3)}, "not the pen, 0 or 1: put"),
        ({"train": np.tile([[2, 3, 1]], (20, 1))}, "lifted after 100% .* store 1 - pen"),
        ({"train": np.zeros((4, 5))}, "stroke-5: store its columns 1, 2 and 4"),
        ({"strokes": np.array(3.0), "lengths": [1]}, "is a single number"),
        ({"strokes": np.zeros((3, 3), "M8[s]"), "lengths": [3]}, "array of datetime64"),
        ({"strokes": np.full((3, 3), "a"), "lengths": [3]}, "array of <U1"),
        ({"strokes": np.zeros((3, 3), bool), "lengths": [3]}, "array of bool"),
        ({"strokes": np.zeros((3, 3)), "lengths": [2**62, 2**62, 2**63, 3]}, "sum to 3"),
        ({"strokes": np.zeros((3, 3)), "lengths": ["a"]}, "sum to 3"),
    ],
)
def test_drawings_in_other_forms(tmp_path, arrays, message):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(InputError, match=message):
        read_inks(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (9" + "9" * 30 + ", 3)}", "shape"),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000, 3)}", "but has 72"),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 3)}", "not an array"),
        ("{'descr': 'V9', 'fortran_order': False, 'shape': (8,)}", "numbers only"),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (((", "not an array"),
        ("text", "not an array"),
    ],
)
def test_arrays_that_are_not_what_they_say(tmp_path, header, message):
    """Nothing is allocated for a shape, whatever the archive says of its size."""
    text = (header + "\n").encode()
    array = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(72)
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("train.npy", array)
    with pytest.raises(InputError, match=message):
        read_inks(tmp_path / "a.npz")


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("field", [{8: b"\x01"}, {10: b"\x63"}, {}])
def test_archives_that_are_packed_wrongly(tmp_path, packing, field):
    """Encrypted, of an unknown method, or with other bytes in what is packed."""
    with zipfile.ZipFile(tmp_path / "a.npz", "w", packing) as file:
        file.writestr("train.npy", bytes(range(256)) * 4)
    whole = bytearray((tmp_path / "a.npz").read_bytes())
    for offset, value in field.items():
        at = whole.find(b"PK\x01\x02") + offset
        whole[at : at + 1] = value
    if not field:
        whole[60:90] = bytes(30)
    with pytest.raises(InputError, match="a damaged .npz file"):
        read(tmp_path, "b.npz", bytes(whole))


def test_an_archive_that_unpacks_to_a_trap(tmp_path, monkeypatch):
    monkeypatch.setattr("reverie.formats.opening.UNPACKED", 1000)
    np.savez_compressed(tmp_path / "a.npz", train=np.zeros((100_000, 3)))
    with pytest.raises(InputError, match="more than 200 times"):
        read_inks(tmp_path / "a.npz")


def test_damaged_archives(tmp_path):
    np.savez(tmp_path / "a.npz", train=object_array(DRAWINGS * 50))
    whole = (tmp_path / "a.npz").read_bytes()
    for content in (b"", b"text", whole[:-50], re.sub(rb"multiarray", b"multiarrax", whole)):
        with pytest.raises(InputError):
            read(tmp_path, "b.npz", content)


# All.


def test_files_that_are_no_strokes(tmp_path):
    with pytest.raises(InputError, match="must end in"):
        read_inks(tmp_path / "a.txt")
    for name in ("a.svg", "a.json", "a.inkml", "a.npz"):
        with pytest.raises(InputError, match=f"cannot read .*{name}.*: No such file"):
            read_inks(tmp_path / name)


def test_a_file_that_is_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr("reverie.formats.opening.LARGEST", 100)
    with pytest.raises(InputError, match="larger than"):
        read(tmp_path, "a.json", " " * 200)


def test_ink_of_a_reader_is_ink(tmp_path):
    assert isinstance(read(tmp_path, "a.json", "[[[0, 1]]]")[0], Ink)
