"""MATLAB files: as SciPy writes them, by hand, and damaged."""

import io
import struct
import zlib

import numpy as np
import pytest
from malformed.valid import mat_cells, mat_element, mat_file, mat_matrix, roll_files

from reverie.errors import InputError
from reverie.formats import mat
from reverie.formats.mat import read_cells

ROLL = np.arange(176, dtype=np.uint8).reshape(2, 88)
GOOD = mat_cells("a", ROLL)


def read_bytes(tmp_path, data, names=("a",)):
    path = tmp_path / "a.mat"
    path.write_bytes(data)
    return read_cells(path, names)


@pytest.mark.parametrize("packed", [False, True])
def test_what_scipy_writes_is_read(tmp_path, packed):
    scipy_io = pytest.importorskip("scipy.io", reason="SciPy is not installed")
    cells = np.empty((1, 7), object)
    cells[0] = [
        ROLL,
        ROLL.astype(bool),
        ROLL * 0.5,
        ROLL.astype("i2"),
        ROLL[:0],
        ROLL[:1, :1],
        -ROLL,
    ]
    for order in (cells, cells.T):
        file = io.BytesIO()
        scipy_io.savemat(file, {"a": order, "b": "text"}, do_compression=packed)
        found = read_bytes(tmp_path, file.getvalue())["a"]
        assert len(found) == 7
        for mine, its in zip(found, cells[0], strict=True):
            np.testing.assert_array_equal(mine, its)


def test_orders_of_bytes_and_packing_make_no_difference(tmp_path):
    names = ("traindata", "validdata", "testdata")
    one, packed, swapped = (read_bytes(tmp_path, data, names) for data in roll_files().values())
    for name in names:
        for a, b, c in zip(one[name], packed[name], swapped[name], strict=True):
            assert a.shape == b.shape and (a == b).all() and (a == c).all()


def numbers(shape, body=ROLL.tobytes(), kind=2, number_class=9):
    return mat_matrix(number_class, shape, "", mat_element(kind, body))


def cells(*content, shape=None):
    return mat_file(mat_matrix(1, shape or (1, len(content)), "a", *content))


def nested(depth):
    """A cell in a cell in a cell, of which a reader that trusts a file does not return."""
    parts, size = [numbers((1, 1), b"\1")], len(numbers((1, 1), b"\1"))
    for level in range(depth):
        head = mat_matrix(1, (1, 1), "a" if level == depth - 1 else "")[8:]
        parts.append(struct.pack("<II", 14, len(head) + size) + head)
        size += len(parts[-1])
    return b"".join(reversed(parts))


def imaginary():
    return numbers((2, 88)).replace(struct.pack("<II", 9, 0), struct.pack("<II", 0x809, 0))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no MATLAB file"),
        (b"text" * 99, "no MATLAB file"),
        (b"\x89HDF\r\n\x1a\n" * 50, "7.3, which is HDF5"),
        (b"MATLAB 7.3 MAT-file".ljust(600), "7.3, which is HDF5"),
        (mat_file(), "has nothing and lacks a: name"),
        (mat_file(mat_cells("b", ROLL)), "has b and lacks a: name"),
        (mat_file(mat_cells("\x1b[31m", ROLL)), r"has \\x1b.31m and lacks a"),
        (mat_file(mat_matrix(9, (1, 1), "a", mat_element(2, b"\1"))), "a in it is no cell array"),
        (mat_file(mat_matrix(4, (1, 1), "a", mat_element(2, b"x"))), "a in it is no cell array"),
        (mat_file(GOOD)[:-9], "ends too early"),
        (mat_file(GOOD, packed=True)[:-9], "ends too early"),
        (mat_file(GOOD, packed=True)[:150] + b"?" * 99, "damaged MATLAB file"),
        (mat_file(struct.pack("<II", 15, 4) + b"text"), "damaged MATLAB file"),
        (mat_file(mat_element(14, mat_element(6, bytes(8)))), "matrix without a shape"),
        (cells(numbers((-2, 88))), "impossible shape"),
        (cells(numbers((2**31 - 1, 2**31 - 1))), "other numbers than it says"),
        (cells(numbers((3, 88))), "cell 1 of a in it has other numbers"),
        (cells(numbers((2, 88), kind=77)), "cell 1 of a in it has other numbers"),
        (cells(numbers((2, 88)), shape=(1, 2**31 - 1)), "fewer cells than it says"),
        (cells(numbers((2, 4, 11))), "cell 1 of a in it is no matrix"),
        (
            cells(numbers((2, 88)), numbers((2, 88), number_class=4)),
            "cell 2 of a in it is no matrix",
        ),
        (cells(imaginary()), "no matrix of real numbers"),
        (cells(mat_element(2, b"\1")), "cell 1 of a in it is no matrix"),
        (mat_file(nested(2)), "no matrix of real numbers"),
        (mat_file(nested(50_000), packed=True), "no matrix of real numbers"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_line(tmp_path, data, message):
    with pytest.raises(InputError, match=message) as caught:
        read_bytes(tmp_path, data)
    assert "a.mat" in str(caught.value) and str(caught.value).isprintable()


def test_traps_are_refused(tmp_path, monkeypatch):
    zeros = zlib.compress(bytes(65 << 20))
    with pytest.raises(InputError, match="unpacks to more than"):
        read_bytes(tmp_path, mat_file() + struct.pack("<II", 15, len(zeros)) + zeros)
    monkeypatch.setattr(mat, "MOST_ELEMENTS", 10)
    with pytest.raises(InputError, match="more than 10 matrices"):
        read_bytes(tmp_path, mat_file(mat_cells("a", *[ROLL] * 11)))


def test_an_empty_cell_is_an_empty_matrix(tmp_path):
    (found,) = read_bytes(tmp_path, cells(struct.pack("<II", 14, 0)))["a"]
    assert found.shape == (0, 0)
