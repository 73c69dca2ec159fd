"""Ink in JSON and in XML of all kinds, and what is true of every file of ink."""

import pytest
from formats.files import check_refusal, inkml, read, read_all, svg

from reverie.codecs.ink import Ink
from reverie.errors import InputError
from reverie.formats.ink_files import read_inks

BOMB = """<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><svg><title>&b;</title></svg>"""


DEFAULTS = '<!DOCTYPE svg [<!ATTLIST path d CDATA "M0 0h1">]><svg/>'
EXTERNAL = '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/hostname">]><svg>&a;</svg>'


@pytest.mark.parametrize("content", [BOMB, BOMB.encode("utf-16"), DEFAULTS, EXTERNAL])
@pytest.mark.parametrize("suffix", ["svg", "inkml"])
def test_a_document_type_with_entities_is_refused(tmp_path, content, suffix):
    with pytest.raises(InputError, match="document type declares"):
        read(tmp_path, f"a.{suffix}", content)


def test_a_document_type_without_entities_is_not_fetched(tmp_path):
    public = '"-//W3C//DTD SVG 1.1//EN" "http://127.0.0.1:1/svg11.dtd"'
    content = f"<!DOCTYPE svg PUBLIC {public} [<!-- -->]>" + svg("<path d='M0 0h1'/>")
    assert read(tmp_path, "a.svg", content)[0].points.tolist() == [[0, 0], [1, 0]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (svg("<g>" * 300 + "</g>" * 300), "more than 200 deep"),
        (svg("<g/>" * 600_000), "more than 500,000 elements"),
    ],
)
def test_xml_that_is_too_large(tmp_path, content, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, "a.svg", content)


def test_drawings_of_quick_draw(tmp_path):
    simple = '{"word": "cat", "drawing": [[[0, 10], [5, 9]], [[40], [1]]]}'
    raw = '{"word": "dog", "drawing": [[[0.5, 10], [5, 9], [0, 250]], [[4], [1], [500]]]}'
    found = read_all(tmp_path, "a.ndjson", f'{simple}\n\n{raw}\r\n{{"drawing": []}}\n')
    assert [ink.text for ink in found.inks] == ["cat", "dog"]
    assert [s.tolist() for s in found.inks[0].strokes] == [[[0, 5], [10, 9]], [[40, 1]]]
    assert found.inks[1].points.tolist() == [[0.5, 5, 0], [10, 9, 0.25], [4, 1, 0.5]]
    assert found.notes == ("left out 1 empty drawing",)
    assert read(tmp_path, "a.json", simple)[0].text == "cat"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"drawing": [[[0, 1], [2]]]}', "line 2: its drawing is not a list of lines"),
        ('{"drawing": 3}', "line 2: its drawing"),
        ('{"drawing": [3]}', "line 2: its drawing"),
        ('{"drawing": [[[], []]]}', "line 2: stroke 1"),
        ('{"drawing": [[[0], [1]]], "word": 3}', "line 2: its drawing"),
        ('{"drawing"', "line 2 is broken JSON"),
        ("{}", "line 2: there are no strokes"),
    ],
)
def test_drawings_that_cannot_be_read(tmp_path, line, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, "{a}.ndjson", f'{{"drawing": [[[0], [1]]]}}\n{line}')


def test_the_forms_of_json(tmp_path):
    (ink,) = read(tmp_path, "a.json", "[[[0, 1], [2, 3]], [[4, 5]]]")
    assert [len(s) for s in ink.strokes] == [2, 1] and ink.text == ""
    one = '{"strokes": [[[0, 1, 0.5]]], "text": "a"}'
    assert [i.text for i in read(tmp_path, "a.json", f"[{one}, {one}]")] == ["a", "a"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[[[0, 1]", "broken JSON"),
        (b"\xff\xfe\x00", "broken JSON"),
        ("[" * 100_000, "broken JSON"),
        ("3", "no strokes in it"),
        ("[]", "no strokes"),
        ('{"text": "a"}', "no strokes in it"),
        ('{"strokes": [[[0, 1]]], "text": 3}', "no strokes in it"),
        ("[[[0, NaN]]]", "not a finite number"),
        ('[{"strokes": [[[0, 1]]]}, {"strokes": []}]', "ink 2: "),
    ],
)
def test_json_that_cannot_be_read(tmp_path, content, message):
    check_refusal(tmp_path, "a.json", content, message)


def test_one_file_of_line_strokes(tmp_path):
    body = "<Point x='7' y='8' time='5.5'/><Point x='9' y='8' time='5.75'/></Stroke>"
    strokes = f"<Stroke colour='black' start_time='5.5' end_time='5.75'>{body}"
    (ink,) = read(tmp_path, "a.xml", f"<WhiteboardCaptureSession>{strokes}")
    assert ink.points.tolist() == [[7, 8, 0], [9, 8, 0.25]]
    with pytest.raises(InputError, match="a.xml: its strokes cannot be read"):
        read(tmp_path, "a.xml", "<Stroke ><Point x='1' />")


def test_xml_of_other_names(tmp_path):
    assert read(tmp_path, "a.xml", inkml("<trace>1 2</trace>"))[0].points.tolist() == [[1, 2]]
    assert len(read(tmp_path, "a.xml", svg("<path d='M0 0h1'/>"))[0].points) == 2
    with pytest.raises(InputError, match="a.xml is XML without ink"):
        read(tmp_path, "a.xml", "<html/>")


def test_files_that_are_no_strokes(tmp_path):
    with pytest.raises(InputError, match="must end in"):
        read_inks(tmp_path / "a.txt")
    for name in ("a.svg", "a.json", "a.inkml", "a.npz"):
        with pytest.raises(InputError, match=f"cannot read .*{name}.*: No such file"):
            read_inks(tmp_path / name)


def test_a_file_that_is_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr("reverie.formats.opening.LARGEST", 100)
    with pytest.raises(InputError, match="larger than"):
        read(tmp_path, "a.json", " " * 200)


def test_ink_of_a_reader_is_ink(tmp_path):
    assert isinstance(read(tmp_path, "a.json", "[[[0, 1]]]")[0], Ink)
