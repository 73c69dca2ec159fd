"""Music that is heard: pitches, loudness and silence, files of sound, and sound fonts."""

import struct
import sys
import wave

import numpy as np
import pytest

from reverie.codecs.tune import Note, Tune
from reverie.errors import InputError
from reverie.formats import wav
from reverie.tasks.music import sound_font
from reverie.tasks.music.sound import LOUDEST, RELEASE, frequency, synthesise
from reverie.tasks.music.sound_font import synthesise_with
from reverie.tasks.music.timing import HOLD, clock, has_upbeat, held_spans

RATE = 22050
CHORD = Tune(tuple(Note(pitch, 0, 4, 80, voice) for voice, pitch in enumerate((72, 67, 64, 48))))


def strongest(sound: np.ndarray) -> float:
    """The frequency of the strongest partial of a stretch in stereo, in hertz."""
    mono = sound.mean(1)
    spectrum = np.abs(np.fft.rfft(mono * np.hanning(len(mono)), 8 * len(mono)))
    return float(spectrum.argmax() * RATE / (8 * len(mono)))


@pytest.mark.parametrize("pitch", [33, 60, 69, 88])
def test_frequencies_are_exact(pitch):
    sound = synthesise(Tune((Note(pitch, 0, 4),), tempo=60), RATE)
    found = strongest(sound[RATE // 10 : 3 * RATE])
    assert found == pytest.approx(440 * 2 ** ((pitch - 69) / 12), abs=0.1)
    assert frequency(69) == 440


def test_loudness_is_bounded_and_both_ends_are_silent():
    many = Tune(tuple(Note(pitch, 0.25 * (pitch % 3), 2, 127) for pitch in range(21, 109)))
    for tune in (many, CHORD, Tune((Note(60, 0, 0.001, 1),))):
        sound = synthesise(tune, RATE)
        assert np.abs(sound).max() == pytest.approx(LOUDEST)
        assert not sound[0].any() and not sound[-1].any()
        assert len(sound) == pytest.approx(RATE * (tune.seconds + RELEASE), abs=2)


def test_between_notes_is_silence():
    sound = synthesise(Tune((Note(60, 0, 1), Note(62, 3, 1)), tempo=60), RATE)
    first, second = round((1 + RELEASE) * RATE), 3 * RATE
    assert not sound[first : second + 1].any()
    assert sound[: first - 100].any() and sound[second + 10 :].any()


def test_nothing_clicks():
    tune = Tune(tuple(Note(45 + n, 0.4 * n, 0.3 + 0.07 * n) for n in range(6)), tempo=60)
    spectrum = np.abs(np.fft.rfft(synthesise(tune, 44100).mean(1))) ** 2
    # The eighth harmonic of the highest note is below 1200 Hz.
    assert spectrum[len(spectrum) // 4 :].sum() < 1e-6 * spectrum.sum()


def test_what_is_too_high_for_the_rate_is_left_out():
    assert not synthesise(Tune((Note(120, 0, 1),)), 8000).any()


def powers(*notes: Note) -> np.ndarray:
    """How much is heard on the left and on the right in the first two seconds."""
    return (synthesise(Tune(notes), RATE)[: 2 * RATE] ** 2).sum(0)


def test_voices_are_spread_and_low_notes_are_to_the_left():
    left, right = powers(Note(60, 0, 4), Note(60, 40, 4, 80, 1))
    assert left > 2 * right > 0
    left, right = powers(Note(60, 0, 4, 80, 1), Note(60, 40, 4))
    assert right > 2 * left > 0
    left, right = powers(Note(40, 0, 4), Note(90, 40, 4))
    assert left > 2 * right > 0
    left, right = powers(Note(40, 0, 4))
    assert left == right > 0


def test_louder_notes_are_louder():
    sound = synthesise(Tune((Note(60, 0, 1, 40), Note(60, 4, 1, 100)), tempo=60), RATE)
    assert np.abs(sound[: 2 * RATE]).max() < 0.5 * np.abs(sound[3 * RATE :]).max()


def test_no_notes_are_a_moment_of_silence():
    sound = synthesise(Tune(()), RATE)
    assert sound.shape[1] == 2 and not sound.any()


@pytest.mark.parametrize("rate", [0, 7999, 10**9])
def test_rates_of_no_file_are_refused(rate):
    with pytest.raises(InputError, match="from 8000 to 192000"):
        synthesise(CHORD, rate)
    with pytest.raises(InputError, match="from 8000 to 96000"):
        synthesise_with("none.sf2", CHORD, 192000)


def test_fermatas_are_held_with_the_first_voice():
    notes = (Note(72, 0, 1), Note(74, 1, 1), Note(48, 0, 4, 80, 1), Note(76, 2, 2))
    tune = Tune(notes, tempo=60, fermatas=(1.0, 1.0, 9.0))
    assert held_spans(tune) == [(1.0, 2.0)]
    places, seconds = clock(tune)
    expected = [0, 1, 1 + HOLD, 3 + HOLD]
    np.testing.assert_allclose(np.interp([0, 1, 2, 4], places, seconds), expected)
    with pytest.raises(InputError, match="a tempo of 0"):
        synthesise(tune._replace(tempo=0.0), RATE)


def test_a_tune_that_begins_within_its_first_bar_has_an_upbeat():
    assert has_upbeat(Tune((Note(60, 3, 1),))) and not has_upbeat(Tune((Note(60, 4, 1),)))
    assert not has_upbeat(Tune((Note(60, 0.02, 1),))) and not has_upbeat(Tune(()))


@pytest.mark.parametrize("shape", [(100,), (100, 2)])
def test_a_wav_file_has_the_samples(tmp_path, shape, rng):
    samples = rng.uniform(-1, 1, shape).astype(np.float32)
    wav.write(samples, tmp_path / "a.wav", RATE)
    with wave.open(str(tmp_path / "a.wav")) as file:
        found = np.frombuffer(file.readframes(1000), "<i2").reshape(shape) / 32767
        assert file.getframerate() == RATE and file.getnchannels() == samples[0].size
    np.testing.assert_allclose(found, samples, atol=1 / 32767)


@pytest.mark.parametrize("loud", [1.01, -2.0, np.nan])
def test_samples_that_would_be_distorted_are_refused(tmp_path, loud):
    with pytest.raises(InputError, match="louder than 1"):
        wav.write(np.array([0.0, loud]), tmp_path / "a.wav")
    with pytest.raises(InputError, match="cannot write"):
        wav.write(np.zeros(3), tmp_path / "none" / "a.wav")
    assert not list(tmp_path.iterdir())


def test_what_a_wav_file_has_no_room_for_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(wav, "LARGEST", 10)
    with pytest.raises(InputError, match="at most 4 GB"):
        wav.write(np.zeros((3, 2)), tmp_path / "a.wav")


def chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def small_font() -> bytes:
    """A sound font with one instrument, number 5, of one sample: a sine at 441 Hz for A4."""
    period, rate = 100, 44100
    sine = np.rint(20000 * np.sin(2 * np.pi * np.arange(20 * period) / period)).astype("<i2")
    rows = {
        b"phdr": struct.pack("<20sHHHIII", b"sine", 5, 0, 0, 0, 0, 0)
        + struct.pack("<20sHHHIII", b"EOP", 0, 0, 1, 0, 0, 0),
        b"pbag": struct.pack("<4H", 0, 0, 1, 0),
        b"pmod": bytes(10),
        b"pgen": struct.pack("<4H", 41, 0, 0, 0),
        b"inst": struct.pack("<20sH", b"sine", 0) + struct.pack("<20sH", b"EOI", 1),
        b"ibag": struct.pack("<4H", 0, 0, 2, 0),
        b"imod": bytes(10),
        b"igen": struct.pack("<6H", 54, 1, 53, 0, 0, 0),
        b"shdr": struct.pack(
            "<20s5IBbHH", b"sine", 0, len(sine), period, 19 * period, rate, 69, 0, 0, 1
        )
        + struct.pack("<20s5IBbHH", b"EOS", *[0] * 9),
    }
    info = chunk(b"ifil", struct.pack("<HH", 2, 1)) + chunk(b"isng", b"EMU8000\0")
    info += chunk(b"INAM", b"small\0")
    lists = {
        b"INFO": info,
        b"sdta": chunk(b"smpl", sine.tobytes() + bytes(2 * 46)),
        b"pdta": b"".join(chunk(name, row) for name, row in rows.items()),
    }
    data = b"".join(chunk(b"LIST", name + body) for name, body in lists.items())
    return chunk(b"RIFF", b"sfbk" + data)


@pytest.fixture
def font(tmp_path):
    """A sound font; tests with it are skipped where there is nothing to play it."""
    pytest.importorskip("fluidsynth", reason="no FluidSynth", exc_type=ImportError)
    path = tmp_path / "small.sf2"
    path.write_bytes(small_font())
    return path


def test_a_sound_font_plays(font):
    tune = Tune((Note(69, 0, 2), Note(81, 2, 2), Note(81, 4, 2)), tempo=60)
    sound = synthesise_with(font, tune, RATE, program=5)
    assert np.abs(sound).max() == pytest.approx(LOUDEST) and not sound[-1].any()
    for at, expected in ((0, 441), (2, 882), (4, 882)):
        stretch = sound[round((at + 0.2) * RATE) : round((at + 1.8) * RATE)]
        assert strongest(stretch) == pytest.approx(expected, rel=2e-3)
    assert np.abs(sound[-RATE // 2 :]).max() < 0.02


def test_a_sound_font_has_a_place_for_each_voice(font):
    first, last = (
        (synthesise_with(font, Tune(notes), RATE, program=5)[: 2 * RATE] ** 2).sum(0)
        for notes in (
            (Note(69, 0, 4), Note(69, 40, 1, 80, 1)),
            (Note(69, 0, 4, 80, 1), Note(69, 40, 1)),
        )
    )
    assert first[0] > 1.5 * first[1] and last[1] > 1.5 * last[0]


def test_a_damaged_sound_font_is_told(font):
    font.write_bytes(font.read_bytes()[:200])
    with pytest.raises(InputError, match="is a damaged sound font"):
        synthesise_with(font, CHORD, program=5)


def test_instruments_that_a_sound_font_lacks_are_told(font):
    with pytest.raises(InputError, match="has no instrument 0"):
        synthesise_with(font, CHORD)


def test_what_is_no_sound_font_is_told(tmp_path):
    with pytest.raises(InputError, match="check the path"):
        synthesise_with(tmp_path / "none.sf2", CHORD)
    with pytest.raises(InputError, match="no instrument 128"):
        synthesise_with(tmp_path / "none.sf2", CHORD, program=128)
    (tmp_path / "a.sf2").write_bytes(b"RIFF1234WAVE" * 9)
    with pytest.raises(InputError, match="is no sound font"):
        synthesise_with(tmp_path / "a.sf2", CHORD)


def test_without_the_player_of_sound_fonts_one_is_told_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "a.sf2").write_bytes(small_font())
    monkeypatch.setattr(sound_font, "find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "fluidsynth", None)
    with pytest.raises(InputError, match=r"pip install 'reverie\[sound-font\]'"):
        synthesise_with(tmp_path / "a.sf2", CHORD)
    monkeypatch.setattr(sound_font, "find_spec", lambda name: name)
    with pytest.raises(InputError, match="libfluidsynth3"):
        synthesise_with(tmp_path / "a.sf2", CHORD)
