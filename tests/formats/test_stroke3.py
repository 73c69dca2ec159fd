"""Stroke-3 in .npz, from strangers too."""

import io
import pickle
import re
import zipfile

import numpy as np
import pytest
from formats.files import read

from reverie.errors import InputError
from reverie.formats import stroke3
from reverie.formats.ink_files import read_file, read_inks

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
    empty = [np.zeros(0), np.zeros((0, 3))]
    np.savez(tmp_path / "a.npz", train=object_array([*DRAWINGS, *empty]))
    np.savez(tmp_path / "b.npz", strokes=np.concatenate(DRAWINGS), lengths=[4, 0, 1])
    for name, left_out in (("a", "2 drawings"), ("b", "1 drawing")):
        file = read_file(tmp_path / f"{name}.npz")
        check_drawings(file.inks)
        assert file.notes == (f"left out {left_out} without points",)


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
