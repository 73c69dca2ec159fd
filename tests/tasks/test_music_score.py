"""Scores: what is written sounds like the tune, is spelled in its key and stands where it should.

And the picture of the piano roll.
"""

import base64
import struct
from collections.abc import Iterator
from xml.etree import ElementTree

import numpy as np
import pytest

from reverie.codecs.tune import Note, Tune
from reverie.errors import InputError
from reverie.inspection.saving import save_figure
from reverie.tasks.music.mei import NAMESPACE, mei
from reverie.tasks.music.notation import VALUES, Metre, layer, note_value, staves
from reverie.tasks.music.roll import MOST, key_range, roll_picture
from reverie.tasks.music.score import OPTIONS, engrave, write
from reverie.tasks.music.spelling import name_of, signature

MEI = f"{{{NAMESPACE}}}"
CHORALE = Tune(
    (
        Note(72, 3, 1.5), Note(67, 3, 2, 80, 1), Note(64, 3, 1, 80, 2), Note(48, 3, 5, 80, 3),
        Note(65, 4, 1, 80, 2), Note(74, 4.5, 0.5), Note(76, 5, 3), Note(66, 5, 0.25, 80, 1),
        Note(67, 5.5, 2.5, 80, 1), Note(61, 6, 2, 80, 2),
    ),
    fermatas=(5.0,),
)  # fmt: skip
"""Four voices with an upbeat, a tie over a bar line, a rest and a fermata."""


def toolkit(text: str):
    """Verovio, which has read a score."""
    verovio = pytest.importorskip("verovio", reason="no verovio to engrave with")
    verovio.enableLog(verovio.LOG_OFF)
    made = verovio.toolkit()
    made.setOptions(OPTIONS)
    assert made.loadData(text)
    return made


def heard(text: str) -> set[tuple[int, float, float]]:
    """Pitch, beginning and end of the notes that Verovio plays of a score, in quarters.

    It plays a little less than their lengths, which are on a grid of eighths of a quarter.
    """
    data = base64.b64decode(toolkit(text).renderToMIDI())
    parts = struct.unpack(">H", data[12:14])[0]
    found, at = set(), 14
    while at < len(data):
        size = struct.unpack(">I", data[at + 4 : at + 8])[0]
        open_at: dict[int, int] = {}
        for moment, begins, pitch in sorted(track(data[at + 8 : at + 8 + size])):
            if begins:
                open_at[pitch] = moment
            else:
                begin, end = (round(8 * t / parts) / 8 for t in (open_at.pop(pitch), moment))
                found.add((pitch, begin, end))
        at += 8 + size
    return found


def track(data: bytes) -> Iterator[tuple[int, bool, int]]:
    """The moment of each note of a track of MIDI, whether it begins or ends, and its pitch."""
    now, at = 0, 0

    def number() -> int:
        nonlocal at
        value = 0
        while True:
            value, at = value << 7 | data[at] & 127, at + 1
            if data[at - 1] < 128:
                return value

    while at < len(data):
        now += number()
        kind, at = data[at], at + 1
        if kind == 0xFF:
            at += 1
            at = number() + at
        elif kind >> 4 in (8, 9):
            yield now, kind >> 4 == 9 and data[at + 1] > 0, data[at]
            at += 2
        else:
            at += 1 if kind >> 4 in (12, 13) else 2


def random_tune(rng: np.random.Generator, metre: tuple[int, int], voices: int) -> Tune:
    """Notes on a grid of an eighth of a quarter, one after another in each voice."""
    notes = []
    for voice in range(voices):
        at = 0.0
        while at < 14:
            length = int(rng.integers(1, 30)) / 8
            if rng.random() < 0.8 or not at:
                pitch = 40 + 10 * voice + int(rng.integers(40 if voices == 1 else 10))
                notes.append(Note(pitch, at, length, 80, voice))
            at += length
    return Tune(tuple(sorted(notes, key=lambda note: note.start)), metre=metre)


@pytest.mark.parametrize("metre", [(4, 4), (3, 4), (6, 8), (5, 8), (2, 2), (3, 2), (9, 16)])
@pytest.mark.parametrize("voices", [1, 2, 4])
def test_a_score_sounds_like_the_tune(rng, metre, voices):
    tune = random_tune(rng, metre, voices)
    expected = {(note.pitch, note.start, note.start + note.length) for note in tune.notes}
    assert heard(mei(tune, sharps=-2)) == expected


def test_chords_that_overlap_are_cut_and_tied(rng):
    notes = tuple(
        Note(pitch, int(rng.integers(40)) / 4, int(rng.integers(1, 20)) / 4)
        for pitch in range(48, 72)
    )
    tune = Tune((*notes, Note(90, 0, 1)), metre=(3, 4))
    expected = {(note.pitch, note.start, note.start + note.length) for note in tune.notes}
    assert heard(mei(tune)) == expected


def test_the_upbeat_is_a_short_bar():
    tune = CHORALE
    moved = {(pitch, begin + 3, end + 3) for pitch, begin, end in heard(mei(tune))}
    assert moved == {(note.pitch, note.start, note.start + note.length) for note in tune.notes}
    bars = ElementTree.fromstring(mei(tune)).findall(f".//{MEI}measure")
    assert [bar.get("n") for bar in bars] == ["0", "1"]
    assert [bar.get("metcon") for bar in bars] == ["false", None]
    assert bars[-1].get("right") == "end"


def test_voices_have_their_staves_stems_and_fermatas():
    root = ElementTree.fromstring(mei(CHORALE, sharps=1))
    definitions = root.findall(f".//{MEI}staffDef")
    assert [staff.get("clef.shape") for staff in definitions] == ["G", "F"]
    assert root.find(f".//{MEI}scoreDef").attrib == {
        "keysig": "1s", "meter.count": "4", "meter.unit": "4",
    }  # fmt: skip
    first = root.find(f".//{MEI}measure[@n='0']")
    stems = [[note.get("stem.dir") for note in staff.iter(f"{MEI}note")] for staff in first[:2]]
    assert stems == [["up", "down"], ["up", "down"]]
    second = root.find(f".//{MEI}measure[@n='1']")
    fermatas = second.findall(f"{MEI}fermata")
    found = [(f.get("staff"), f.get("tstamp"), f.get("place")) for f in fermatas]
    assert found == [("1", "2", "above")]  # the voices below have no note that begins there
    ties = [tie.get("startid") for tie in first.findall(f"{MEI}tie")]
    assert ties == ["#n0-0-24-72", "#n0-1-24-67", "#n1-1-24-48"]
    assert first.find(f"{MEI}tempo").text == "\N{QUARTER NOTE} = 100"
    assert [len(beam) for beam in second.iter(f"{MEI}beam")] == [2]


def test_one_voice_is_divided_at_middle_c():
    upper, lower = staves(Tune((Note(59, 0, 1), Note(60, 0, 1), Note(64, 0, 1))))
    assert [chord.pitches for chord in upper.layers[0]] == [(60, 64), (), ()]
    assert [chord.pitches for chord in lower.layers[0]] == [(59,), (), ()]


def test_a_key_that_is_struck_again_ends_what_it_held():
    chords = layer([Note(60, 0, 4), Note(60, 1, 1), Note(60, 1, 2)], Metre.of((4, 4)), 0, 32)
    assert [(c.start, c.value, len(c.pitches)) for c in chords][:3] == [
        (0, 8, 1), (8, 16, 1), (24, 8, 0),
    ]  # fmt: skip
    assert not chords[0].after and not chords[1].before


def signs(tune: Tune, sharps: int) -> list[str | None]:
    """The visible accidental of each note."""
    notes = ElementTree.fromstring(mei(tune, sharps=sharps)).iter(f"{MEI}note")
    return [note.get("accid") for note in notes]


def test_signs_stand_where_they_are_needed():
    pitches = [66, 66, 65, 65, 66, 78]
    tune = Tune(tuple(Note(pitch, n, 1) for n, pitch in enumerate(pitches)), metre=(4, 4))
    assert signs(tune, 0) == ["s", None, "n", None, "s", "s"]
    assert signs(tune, 1) == [None, None, "n", None, None, None]
    tied = Tune((Note(66, 0, 6), Note(66, 6, 1), Note(65, 7, 1)))
    assert signs(tied, 0) == ["s", None, "s", "n"]


@pytest.mark.parametrize("sharps", range(-7, 8))
def test_names_are_those_of_the_key(sharps):
    key = signature(sharps)
    assert sum(key.values()) == sharps
    names = [name_of(pitch, sharps) for pitch in range(21, 109)]
    steps = dict(zip("CDEFGAB", (0, 2, 4, 5, 7, 9, 11), strict=True))
    for pitch, (letter, alter, octave) in zip(range(21, 109), names, strict=True):
        assert 12 * (octave + 1) + steps[letter] + alter == pitch
    assert sum(key[name.letter] == name.alter for name in names[3:87]) == 7 * 7


@pytest.mark.parametrize(
    ("at", "left", "beat", "expected"),
    [
        (0, 32, 8, 32), (0, 12, 8, 12), (0, 20, 8, 16), (8, 16, 8, 16), (4, 8, 8, 8),
        (4, 12, 8, 4), (2, 8, 8, 6), (3, 5, 8, 1), (0, 16, 12, 12), (0, 36, 12, 24),
        (4, 8, 12, 8), (8, 8, 12, 4), (0, 7, 8, 6),
    ],
)  # fmt: skip
def test_note_values_show_the_beats(at, left, beat, expected):
    assert note_value(at, left, beat) == expected
    assert expected in VALUES


@pytest.mark.parametrize(
    ("change", "options", "says"),
    [
        ({"metre": (4, 3)}, {}, "4/3 is no metre"),
        ({"metre": (0, 4)}, {}, "0/4 is no metre"),
        ({}, {"sharps": 8}, "8 sharps are no key signature"),
    ],
)
def test_what_cannot_be_written_is_told(change, options, says):
    with pytest.raises(InputError, match=says):
        engrave(CHORALE._replace(**change), **options)


def test_titles_are_text(tmp_path):
    pytest.importorskip("verovio", reason="no verovio to engrave with")
    path = tmp_path / "a.svg"
    write(CHORALE, path, sharps=1, title="</rend> <b>&amp; \0")
    drawn = path.read_text(encoding="utf-8")
    assert "&lt;/rend&gt; &lt;b&gt;&amp;amp; \N{SYMBOL FOR NULL}" in drawn and "<b>" not in drawn
    assert drawn == engrave(CHORALE, sharps=1, title="</rend> <b>&amp; \0")
    assert drawn.count('class="measure"') == 2 and drawn.count('class="fermata"') == 1
    ElementTree.fromstring(drawn)


def test_a_png_is_as_wide_as_it_says(tmp_path):
    pytest.importorskip("verovio", reason="no verovio to engrave with")
    pytest.importorskip("resvg_py", reason="no resvg to draw with")
    write(CHORALE, tmp_path / "a.png")
    data = (tmp_path / "a.png").read_bytes()
    assert data[:4] == b"\x89PNG" and struct.unpack(">I", data[16:20]) == (2100,)
    with pytest.raises(InputError, match=r"must end in \.png or \.svg"):
        write(CHORALE, tmp_path / "a.pdf")


def test_a_tune_that_is_too_long_for_a_page_is_told(monkeypatch):
    pytest.importorskip("verovio", reason="no verovio to engrave with")
    monkeypatch.setitem(OPTIONS, "pageHeight", 1000)
    with pytest.raises(InputError, match="too long"):
        engrave(Tune(tuple(Note(60 + n % 12, n / 4, 0.25) for n in range(400))))


def test_no_notes_are_an_empty_bar():
    assert len(ElementTree.fromstring(mei(Tune(()))).findall(f".//{MEI}mRest")) == 2


def test_a_roll_shows_notes_bars_and_probabilities(tmp_path, rng):
    pytest.importorskip("matplotlib", reason="no matplotlib to draw with")
    probabilities = np.zeros((40, 88))
    probabilities[:20, 80] = 0.9
    figure = roll_picture(CHORALE, probabilities, title="$x$")
    axes = figure.axes[0]
    boxes = sum(len(c.get_paths()) for c in axes.collections if c.get_zorder() == 1)
    assert boxes == len(CHORALE.notes) and axes.images[0].get_array().shape == (88, 40)
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["0", "1", "2"]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["C3", "C4", "C5", "C6", "C7"]
    for name in ("a.png", "a.svg"):
        save_figure(figure, tmp_path / name)
        assert (tmp_path / name).stat().st_size > 1000
    long = Tune((Note(60, 0, 4), Note(60, 150, 4)))
    assert len(roll_picture(long).axes) == 3
    assert key_range(Tune(()), None) == (49, 72)


def test_rolls_that_cannot_be_drawn_are_told():
    pytest.importorskip("matplotlib", reason="no matplotlib to draw with")
    for shape, step in (((4, 87), 1.0), ((88,), 1.0), ((4, 88), 0.0)):
        with pytest.raises(InputError, match="a row of 88 keys"):
            roll_picture(CHORALE, np.zeros(shape), step=step)
    with pytest.raises(InputError, match="too long for a picture"):
        roll_picture(Tune((Note(60, 0, 65 * MOST),)))
