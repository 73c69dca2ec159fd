"""A little of what `make fuzz` does, and that it sees what it must see."""

import time
from pathlib import Path

import pytest
from fuzz import Fault, attempt, fuzz, inputs
from malformed.damage import damage_bytes
from malformed.readers import Reader, readers

from reverie.errors import InputError

READERS = readers()
FEW = 8


@pytest.mark.parametrize("reader", READERS, ids=[reader.name for reader in READERS])
def test_malformed_files_are_read_or_refused(reader):
    outcomes = list(fuzz(reader, FEW * reader.share, seed=0))
    assert [outcome for outcome in outcomes if isinstance(outcome, Fault)] == []
    assert False in outcomes


@pytest.mark.parametrize("reader", READERS, ids=[reader.name for reader in READERS])
def test_the_files_that_are_damaged_are_valid_at_first(reader, tmp_path):
    for name, data in reader.files.items():
        (tmp_path / name).write_bytes(data)
        assert attempt(reader.read, tmp_path / name) is True


def test_one_seed_gives_the_same_inputs():
    first, again, other = (list(inputs(READERS[0], 6, seed)) for seed in (1, 1, 2))
    assert first == again != other


def refuse(path):
    raise InputError("no")


def refuse_with_escapes(path):
    error = InputError("no")
    error.args = ("\x1b[31m",)
    raise error


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (Path.read_bytes, True),
        (refuse, False),
        (refuse_with_escapes, "cannot be printed"),
        (lambda path: {}[path], "KeyError"),
        (lambda path: time.sleep(60), "TooSlow"),
        (lambda path: bytearray(3 << 20), "took 0.0 GB"),
    ],
)
def test_what_a_reader_must_not_do_is_seen(read, said, tmp_path, monkeypatch):
    monkeypatch.setattr("fuzz.SECONDS", 0.2)
    monkeypatch.setattr("fuzz.ROOM", -1 if said == "took 0.0 GB" else 1 << 30)
    outcome = attempt(read, tmp_path) if read is not Path.read_bytes else attempt(str, tmp_path)
    assert outcome == said if isinstance(said, bool) else said in outcome
    found = next(fuzz(Reader("r", read, {"a": b"abc"}, (damage_bytes,)), 1, 0))
    assert isinstance(found, Fault) == isinstance(said, str)
