"""A corpus is encoded once, kept and split."""

import numpy as np
import pytest

from reverie.codecs.text import Bytes, Characters, Words
from reverie.data import corpus as corpora
from reverie.data.corpus import build_corpus, build_split
from reverie.data.sources import open_source, text_source
from reverie.errors import InputError

TEXT = "Ein Wörterbuch, größer als ein Block.\n" * 50


def test_a_small_text_stays_in_memory(tmp_path):
    codec = Characters.learn([TEXT])
    corpus = build_corpus(text_source(TEXT), codec, cache=tmp_path)
    assert corpus.values.dtype == np.uint8 and not corpus.values.flags.writeable
    assert codec.decode(corpus.values) == TEXT
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("block", [7, 100, 1 << 20])
@pytest.mark.parametrize("learn", [Bytes.learn, Characters.learn, Words.learn])
def test_a_large_text_goes_to_a_file(tmp_path, monkeypatch, block, learn):
    monkeypatch.setattr("reverie.data.sources.BLOCK", block)
    (tmp_path / "text").write_text(TEXT, encoding="utf-8")
    source, codec = open_source(tmp_path / "text"), learn([TEXT])
    corpus = build_corpus(source, codec, cache=tmp_path / "cache", memory_limit=20)
    assert isinstance(corpus.values, np.memmap) and not corpus.values.flags.writeable
    assert corpus.values.tolist() == codec.encode(TEXT).tolist()
    assert len(list((tmp_path / "cache").rglob("*.uint8"))) == 1


def test_the_second_time_nothing_is_read(tmp_path, monkeypatch):
    (tmp_path / "text").write_text(TEXT, encoding="utf-8")
    source = open_source(tmp_path / "text")
    first = build_corpus(source, Bytes(), cache=tmp_path, memory_limit=0)

    def fail(*arguments):
        raise AssertionError("encoded again")

    monkeypatch.setattr(corpora, "_encode", fail)
    again = build_corpus(source, Bytes(), cache=tmp_path)
    assert np.array_equal(first.values, again.values)
    (tmp_path / "text").write_text(TEXT * 2, encoding="utf-8")
    with pytest.raises(AssertionError):
        build_corpus(open_source(tmp_path / "text"), Bytes(), cache=tmp_path)


def test_unknown_symbols_are_placed_in_the_whole_text(tmp_path):
    codec = Characters.learn(["a"])
    source = text_source("a" * 3_000_000 + "?")
    with pytest.raises(InputError, match="at position 3000000"):
        build_corpus(source, codec, cache=tmp_path)
    assert len(build_corpus(source, codec, unknown="skip", cache=tmp_path)) == 3_000_000
    with pytest.raises(InputError):
        build_corpus(source, codec, cache=tmp_path, memory_limit=10)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("size", "name"),
    [(2, "uint8"), (256, "uint8"), (257, "uint16"), (65536, "uint16"), (65537, "uint32")],
)
def test_the_narrowest_type_is_used(size, name):
    assert corpora.element_type(size).name == name


def test_a_split_is_contiguous_and_complete():
    corpus = build_corpus(text_source(TEXT[:100].encode("ascii", "replace").decode()), Bytes())
    split = corpus.split()
    assert [len(part) for part in split] == [90, 5, 5]
    assert np.array_equal(np.concatenate([part.values for part in split]), corpus.values)
    assert "(valid)" in split.valid.name
    assert [len(part) for part in corpus.split(1.0, 0.0, 0.0)] == [100, 0, 0]


def test_a_split_that_cannot_be():
    corpus = build_corpus(text_source("short"), Bytes())
    with pytest.raises(InputError, match=r"5 elements but .* needs 21"):
        corpus.split()
    with pytest.raises(InputError, match="sum to 1"):
        corpus.split(0.9, 0.9, 0.9)
    with pytest.raises(InputError, match="5 elements but a page needs 100"):
        corpus.require(100, "a page")


def test_parts_of_the_users_own():
    split = build_split(text_source("aa"), text_source("bb"), text_source("cc"), Bytes())
    assert [bytes(part.values) for part in split] == [b"aa", b"bb", b"cc"]
