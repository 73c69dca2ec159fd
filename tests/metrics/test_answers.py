"""Exact match and F1 against the steps of the official script, and the baselines by hand."""

import re
import string
from collections import Counter

import numpy as np
import pytest
import scipy.stats

from reverie.errors import InputError
from reverie.metrics.answers import answer_f1, answer_scores, exact_match, normalise_answer
from reverie.metrics.span_baselines import first_sentence, sliding_window


def official(text):
    """The steps of evaluate-v1.1.py: lower, signs, articles, white space."""
    text = "".join(c for c in text.lower() if c not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def official_f1(prediction, truth):
    prediction, truth = official(prediction).split(), official(truth).split()
    same = sum((Counter(prediction) & Counter(truth)).values())
    if same == 0:
        return 0
    precision, recall = same / len(prediction), same / len(truth)
    return 2 * precision * recall / (precision + recall)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("The  U.S.\tArmy", "us army"),
        ("a-b", "ab"),  # a hyphen is left out without a trace
        ("1990–1995", "1990–1995"),  # a long dash is no sign of ASCII
        ("the-man", "theman"),  # signs go first, so that no article is seen here
        ("A", ""),
        ("an’s", "’s"),
        ("“The Sun”", "“ sun”"),
        ("100% the", "100"),
        ("Ann ate another", "ann ate another"),
    ],
)
def test_an_answer_is_normalised_as_by_the_script(answer, expected):
    assert normalise_answer(answer) == expected == official(answer)


def test_scores_are_those_of_the_script(rng):
    pieces = ["the", "The", "a", "cat", "cat,", "sat-on", "sat", "on", "—", "$5.0", "An", " ", "."]
    texts = [" ".join(rng.choice(pieces, rng.integers(0, 6))) for _ in range(60)]
    for answer, *truths in np.array(texts).reshape(20, 3):
        best = max(official_f1(answer, truth) for truth in truths)
        assert answer_f1(answer, truths) == pytest.approx(best)
        assert exact_match(answer, truths) == any(official(answer) == official(t) for t in truths)


def test_words_count_as_often_as_both_have_them():
    assert answer_f1("cat cat dog", ["cat cat cat"]) == pytest.approx(2 / 3)
    assert answer_f1("cat", ["dog", "the cat sat"]) == pytest.approx(2 / 3)
    assert (exact_match("the", ["a"]), answer_f1("the", ["a"])) == (True, 0)


def test_the_bounds_are_those_of_the_bootstrap(rng):
    answers = ["cat" if right else "the dog ran" for right in rng.random(200) < 0.4]
    truths = [["dog", "a cat"] for _ in answers]
    scores = answer_scores(answers, truths, samples=2000)
    right = np.array([answer == "cat" for answer in answers])
    f1 = np.where(right, 1, 2 / 3)
    for score, rows in ((scores.exact, right), (scores.f1, f1)):
        reference = scipy.stats.bootstrap(
            (100.0 * rows,), np.mean, n_resamples=2000, method="percentile", rng=rng
        ).confidence_interval
        assert score.value == pytest.approx(100 * rows.mean())
        np.testing.assert_allclose((score.low, score.high), reference, atol=100 * rows.std() / 70)
    assert scores == answer_scores(answers, truths, samples=2000)
    assert scores != answer_scores(answers, truths, samples=2000, seed=1)
    said = scores.summary()
    assert said.startswith(f"exact match {scores.exact.value:.1f} [") and "200 questions" in said


@pytest.mark.parametrize(
    ("answers", "truths", "said"),
    [
        ([], [], "0 answers to 0 questions"),
        (["a"], [["a"], ["b"]], "1 answers to 2 questions"),
        (["a", "b"], [["a"], []], "question 2 needs a list"),
        (["a"], ["a"], "question 1 needs a list"),
    ],
)
def test_what_cannot_be_scored_is_told(answers, truths, said):
    with pytest.raises(InputError, match=said):
        answer_scores(answers, truths)


PASSAGE = "The Rhine rose . The river Main was seen by Ludwig Beck , and by Karl May ."


def test_the_first_sentence():
    words = PASSAGE.split()
    assert first_sentence(words) == (0, 3)
    assert first_sentence(words, 2) == (0, 1) and first_sentence(words, 9) == (0, 3)
    assert first_sentence(["no", "end"]) == (0, 1)


@pytest.mark.parametrize(
    ("passage", "question", "answer"),
    [
        (PASSAGE, "By whom was the river Main seen ?", "Ludwig Beck"),
        # The sentence has most in common, not the candidate itself.
        (PASSAGE, "What rose ?", "Rhine rose"),
        ("Ann saw Rome , Bern . Ann met Bob , Cid , Dan .", "Who met Bob ?", "Cid"),
        # Pairs of words count, too.
        ("It hit red and a dog , Ann . A red dog hit it , Bob .", "Which red dog ?", "Bob"),
        # All windows are as good: the least distance decides.
        ("Cid , and , Bob by Dan", "What of his own Bob ?", "Dan"),
        # A rare word is worth more than a frequent one.
        ("Ann . Ann . Ann . Ann , and Bob .", "Whose ?", "Bob"),
    ],
)
def test_a_window_finds_what_stands_among_the_words_of_the_question(passage, question, answer):
    words = passage.split()
    first, last = sliding_window(words, question.split())
    assert " ".join(words[first : last + 1]) == answer


def test_spans_are_short_and_there_always_is_one():
    assert sliding_window(["alpha", "beta", "gamma"], ["what"], longest=2) == (0, 1)
    assert sliding_window(["the", "."], ["what"]) == (0, 0)
    for baseline in (first_sentence, lambda words: sliding_window(words, ["what"])):
        with pytest.raises(ValueError, match="without words"):
            baseline([])
