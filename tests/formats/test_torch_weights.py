"""Tensors of PyTorch checkpoints, from strangers too."""

import io
import pickle
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
from malformed.valid import older_checkpoint, torch_archive, torch_pickle

from reverie.errors import InputError
from reverie.formats import torch_weights
from reverie.formats.torch_pickle import Checkpoint
from reverie.formats.torch_weights import read

WEIGHTS = {"a.weight": np.arange(6, dtype=np.float32).reshape(2, 3), "n": np.array(7, np.int64)}


def read_bytes(tmp_path, data):
    (tmp_path / "a.pth").write_bytes(data)
    return read(tmp_path / "a.pth")


def check_refusal(tmp_path, data, message):
    with pytest.raises(InputError, match=message) as caught:
        read_bytes(tmp_path, data)
    assert "a.pth" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("make", [torch_archive, older_checkpoint])
def test_both_forms_of_file_are_read(tmp_path, make):
    found = read_bytes(tmp_path, make(WEIGHTS))
    assert list(found) == list(WEIGHTS)
    for name, array in WEIGHTS.items():
        assert found[name].dtype == array.dtype and found[name].tolist() == array.tolist()
        assert not found[name].flags.writeable


@pytest.mark.parametrize("archive", [True, False])
@pytest.mark.parametrize("wrapped", [True, False])
def test_what_pytorch_writes_is_read(tmp_path, archive, wrapped):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    x = torch.arange(24, dtype=torch.float32).reshape(4, 6) / 7
    tensors = OrderedDict(
        x=x,
        turned=x.T,
        part=x[1:3, 2:],
        half=x.half(),
        short=x.bfloat16(),
        double=x.double(),
        long=torch.arange(5),
        parameter=torch.nn.Parameter(x),
        nothing=torch.zeros(0, 3),
        one=torch.tensor(3.0),
        bits=x > 1,
    )
    saved = {"epoch": 3, "rate": 0.1, "layers": [1, 2], "net": tensors} if wrapped else tensors
    torch.save(saved, tmp_path / "a.pt", _use_new_zipfile_serialization=archive)
    found = read(tmp_path / "a.pt")
    assert list(found) == list(tensors)
    for name, tensor in tensors.items():
        expected = (tensor.float() if name == "short" else tensor).detach().numpy()
        assert found[name].dtype == expected.dtype and found[name].shape == expected.shape
        assert (found[name] == expected).all()


def test_the_weights_of_a_network_with_batch_norm_are_read(tmp_path):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
    torch.save(net.state_dict(), tmp_path / "a.pt")
    assert [*read(tmp_path / "a.pt")] == [*net.state_dict()]
    torch.save(net, tmp_path / "a.pt")
    with pytest.raises(InputError, match=r"asks for torch\.nn\.modules"):
        read(tmp_path / "a.pt")


class Malicious:
    """Writes a file when its pickle is executed."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return Path.touch, (Path(self.path),)


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_pickle_is_never_executed(tmp_path, protocol):
    trap = tmp_path / "executed"
    data = pickle.dumps({"a": Malicious(trap)}, protocol)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a/data.pkl", data)
    check_refusal(tmp_path, file.getvalue(), "asks for|the instruction")
    older = older_checkpoint(WEIGHTS, saved=data)
    check_refusal(tmp_path, older, "asks for|the instruction")
    if protocol:
        check_refusal(tmp_path, data, "asks for")
    assert not trap.exists()
    pickle.loads(data)
    assert trap.exists()


@pytest.mark.parametrize(
    ("name", "instructions"),
    [
        ("posix.system", b"cposix\nsystem\n"),
        ("builtins.eval", b"\x8c\x08builtins\x8c\x04eval\x93"),
        ("torch.load", b"ctorch\nload\n"),
        ("torch.storage._load_from_bytes", b"ctorch.storage\n_load_from_bytes\n"),
        ("collections.OrderedDict.popitem", b"\x8c\x0bcollections\x8c\x13OrderedDict.popitem\x93"),
        ("the instruction INST", b"(iposix\nsystem\n"),
        ("the instruction NEWOBJ", b")\x81"),
        ("the instruction EXT1", b"\x82\x01"),
        ("the instruction DUP", b"N2"),
        ("it calls what it may not", b"ccollections\nOrderedDict\n]\x85R"),
        ("it calls what it may not", b"NNR"),
        ("a key that is no text", b"})Ns"),
        ("a storage of another kind", b"NQ"),
        ("it takes more than there is", b"N\x87"),
        ("it changes what is no list", b"NNa"),
        ("it changes what is no list", b"NNb"),
        ("a name that is no text", b"NN\x93"),
    ],
)
def test_what_no_checkpoint_needs_is_refused_and_named(name, instructions):
    with pytest.raises(InputError, match=name.replace(".", r"\.")):
        Checkpoint().interpret(b"\x80\x02" + instructions + b".")


def test_tuples_in_each_other_end_nothing(tmp_path):
    deep = b"\x80\x02)" + b"\x85" * 200_000
    for end in (b".", b"}q\0h\0Ns.", b"}" + b"N" + b"s."):
        check_refusal(tmp_path, deep + end, "holds more|no PyTorch|damaged")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"length": 7}, "not all there"),
        ({"length": 5}, "not all there"),
        ({"shape": (2, 4)}, "more than are stored|does not fit"),
        ({"shape": (1 << 61, 1 << 61)}, "more numbers than are stored"),
        ({"shape": (2, 3, 1)}, "it calls what it may not"),
        ({"shape": (-2, -3)}, "it calls what it may not"),
        ({"shape": (2, True)}, "it calls what it may not"),
        ({"offset": 1}, "does not fit"),
        ({"offset": -1}, "it calls what it may not"),
        ({"strides": (3, 2)}, "does not fit"),
        ({"strides": (1 << 61, 1)}, "does not fit"),
        ({"kind": "DoubleStorage"}, "not all there"),
        ({"kind": "QInt8Storage"}, r"asks for torch\.QInt8Storage"),
    ],
)
@pytest.mark.parametrize("make", [torch_archive, older_checkpoint])
def test_tensors_that_do_not_fit_their_storage_are_refused(tmp_path, make, changes, message):
    array = {"a": WEIGHTS["a.weight"]}
    check_refusal(tmp_path, make(array, saved=torch_pickle(array, **changes)), message)


def test_damaged_files_are_refused(tmp_path):
    for make in (torch_archive, older_checkpoint):
        whole = make(WEIGHTS)
        for size in (3, 30, len(whole) // 2, len(whole) - 3):
            check_refusal(tmp_path, whole[:size], "checkpoint|more than|not all there|too early")
    check_refusal(tmp_path, b"", "is empty")
    check_refusal(tmp_path, b"a text of any kind", "no PyTorch checkpoint")
    with pytest.raises(InputError, match="No such file"):
        read(tmp_path / "none.pth")
    with pytest.raises(InputError, match="Is a directory"):
        read(tmp_path)


def packed(how=zipfile.ZIP_STORED, **members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", how) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/"), data)
    return file.getvalue()


def test_archives_that_pytorch_does_not_write_are_refused(tmp_path):
    saved = torch_pickle(WEIGHTS)
    check_refusal(tmp_path, packed(a=b"x"), "no PyTorch checkpoint")
    check_refusal(tmp_path, packed(a__data=b"x", b__data=b""), "no PyTorch checkpoint")
    squeezed = packed(zipfile.ZIP_DEFLATED, **{"a/data.pkl": saved, "a/data/0": bytes(24)})
    check_refusal(tmp_path, squeezed, "compressed")
    big = packed(**{"a/data.pkl": saved, "a/byteorder": b"big"})
    check_refusal(tmp_path, big, "big-endian")
    check_refusal(tmp_path, packed(**{"a/data.pkl": saved}), "not all there")
    check_refusal(tmp_path, packed(**{"a/data.pkl": pickle.dumps([1])}), "no tensors by name")


def test_many_tensors_of_few_numbers_are_refused(tmp_path, monkeypatch):
    shared = {f"w{n}": WEIGHTS["a.weight"] for n in range(torch_weights.SHARED + 1)}
    few = dict(list(shared.items())[:-1])
    data = torch_pickle(few, shared=True)
    assert len(read_bytes(tmp_path, torch_archive({"w": shared["w0"]}, saved=data))) == len(few)
    data = torch_pickle(shared, shared=True)
    check_refusal(
        tmp_path, torch_archive({"w": shared["w0"]}, saved=data), "more numbers than are stored"
    )


def test_pytorch_is_not_imported(tmp_path):
    before = "torch" in sys.modules
    read_bytes(tmp_path, torch_archive(WEIGHTS))
    assert ("torch" in sys.modules) == before
