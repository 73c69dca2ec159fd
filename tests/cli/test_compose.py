"""Music from the command line: melodies in, chorales and rolls out, to hear, to see and as text."""

import wave
from pathlib import Path

import jax
import numpy as np
import pytest
from cli.test_main import told
from malformed.valid import midi as midi_file
from malformed.valid import midi_track

from reverie.cli import main
from reverie.codecs.piano_roll import PianoRoll
from reverie.codecs.tune import Note, Tune
from reverie.codecs.voices import Voices
from reverie.data.music.keys import NAMES
from reverie.formats import midi
from reverie.recipes import recipe
from reverie.settings import change
from reverie.storage import save

pytest.importorskip("mido", reason="the extra 'music' is not installed")

VOICES = Voices(((60, 76), (55, 67), (50, 62)), 0.5)
ROLLS = PianoRoll(0.5, -12)
TINY = {
    "chorales": {"voices": 3, "hidden": 4, "embedding": 3, "around": 3},
    "rnn_nade": {"hidden": 4, "units": 3},
}
MELODY = ((55, 0.0, 1.0), (57, 1.0, 0.5), (59, 1.5, 1.5), (55, 4.0, 2.0))
"""An octave below where the first voice sings."""


def write_model(folder: Path, name: str, codec, **options) -> str:
    """Writes an untrained model with opinions."""
    system, path = recipe(name), folder / f"{name}.reverie"
    config = change(system.Config(), TINY[name] | options)
    model = system.build(config, codec, rng=np.random.default_rng(0))
    model = jax.tree.map(lambda a: 4 * a, model)
    save(path, model, recipe=name, config=config, codec=codec)
    return str(path)


@pytest.fixture(scope="module")
def chorales(tmp_path_factory) -> str:
    return write_model(tmp_path_factory.mktemp("model"), "chorales", VOICES)


@pytest.fixture(scope="module")
def rolls(tmp_path_factory) -> str:
    return write_model(tmp_path_factory.mktemp("model"), "rnn_nade", ROLLS)


@pytest.fixture(params=["chorales", "rolls"])
def model(request) -> str:
    """A model of each task."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def melody() -> str:
    midi.write(Tune(tuple(Note(*note) for note in MELODY), 60.0, (3, 4)), "melody.mid")
    return "melody.mid"


def composed(model, *options, seed=1) -> int:
    return main(["compose", "--model", model, "--bars", "1", "--seed", str(seed), *options])


def places(path) -> list[tuple[int, float, float]]:
    return [note[:3] for note in midi.read(path).tune.notes]


def test_without_a_file_the_notes_are_told(chorales, rolls, capsys):
    assert composed(chorales) == 0
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert 1 <= len(lines) <= 3 and said.err == ""
    words = [word.partition(":") for line in lines for word in line.split()]
    assert all(note.rstrip("0123456789") in NAMES for note, _, _ in words)
    assert all(float(length or 1) in np.arange(1, 9) / 2 for _, _, length in words)
    assert composed(rolls) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_seed_composes_the_same_again(model, capsys):
    argv = ["compose", "--model", model, "--bars", "1"]
    assert main(argv) == 0
    said = capsys.readouterr()
    seed = said.err.removeprefix("(--seed ").partition(" ")[0]
    assert said.err == f"(--seed {seed} composes this again)\n"
    assert composed(model, seed=int(seed)) == 0
    again = capsys.readouterr()
    assert again.out == said.out and again.err == ""
    assert composed(model, seed=(int(seed) + 1) % 2**31) == 0
    assert capsys.readouterr().out != said.out
    for name in ("a.mid", "b.mid"):
        assert composed(model, "-o", name) == 0
    assert Path("a.mid").read_bytes() == Path("b.mid").read_bytes()


@pytest.mark.parametrize(
    ("suffix", "head"),
    [
        ("mid", b"MThd"),
        ("midi", b"MThd"),
        ("wav", b"RIFF"),
        ("svg", b"<?xml"),
        ("png", b"\x89PNG"),
        ("html", b"<!doctype html>"),
        ("HTML", b"<!doctype html>"),
    ],
)
def test_the_suffix_says_what_is_written(model, suffix, head, tmp_path, capsys):
    assert composed(model, "-o", f"a.{suffix}") == 0
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith(f"a.{suffix}: ") and " notes, " in said.err
    assert Path(f"a.{suffix}").read_bytes().lower().startswith(head.lower())
    assert [path.name for path in tmp_path.iterdir()] == [f"a.{suffix}"]
    if suffix == "wav":
        with wave.open("a.wav") as sound:
            assert sound.getnframes() / sound.getframerate() > 1


def test_a_score_can_be_engraved(model, capsys):
    pytest.importorskip("verovio", reason="no verovio to engrave with")
    assert composed(model, "-o", "a.svg", "--score") == 0
    assert composed(model, "-o", "b.svg") == 0
    assert "<svg" in Path("a.svg").read_text() and "<svg" in Path("b.svg").read_text()
    assert Path("a.svg").read_text() != Path("b.svg").read_text()


def test_several_pieces_have_their_files_or_one_page(model, tmp_path, capsys):
    assert composed(model, "-o", "a.mid", "--count", "3") == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-1.mid", "a-2.mid", "a-3.mid"]
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 3
    assert capsys.readouterr().err.count("\n") == 3
    assert composed(model, "-o", "a.html", "--count", "3") == 0
    assert Path("a.html").read_text().count("<section") == 3
    assert composed(model, "--count", "2") == 0
    two = capsys.readouterr().out
    assert composed(model) == 0
    assert two.startswith(capsys.readouterr().out)


def test_the_next_chorale_is_that_of_the_next_seed(chorales):
    assert composed(chorales, "-o", "a.mid", "--count", "2", seed=7) == 0
    assert composed(chorales, "-o", "b.mid", seed=8) == 0
    assert Path("a-2.mid").read_bytes() == Path("b.mid").read_bytes()


def test_a_melody_is_kept_where_it_was(chorales, melody, capsys):
    assert composed(chorales, "--harmonise", melody, "-o", "a.mid", "--sweeps", "1") == 0
    said = capsys.readouterr()
    assert said.err.startswith("a.mid: ") and said.err.count("\n") == 1
    whole = midi.read("a.mid").tune
    assert set(MELODY) < set(places("a.mid"))
    assert len({note.voice for note in whole.notes}) == 3 and whole.metre == (3, 4)
    assert whole.tempo == 60 and whole.length == 6
    assert composed(chorales, "--harmonise", melody, "-o", "b.mid", "--tempo", "90") == 0
    assert midi.read("b.mid").tune.tempo == pytest.approx(90, rel=1e-4)
    # The melody is the first line of a text.
    assert composed(chorales, "--harmonise", melody) == 0
    assert capsys.readouterr().out.splitlines()[0] == "G3 A3:0.5 B3:1.5 G3:2"


def test_of_a_file_with_more_the_highest_voice_is_the_melody(chorales, capsys):
    notes = [Note(*note) for note in MELODY] + [Note(40, 0.0, 6.0, voice=1)]
    midi.write(Tune(tuple(notes)), "two.mid")
    argv = ["--harmonise", "two.mid", "-o", "a.mid"]
    assert composed(chorales, *argv) == 0
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "two.mid: left out 1 note of other voices" and len(said) == 2
    assert set(MELODY) < set(places("a.mid")) and (40, 0.0, 6.0) not in places("a.mid")


def test_a_roll_goes_on_from_a_beginning(rolls, melody, capsys):
    assert composed(rolls, "--prime", melody, "-o", "a.mid") == 0
    begun = [note for note in places("a.mid") if note[1] < 3]
    assert set(begun) >= {note for note in MELODY if note[1] + note[2] < 3}
    assert {note[:2] for note in begun} == {note[:2] for note in MELODY if note[1] < 3}
    assert midi.read("a.mid").tune.length > 6


def on(pitch, channel=0) -> tuple[int, bytes]:
    return 0, bytes((0x90 | channel, pitch, 80))


def off(pitch, channel=0) -> tuple[int, bytes]:
    return 480, bytes((0x80 | channel, pitch, 64))


TWO = midi_track(on(64), off(64), on(65), off(65))
SMALL = {
    "two notes": midi_file(TWO),
    "type 2": midi_file(TWO, midi_track(on(40), off(40)), kind=2),
    "with drums": midi_file(TWO, midi_track(on(36, 9), off(36, 9), on(109), off(109))),
}


@pytest.mark.parametrize("name", SMALL)
def test_what_is_small_or_odd_is_read(chorales, rolls, name, capsys):
    Path("a.mid").write_bytes(SMALL[name])
    assert composed(chorales, "--harmonise", "a.mid", "-o", "b.mid") == 0
    assert {(64, 0.0, 1.0), (65, 1.0, 1.0)} < set(places("b.mid"))
    notes = capsys.readouterr().err.splitlines()[:-1]
    said = {
        "two notes": [],
        "type 2": ["the first of its 2 sequences is used"],
        "with drums": ["left out 1 note of drums", "left out 1 note that no piano has"],
    }
    assert notes == [f"a.mid: {note}" for note in said[name]]
    assert composed(rolls, "--prime", "a.mid", "-o", "c.mid") == 0
    assert (64, 0.0, 1.0) in places("c.mid")
    assert capsys.readouterr().err.splitlines()[:-1] == notes


BAD = {
    "empty.mid": (b"", "empty.mid: the file is empty"),
    "drums.mid": (midi_file(midi_track(on(36, 9), off(36, 9))), "no notes but drums"),
    "beyond.mid": (
        midi_file(midi_track(on(20), off(20), on(109), off(109))),
        "no notes that a piano has",
    ),
    "cut.mid": (midi_file(TWO)[:-5], "cut.mid: it ends in the middle of track 1"),
    "noise.mid": (np.random.default_rng(0).bytes(300), "noise.mid: it is no MIDI file"),
    "damaged.mid": (midi_file(b"\x00\x90\x40"), "damaged.mid: track 1 is damaged"),
    "odd.mid": (midi_file(TWO, kind=3), "odd.mid: it is a MIDI file of type 3"),
    "silent.mid": (midi_file(midi_track()), "silent.mid: it has no notes"),
}
UNFIT = {
    "one.mid": (midi_file(midi_track(on(60), off(60))), "one.mid: a melody of less than two notes"),
    "wide.mid": (midi_file(midi_track(on(40), off(40), on(90), off(90))), "spans 50 semitones"),
}


def check_refusal(capsys, tmp_path, argv, message) -> None:
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    capsys.readouterr()
    assert main(["compose", *argv]) == 2
    assert message in told(capsys)
    after = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert after == before


@pytest.mark.parametrize("name", [*BAD, *UNFIT])
def test_a_file_that_is_no_music_is_told(chorales, rolls, name, tmp_path, capsys):
    data, message = (BAD | UNFIT)[name]
    Path(name).write_bytes(data)
    Path("out.mid").write_bytes(b"as it was")
    use = ["--seed", "1", "-o", "out.mid"]
    check_refusal(capsys, tmp_path, ["--model", chorales, "--harmonise", name, *use], message)
    if name in BAD:
        check_refusal(capsys, tmp_path, ["--model", rolls, "--prime", name, *use], message)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-o", "a.ogg"], "a.ogg must end in .mid, .midi, .wav, .svg, .png, .html"),
        (["-o", "music"], "music must end in"),
        (["-o", "nowhere/a.mid"], "there is no folder to write nowhere/a.mid into"),
        (["-o", "a.wav", "--sound-font", "none.sf2"], "cannot read none.sf2"),
        (["-o", "a.wav", "--sound-font", "text.sf2"], "text.sf2 is no sound font"),
        (["-o", "a.mid", "--sound-font", "none.sf2"], "a sound font is for .wav"),
        (["-o", "a.mid", "--score"], "a score is a .svg"),
        (["-o", "folder.mid"], "cannot write"),
        (["--bars", "0"], "bars must be 1 or more"),
        (["--bars", "2000000000"], "bars must be below"),
        (["--tempo", "0"], "tempo must be 20 or more"),
        (["--tempo", "nan"], "tempo must be a number"),
        (["--temperature", "0"], "temperature must be above 0"),
        (["--count", "0"], "count must be 1 or more"),
        (["--count", "2000000000"], "count must be below 129"),
        (["--seed", "-1"], "seed must be 0 or more"),
        (["--seed", str(2**32)], "seed must be below"),
        (["--model", "none.reverie"], "none.reverie"),
        (["--model", "text.sf2"], "text.sf2 is not a model file"),
        (["melody.mid"], "melody.mid"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_made_is_told(model, options, message, tmp_path, capsys):
    Path("text.sf2").write_text("a text")
    Path("folder.mid").mkdir()
    argv = ["--model", model, "--bars", "1", "--seed", "1", *options]
    check_refusal(capsys, tmp_path, argv, message)


def test_what_could_not_be_written_is_not_composed(chorales, rolls, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("reverie.tasks.chorales.compose.Composer", None)
    monkeypatch.setattr("reverie.tasks.music.compose.draw_pieces", None)
    Path("text.sf2").write_text("a text")
    for model in (chorales, rolls):
        font = ["--model", model, "--seed", "1", "-o", "a.wav", "--sound-font", "text.sf2"]
        check_refusal(capsys, tmp_path, font, "text.sf2 is no sound font")
    long = ["--model", rolls, "--seed", "1", "--bars", "512", "-o", "a.png"]
    check_refusal(capsys, tmp_path, long, "2,048 quarters is too long for a picture")


def test_what_only_one_of_the_tasks_knows_is_told(chorales, rolls, melody, tmp_path, capsys):
    for argv, message in (
        (["--model", chorales, "--harmonise", "none.mid"], "cannot read none.mid"),
        (["--model", chorales, "--metre", "5/4"], "metre must be one of 4/4, 3/4"),
        (["--model", chorales, "--sweeps", "-1"], "sweeps must be 0 or more"),
        (["--model", chorales, "--seed", str(2**32 - 2), "--count", "3"], "lower seed or count"),
        (["--model", rolls, "--prime", "none.mid"], "cannot read none.mid"),
        (["--model", chorales, "--prime", melody], "prime is not an option for this kind"),
        (["--model", rolls, "--harmonise", melody], "harmonise is not an option for"),
    ):
        check_refusal(capsys, tmp_path, argv, message)
    high = Tune((Note(100, 0.0, 1.0), Note(101, 1.0, 1.0)))
    midi.write(high, "high.mid")
    argv = ["--model", rolls, "--prime", "high.mid", "--seed", "1"]
    check_refusal(capsys, tmp_path, argv, "high.mid: notes from 100 to 101 cannot be moved by 12")


def test_the_last_seeds_compose(chorales, capsys):
    assert composed(chorales, "--count", "2", seed=2**32 - 2) == 0


def test_music_that_is_anyones_is_not_read_unasked(tmp_path, melody, capsys):
    for name, codec in (("chorales", VOICES), ("rnn_nade", ROLLS)):
        foreign = write_model(tmp_path, name, codec, data=str(tmp_path))
        argv = ["--model", foreign, "--bars", "1", "--seed", "1", "--novelty"]
        check_refusal(capsys, tmp_path, argv, "is read unasked only for a model in the folder of")


def test_a_model_of_another_task_is_told(model_file, tmp_path, capsys):
    argv = ["--model", str(model_file), "-o", "a.mid"]
    check_refusal(capsys, tmp_path, argv, "it is for reverie sample, not for reverie compose")
