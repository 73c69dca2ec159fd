"""What a text is said to be."""

import json
from pathlib import Path

import pytest

from reverie.data.sources import open_source, text_source
from reverie.tasks.text.report import examine

SHARED = Path(__file__).parents[2].parent / "shared" / "data"


def test_counts(tmp_path):
    (tmp_path / "a.txt").write_bytes("one line\tof text\r\né\nlast".encode())
    (tmp_path / "b.txt").write_bytes(b"more\n")
    report = examine(open_source(tmp_path))
    assert (report.files, report.lines, report.bytes, report.characters) == (2, 4, 30, 28)
    assert (report.tabs, report.crlf, report.cr, report.longest_line) == (1, 1, 0, 16)
    assert report.alphabet["é"] == 1 and report.alphabet["e"] == 4
    assert "é" in report.rare and list(report.alphabet) == sorted(report.alphabet)
    assert "too little text" in report.to_text()


def test_undecodable_bytes_are_counted_and_listed(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"ok\n\xff text \xe9\n" + b"\x80" * 20)
    report = examine(open_source(tmp_path / "a.txt"))
    assert report.undecodable == 22 and len(report.faults) == 10
    assert report.faults[0].endswith("a.txt, line 2, byte offset 3 (0xff)")
    assert report.faults[1].endswith("line 2, byte offset 10 (0xe9)")
    assert report.faults[2].endswith("line 3, byte offset 12 (0x80)")
    assert examine(open_source(tmp_path / "a.txt", errors="latin-1")).undecodable == 0


def test_what_cannot_be_seen_is_named():
    report = examine(text_source("na\u200eme\u00a0and \ufe0f\u200e\tcafe\u0301, e\u0301t\u00e9\n"))
    assert report.invisible == ["\u00a0", "\u200e", "\ufe0f"] and report.decomposed == 2
    said = report.to_text()
    assert "1 '\\xa0' (U+00A0 NO-BREAK SPACE), 2 '\\u200e' (U+200E LEFT-TO-RIGHT MARK)" in said
    assert "2 accents that stand apart" in said and "train with --nfc" in said and "◌\u0301" in said


def test_html_is_noticed():
    (note,) = examine(text_source("so<br /><a href='x y'>it is &amp; <unk> &c; a < b\n")).notes
    assert note == "3 tags or entities of HTML, such as <br />: remove them"
    assert not examine(text_source("<eos> if a<b and c>d\n")).notes


def test_ends_of_lines_are_counted(tmp_path):
    (tmp_path / "a").write_bytes(b"one\r\ntwo\rthree\r\n\r")
    report = examine(open_source(tmp_path / "a"))
    assert (report.lines, report.crlf, report.cr, report.alphabet["\n"]) == (4, 2, 2, 4)


def test_repeated_lines_are_noticed():
    line = "a line of twenty letters or more\n"
    assert examine(text_source(line * 4)).repeated == pytest.approx(0.75)
    assert examine(text_source("short\n" * 4)).repeated == 0
    assert "duplicates" in examine(text_source(line * 4)).to_text()


def test_bits_are_held_out():
    report = examine(text_source("abcabcabc " * 500))
    assert report.ngram_bits < 0.3
    assert 1.5 < report.unigram_bits < 2.1
    assert examine(text_source("ab")).ngram_bits is None


def test_json_says_the_same():
    report = examine(text_source("some text\n" * 9))
    said = json.loads(report.to_json())
    assert said["characters"] == 90 and said["alphabet"]["t"] == 18
    assert said["advice"] == report.advice()


def test_tiny_shakespeare():
    path = SHARED / "text" / "tinyshakespeare" / "input.txt.gz"
    if not path.exists():
        pytest.skip("tiny Shakespeare is not in ../shared/data")
    report = examine(open_source(path))
    assert (report.characters, len(report.alphabet)) == (1_115_394, 65)
    assert 2 < report.ngram_bits < 2.6
    assert 4.5 < report.unigram_bits < 5


def test_the_penn_treebank_has_its_counts():
    path = SHARED / "text" / "ptb" / "ptb.train.txt.gz"
    if not path.exists():
        pytest.skip("the Penn Treebank is not in ../shared/data")
    from reverie.codecs.text import Words
    from reverie.data.corpus import build_corpus

    source = open_source(path)
    codec = Words.learn(source.chunks())
    assert (codec.size, len(build_corpus(source, codec))) == (10_000, 929_589)
