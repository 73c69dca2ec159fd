"""Parallel texts: files, folders, tables, tasks; and what does not match."""

import gzip

import pytest

from reverie.errors import InputError
from reverie.tasks.translation.pairs import copies, read_pairs, read_table, reversals


def test_two_files_line_for_line(tmp_path):
    (tmp_path / "a.en").write_text("one dog\n\n two cats \n")
    with gzip.open(tmp_path / "a.de.gz", "wt") as file:
        file.write("ein Hund\n\nzwei Katzen")
    pairs = read_pairs(str(tmp_path / "a.en"), str(tmp_path / "a.de.gz"))
    assert pairs.sources == ["one dog", "two cats"] and pairs.targets == ["ein Hund", "zwei Katzen"]
    assert len(pairs) == 2 and pairs.part(1, 2).targets == ["zwei Katzen"]


def test_two_folders_and_a_table(tmp_path):
    for side, text in (("en", "a b\nc d\n"), ("de", "A B\nC D\n")):
        (tmp_path / side).mkdir()
        for name in ("1.txt", "2.txt"):
            (tmp_path / side / name).write_text(text)
    pairs = read_pairs(str(tmp_path / "en"), str(tmp_path / "de"))
    assert pairs.targets == ["A B", "C D"] * 2
    (tmp_path / "t.tsv").write_text("a b\tA B\nc d\tC D\n")
    assert read_table(str(tmp_path / "t.tsv")).targets == ["A B", "C D"]
    (tmp_path / "de" / "2.txt").unlink()
    with pytest.raises(InputError, match=r"has no 2\.txt"):
        read_pairs(str(tmp_path / "en"), str(tmp_path / "de"))


def test_what_does_not_match_is_told_with_its_line(tmp_path):
    (tmp_path / "long").write_text("a a\nb b\nc c\n")
    (tmp_path / "short").write_text("A A\nB B\n")
    (tmp_path / "holey").write_text("A A\n\nC C\n")
    (tmp_path / "bad.tsv").write_text("a\tb\nno tab here\n")
    with pytest.raises(InputError, match=r"long has a line 3, but .*short has not"):
        read_pairs(str(tmp_path / "long"), str(tmp_path / "short"))
    with pytest.raises(InputError, match=r"line 2 of .* is empty on one side only"):
        read_pairs(str(tmp_path / "long"), str(tmp_path / "holey"))
    with pytest.raises(InputError, match=r"line 2 of .*bad.tsv has 0 tabs"):
        read_table(str(tmp_path / "bad.tsv"))


def test_tasks():
    pairs = reversals(20, 6, "abc", 1)
    assert all(a == b[::-1] for a, b in zip(pairs.sources, pairs.targets, strict=True))
    assert copies(20, 6, "abc", 1).targets == copies(20, 6, "abc", 1).sources
    assert {len(line) for line in pairs.sources} <= set(range(1, 7))
