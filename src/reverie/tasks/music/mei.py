"""A tune as a score in MEI (the Music Encoding Initiative's format): text in XML."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, tostring

from reverie.codecs.tune import Tune
from reverie.errors import visible
from reverie.tasks.music.notation import GRID, VALUES, Chord, Metre, Staff, staves
from reverie.tasks.music.spelling import NoteName, name_of, signature
from reverie.tasks.music.timing import has_upbeat

NAMESPACE = "http://www.music-encoding.org/ns/mei"
CLEFS = {"G": "2", "F": "4"}
"""The line of each clef."""
ACCIDENTALS = {-2: "ff", -1: "f", 0: "n", 1: "s", 2: "x"}
"""How MEI calls alterations."""
SHORTEST_ALONE = 8
"""The parts of a quarter, which has no flag: shorter notes are joined by beams."""

ID = "{http://www.w3.org/XML/1998/namespace}id"
Place = tuple[int, int]
"""The number of a staff, and of a layer in it."""
Bar = list[list[list[Chord]]]
"""The chords of a bar, by staff and by layer."""


def mei(tune: Tune, *, sharps: int = 0, title: str = "") -> str:
    """The score, with a key signature of so many sharps, or flats if less than 0.

    Raises InputError for what is no metre or no key signature.
    """
    key, metre, written = signature(sharps), Metre.of(tune.metre), staves(tune)
    root = Element("mei", xmlns=NAMESPACE, meiversion="5.0")
    heading = SubElement(SubElement(root, "meiHead"), "fileDesc")
    SubElement(SubElement(heading, "titleStmt"), "title").text = visible(title)
    SubElement(heading, "pubStmt")
    body = SubElement(SubElement(root, "music"), "body")
    score = SubElement(SubElement(body, "mdiv"), "score")
    _add_definition(score, tune, sharps, title, written)
    section = SubElement(score, "section")
    for number, bar in enumerate(_bars(written, metre.bar), 0 if has_upbeat(tune) else 1):
        measure = SubElement(section, "measure", n=str(number))
        first, last = bar[0][0][0], bar[0][0][-1]
        if last.start + last.value - first.start < metre.bar:
            measure.set("metcon", "false")
        for n, layers in enumerate(bar):
            _add_staff(measure, n, layers, key, sharps, metre)
        _add_ties(measure, bar)
        if len(section) == 1:
            _add_tempo(measure, tune)
        _add_fermatas(measure, bar, tune)
    measure.set("right", "end")
    return tostring(root, encoding="unicode", xml_declaration=True)


def _bars(written: list[Staff], length: int) -> Iterator[Bar]:
    """The chords of each bar."""
    layers = [
        [
            {number: list(group) for number, group in groupby(layer, lambda c: c.start // length)}
            for layer in staff.layers
        ]
        for staff in written
    ]
    for number in layers[0][0]:
        yield [[layer[number] for layer in staff] for staff in layers]


def _add_definition(
    score: Element, tune: Tune, sharps: int, title: str, written: list[Staff]
) -> None:
    """Adds metre, key, title and staves."""
    beats, unit = tune.metre
    signs = f"{abs(sharps)}{'s' if sharps > 0 else 'f'}" if sharps else "0"
    definition = SubElement(
        score, "scoreDef", {"keysig": signs, "meter.count": str(beats), "meter.unit": str(unit)}
    )
    if title:
        words = {"halign": "center", "valign": "middle", "fontsize": "120%"}
        SubElement(SubElement(definition, "pgHead"), "rend", words).text = visible(title)
    group = SubElement(definition, "staffGrp", {"symbol": "brace", "bar.thru": "true"})
    for n, staff in enumerate(written):
        clef = {"clef.shape": staff.clef, "clef.line": CLEFS[staff.clef]}
        SubElement(group, "staffDef", {"n": str(n + 1), "lines": "5"} | clef)


def _add_staff(
    measure: Element,
    number: int,
    layers: list[list[Chord]],
    key: dict[str, int],
    sharps: int,
    metre: Metre,
) -> None:
    """Adds the layers of a staff in a bar: the first with its stems up and the others down."""
    signs = _signs(layers, key, sharps)
    staff = SubElement(measure, "staff", n=str(number + 1))
    for n, chords in enumerate(layers):
        stem = {} if len(layers) == 1 else {"stem.dir": "down" if n else "up"}
        target = SubElement(staff, "layer", n=str(n + 1))
        if not any(chord.pitches for chord in chords):
            SubElement(target, "mRest")
            continue
        for group in _beamed(chords, metre.beat):
            within = SubElement(target, "beam") if len(group) > 1 else target
            for chord in group:
                _add_chord(within, (number, n), chord, signs, sharps, stem)


def _beamed(chords: list[Chord], beat: int) -> Iterator[list[Chord]]:
    """The chords in groups that a beam joins: the short ones within a beat, and each other one."""

    def place(chord: Chord) -> tuple[int, bool]:
        joined = bool(chord.pitches) and chord.value < SHORTEST_ALONE
        return chord.start // beat, joined

    for (_, joined), group in groupby(chords, place):
        if joined:
            yield list(group)
        else:
            yield from ([chord] for chord in group)


def _signs(
    layers: list[list[Chord]], key: dict[str, int], sharps: int
) -> dict[tuple[int, int], bool]:
    """Whether the note (start, pitch) needs a sign: where the last of its name in the bar was
    altered otherwise. A note that is tied from the bar before needs none, and tells nothing."""
    last: dict[tuple[str, int], int] = {}
    found: dict[tuple[int, int], bool] = {}
    for chord in sorted((chord for layer in layers for chord in layer), key=lambda c: c.start):
        for pitch in chord.pitches:
            letter, alter, octave = name_of(pitch, sharps)
            if pitch not in chord.before:
                needed = last.get((letter, octave), key[letter]) != alter
                found[chord.start, pitch] = needed or found.get((chord.start, pitch), False)
                last[letter, octave] = alter
    return found


def _add_chord(
    parent: Element,
    place: Place,
    chord: Chord,
    signs: dict[tuple[int, int], bool],
    sharps: int,
    stem: dict[str, str],
) -> None:
    """Adds a note, a chord or a rest."""
    part, dots = VALUES[chord.value]
    length = {"dur": str(part)} | ({"dots": str(dots)} if dots else {})
    if not chord.pitches:
        SubElement(parent, "rest", length)
        return
    alone = len(chord.pitches) == 1
    target = parent if alone else SubElement(parent, "chord", length | stem)
    for pitch in chord.pitches:
        shown = _name(name_of(pitch, sharps), signs.get((chord.start, pitch), False))
        shown[ID] = _id(place, chord.start, pitch)
        SubElement(target, "note", shown | (length | stem if alone else {}))


def _name(name: NoteName, sign: bool) -> dict[str, str]:
    """The attributes of a note for its name, with a sign if there is to be one."""
    found = {"pname": name.letter.lower(), "oct": str(name.octave)}
    if sign or name.alter:
        found["accid" if sign else "accid.ges"] = ACCIDENTALS[name.alter]
    return found


def _add_ties(measure: Element, bar: Bar) -> None:
    """Adds the ties that begin in a bar. They name their notes: F and F sharp in one chord could
    not be told apart by their place."""
    for n, layers in enumerate(bar):
        for m, layer in enumerate(layers):
            for start, value, _, _, after in layer:
                for pitch in sorted(after):
                    ends = (_id((n, m), at, pitch) for at in (start, start + value))
                    first, last = (f"#{end}" for end in ends)
                    SubElement(measure, "tie", startid=first, endid=last)


def _id(place: Place, start: int, pitch: int) -> str:
    """The name of a note in the file."""
    staff, layer = place
    return f"n{staff}-{layer}-{start}-{pitch}"


def _add_tempo(measure: Element, tune: Tune) -> None:
    """Adds the quarters of a minute above the first bar."""
    count = f"{tune.tempo:.0f}"
    attributes = {"tstamp": "1", "staff": "1", "place": "above", "midi.bpm": count}
    # The note from Unicode, not from the music font: that would have to be part of the picture,
    # and programs that draw SVG without a browser do not read it there.
    SubElement(measure, "tempo", attributes).text = f"\N{QUARTER NOTE} = {count}"


def _add_fermatas(measure: Element, bar: Bar, tune: Tune) -> None:
    """Adds the fermatas of a bar, above the upper staff and below the lower one, where notes
    begin."""
    start = bar[0][0][0].start
    for at in sorted({round(GRID * place) for place in tune.fermatas}):
        beat = f"{1 + (at - start) * tune.metre[1] / (4 * GRID):g}"
        for n, (layers, place) in enumerate(zip(bar, ("above", "below"), strict=True)):
            if any(chord.start == at and chord.pitches for layer in layers for chord in layer):
                attributes = {"tstamp": beat, "staff": str(n + 1), "place": place}
                SubElement(measure, "fermata", attributes)
