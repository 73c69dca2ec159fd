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
    (tmp_path / "bad.tsv").write_text("a\tb\nno tab here\n")
    with pytest.raises(InputError, match=r"long has a line 3, but .*short has not"):
        read_pairs(str(tmp_path / "long"), str(tmp_path / "short"))
    with pytest.raises(InputError, match=r"line 2 of .*bad.tsv has 0 tabs"):
        read_table(str(tmp_path / "bad.tsv"))


def test_pairs_of_which_one_side_is_empty_are_left_out(tmp_path):
    (tmp_path / "a").write_text("\ufeff1\n2\n\n\n5\n\n\n\n\n\n")
    (tmp_path / "b").write_bytes(b"A\rB\r\rD\r\rF\rG\rH\rI\rJ\r")
    pairs = read_pairs(str(tmp_path / "a"), str(tmp_path / "b"))
    assert (pairs.sources, pairs.targets) == (["1", "2"], ["A", "B"])
    assert pairs.notes == ("left out 7 with an empty side: lines 4, 5, 6, 7, 8 and 2 more",)
    assert pairs.part(0, 1).notes == pairs.notes


def read(tmp_path, text, columns=""):
    (tmp_path / "t").write_text(text)
    pairs = read_table(str(tmp_path / "t"), columns)
    return list(zip(pairs.sources, pairs.targets, strict=True)), pairs.notes


WANTED = [("go on", "weiter"), ('"so"', "3")]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ('\ngo on\tweiter\n\n"so"\t3\n', ""),
        ('go on\tweiter\tCC-BY 2.0 tatoeba.org #1\n"so"\t3\tCC-BY 2.0 tatoeba.org #2\n', ""),
        ('11\tgo on\t12\tweiter\n13\t"so"\t14\t3\n', "2,4"),
        ('eng\tgo on\tdeu\tweiter\neng\t"so"\tdeu\t3\n', ""),
        ('weiter\tx\tgo on\n3\ty\t"so"\n', "3,1"),
        ('id,de,en\n1,weiter,go on\n2,3,"""so"""\n', "en,de"),
        (
            '{"translation": {"en": "go on", "de": "weiter"}}\n'
            '{"translation": {"en": "\\"so\\"", "de": "3"}}\n',
            "",
        ),
        (
            '[{"id": 7, "translation": {"de": "weiter", "en": "go on"}},'
            ' {"id": 8, "translation": {"de": "3", "en": "\\"so\\""}}]',
            "en,de",
        ),
    ],
)
def test_columns_of_a_table(text, columns, tmp_path):
    found, notes = read(tmp_path, text, columns)
    assert found == WANTED
    assert bool(notes) == (not columns and text.splitlines()[0].count("\t") > 1)


def test_which_columns_are_the_sides_is_told(tmp_path):
    rows = "".join(f"{n}\tsentence {n}\t{n + 7}\tSatz {n}\n" for n in range(9))
    found, notes = read(tmp_path, rows)
    assert found[8] == ("sentence 8", "Satz 8")
    assert notes == ("of 4 columns, 2 is the source and 4 the target (--columns takes others)",)
    for text, columns, said in (
        ("a\tb\tc\n", "", "name them with --columns"),
        ("a\tb\n", "1,3", "no column '3': it has 1, 2"),
        ("a\tb\n", "2", "must name two"),
        ("a\tb\nc\td\te\n", "", "line 2 of .* has 2 tabs where the first has 1"),
        ("\tb\nc\t\n", "", "no pair with text on both sides"),
        ("<html>\n<p>a\tb</p>\n", "", "web page"),
    ):
        with pytest.raises(InputError, match=said):
            read(tmp_path, text, columns)


def test_tasks():
    pairs = reversals(20, 6, "abc", 1)
    assert all(a == b[::-1] for a, b in zip(pairs.sources, pairs.targets, strict=True))
    assert copies(20, 6, "abc", 1).targets == copies(20, 6, "abc", 1).sources
    assert {len(line) for line in pairs.sources} <= set(range(1, 7))
