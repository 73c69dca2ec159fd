"""Metrics of what models write: bits, BLEU and chrF, diversity."""

import pytest

from reverie.metrics.bits import bits, format_loss, perplexity
from reverie.metrics.bleu import corpus_scores
from reverie.metrics.diversity import diversity


def test_units_of_a_loss():
    assert bits(1.0) == pytest.approx(1.442695)
    assert perplexity(2.0) == pytest.approx(7.389056) and perplexity(1e9) == perplexity(700)


def test_a_loss_is_written_in_the_units_of_its_symbols():
    assert "perplexity" not in format_loss(1.0, "bytes", 3, 2)
    assert "2.1640 bits a character" in format_loss(1.0, "bytes", 3, 2)
    assert format_loss(1.0, "words", 1, 0).endswith("perplexity 2.7")


def test_diversity():
    found = diversity(["a b c a b c", "a b c", "a b c"])
    assert found == (pytest.approx(2 / 3), pytest.approx(1 / 3), 3)
    assert "66.7% of the texts are distinct, with 3 distinct words" in found.summary()
    assert diversity([]) == (0, 0, 0)


def test_bleu_and_chrf():
    pytest.importorskip("sacrebleu", reason="the extra 'translation' is not installed")
    same = ["a cat sat on the mat", "dogs bark"]
    perfect = corpus_scores(same, same)
    assert perfect.bleu == pytest.approx(100) and perfect.chrf == pytest.approx(100)
    worse = corpus_scores(["a cat sat on a mat", "dogs"], same)
    assert 0 < worse.bleu < 100 and 0 < worse.chrf < 100
    assert "BLEU" in worse.summary() and "version:" in worse.signatures[1]
    short = corpus_scores(["a b"], ["a c"])
    assert short.bleu is None and short.summary().startswith("no BLEU of short lines, chrF")
