"""Scores of captions against numbers worked out by hand, and against slower programs."""

from collections import Counter
from itertools import combinations
from math import exp, log, sqrt

import numpy as np
import pytest

from reverie.errors import InputError
from reverie.metrics.caption_bleu import bleu_counts, corpus_bleu
from reverie.metrics.caption_tokens import caption_tokens
from reverie.metrics.captions import caption_scores, document_frequencies, paired_bootstrap
from reverie.metrics.cider import cider, count_documents
from reverie.metrics.rouge import rouge_l

WORDS = ["a", "dog", "cat", "runs", "on", "the", "red", "grass"]


@pytest.mark.parametrize(
    ("caption", "tokens"),
    [
        ("A man's dog doesn't bark .", "a man 's dog does n't bark"),
        ("He can't , cannot , won't ; gonna", "he ca n't can not wo n't gon na"),
        ("I'm they'RE we've she'll he'd DON’T", "i 'm they 're we 've she 'll he 'd do n't"),
        ("a t-shirt -- with well-known logos - here", "a t-shirt with well-known logos here"),
        ("\"Where are you ? \" , it reads : 'yes'!", "where are you it reads yes"),
        ("“quoted” ‘this’ … ``so''", "quoted this so"),
        ("(two) [of] {them}", "-lrb- two -rrb- -lsb- of -rsb- -lcb- them -rcb-"),
        ("3 1/2 of 2,000 at 10:30, $5.00 and 50%", "3 1/2 of 2,000 at 10:30 $ 5.00 and 50 %"),
        ("rock & roll, AT&T and at&t", "rock & roll at&t and at & t"),
        ("Mr. Smith of the U.S. in St. Paul.", "mr. smith of the u.s. in st. paul"),
        ("no. 5 has no.", "no. 5 has no"),
        ("the letter P.", "the letter p."),
        ("dogs' toys, o'clock, rock'n'roll, '90s", "dogs toys o'clock rock 'n' roll '90s"),
        ("what?! #1 #one <b>bold</b> :)", "what ?! # 1 #one <b> bold </b> :-rrb-"),
        ("a dog;another dog.", "a dog another dog"),
        ("running.The end .", "running.the end"),
        ("www.a-b.com and me@x.com.", "www.a-b.com and me@x.com"),
        ("snow-boarder's mom's", "snow-boarder 's mom 's"),
        ("Café &amp; 5½ naïve 🎉 dogs", "café & 5 1/2 naïve dogs"),
        (" . , \t", ""),
        ("", ""),
    ],
)
def test_tokens_are_those_of_the_treebank(caption, tokens):
    """What Stanford's tokeniser and coco-caption's list of punctuation leave of them."""
    assert caption_tokens(caption) == tokens.split()
    if not {"#", "&", "running.the", ":-rrb-"} & set(tokens.split()):
        assert caption_tokens(tokens) == tokens.split()


def test_long_nonsense_takes_no_longer():
    for nonsense in ("." * 20_000, "a" * 20_000, "a+" * 10_000, "<a" * 5_000, "'" * 20_000):
        assert len(caption_tokens(nonsense)) <= 20_000


def of_bleu(candidate, *references):
    counts = bleu_counts(candidate.split(), [each.split() for each in references])
    return corpus_bleu(np.array(counts, float))


def test_bleu_by_hand():
    clipped = of_bleu("the the the", "the cat", "a the the")
    np.testing.assert_allclose(clipped[:2], [2 / 3, sqrt(2 / 3 * 1 / 2)], rtol=1e-6)
    short = of_bleu("a b", "a b c d")
    np.testing.assert_allclose(short[:2], exp(1 - 4 / 2), rtol=1e-6)
    # Of two references that are equally close in length, the shorter is taken.
    assert of_bleu("a b c", "a b", "a b c d")[0] == pytest.approx(1)
    assert (of_bleu("", "a b") == 0).all() and of_bleu("x y", "a b")[0] < 1e-9


def test_bleu_of_a_corpus_is_that_of_its_sums():
    rows = [bleu_counts(list("abcd"), [list("abxd")]), bleu_counts(list("ab"), [list("abcdef")])]
    found = corpus_bleu(np.sum(rows, 0).astype(float))
    brevity = exp(1 - 10 / 6)
    expected = brevity * np.cumprod([5 / 6, 2 / 4, 0 / 2, 0 / 1]) ** (1 / np.arange(1, 5))
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-3)


def test_rouge_by_hand():
    one, other = list("ac"), list("bxyd")
    # P is 2/4 with both, R is 2/2 with the first.
    assert rouge_l(list("abcd"), [one, other]) == pytest.approx(2.44 * 0.5 / (1 + 1.44 * 0.5))
    assert rouge_l(list("abcd"), [list("xyz")]) == rouge_l([], [list("a"), []]) == 0


def slow_rouge(candidate, references):
    def common(reference):
        found = (
            n
            for n in range(len(candidate), 0, -1)
            if set(combinations(candidate, n)) & set(combinations(reference, n))
        )
        return next(found, 0)

    p = max(common(reference) / len(candidate) for reference in references)
    r = max(common(reference) / len(reference) for reference in references)
    return 2.44 * p * r / (r + 1.44 * p) if p else 0


def grams(tokens, n):
    return [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]


def slow_cider(candidate, references, documents):
    """As vectors of all the n-grams that there are."""

    def vector(tokens, n, axes):
        def idf(gram):
            df = sum(any(gram in grams(t, n) for t in texts) for texts in documents)
            return log(len(documents) / max(df, 1))

        return np.array([grams(tokens, n).count(gram) * idf(gram) for gram in axes])

    totals = np.zeros(2)
    for reference in references:
        for n in range(1, 5):
            axes = sorted({*grams(candidate, n), *grams(reference, n)})
            one, other = vector(candidate, n, axes), vector(reference, n, axes)
            norms = np.linalg.norm(one) * np.linalg.norm(other)
            if norms:
                damp = exp(-((len(candidate) - len(reference)) ** 2) / 72)
                totals += one @ other / norms, damp * np.minimum(one, other) @ other / norms
    return 10 * totals / 4 / len(references)


@pytest.fixture(scope="module")
def corpus():
    """Candidates and references of few words, so that much is the same."""
    rng = np.random.default_rng(0)

    def caption():
        return rng.choice(WORDS, rng.integers(2, 9)).tolist()

    return [(caption(), [caption() for _ in range(rng.integers(1, 5))]) for _ in range(30)]


def as_text(corpus):
    candidates = [" ".join(candidate) for candidate, _ in corpus]
    return candidates, [[" ".join(tokens) for tokens in references] for _, references in corpus]


def test_rouge_and_cider_are_those_of_slow_programs(corpus):
    documents = [references for _, references in corpus]
    known = count_documents(documents, "")
    found = [(rouge_l(*pair), *cider(*pair, known)) for pair in corpus]
    expected = [(slow_rouge(*pair), *slow_cider(*pair, documents)) for pair in corpus]
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
    assert len({round(score, 6) for row in expected for score in row}) > 70


def test_cider_by_hand():
    known = count_documents([[list("abcde")], [list("vwxyz")], [["a"]]], "")
    assert cider(list("abcde"), [list("abcde")], known) == pytest.approx((10, 10))
    # No 4-gram, and nothing in common with the second of two references.
    assert cider(list("bcd"), [list("bcd"), list("vwxyz")], known).cider == pytest.approx(3.75)
    # "a" is in two documents of three and "b" in one; what was never seen counts as "b" does.
    a, b = log(3 / 2), log(3)
    one = cider(["a", "b"], [["a", "q"]], known).cider
    assert one == pytest.approx(10 / 4 * a * a / (a * a + b * b))
    assert cider(["a"], [["b"]], known) == cider([], [["b"]], known) == (0, 0)


def test_document_frequencies_of_other_references():
    known = document_frequencies([["a dog", "a dog runs"], ["a cat"]], "there")
    assert known.pictures == 2 and known.source == "there"
    assert known.counts == Counter(
        {("a",): 2, ("dog",): 1, ("a", "dog"): 1, ("runs",): 1, ("dog", "runs"): 1}
        | {("a", "dog", "runs"): 1, ("cat",): 1, ("a", "cat"): 1}
    )


def test_scores_are_those_that_coco_caption_prints():
    found = caption_scores(
        ["a dog runs on the grass", "two men sit on a bench", "a red car"],
        [
            ["a brown dog runs on grass", "the dog runs on the green grass"],
            ["two old men are sitting on a bench", "men sit on a bench outside", "a bench"],
            ["a red car is parked on the street"],
        ],
        samples=10,
    )
    expected = [71.6531310478252, 62.05343174759501, 56.871127799908]
    expected += [50.66641485512482, 75.3902662993572, 377.1550215608716]
    names = ["BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "CIDEr-D"]
    np.testing.assert_allclose([found.scores[n].value for n in names], expected, rtol=1e-9)
    assert found.references == (1, 3) and found.pictures == 3
    said = found.summary()
    assert "pictures: 3, with 1 to 3 references each" in said and "BLEU-4 " in said
    assert "the references themselves, 3 pictures" in said and found.tokeniser in said


def test_one_picture_has_no_cider_of_its_own():
    one = caption_scores(["a dog"], [["a dog", "a cat"]], samples=3)
    assert list(one.scores) == ["BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L"]
    assert "no CIDEr" in one.notes[0] and one.notes[0] in one.summary()
    known = document_frequencies([["a dog"], ["a cat"]], "there")
    other = caption_scores(["a dog"], [["a dog", "a cat"]], known, samples=3)
    assert other.scores["CIDEr"].value > 0 and not other.notes
    assert other.scores["CIDEr"].low == other.scores["CIDEr"].high == other.scores["CIDEr"].value


def test_a_resample_is_a_corpus_of_its_pictures(corpus):
    """The intervals from sums are those of texts that are drawn and scored anew."""
    candidates, references = as_text(corpus)
    known = document_frequencies(references)
    found = caption_scores(candidates, references, samples=20, seed=5)
    rng = np.random.default_rng(5)
    again = []
    for _ in range(20):
        drawn = rng.integers(0, len(corpus), len(corpus))
        texts = [candidates[n] for n in drawn], [references[n] for n in drawn]
        again.append([s.value for s in caption_scores(*texts, known, samples=1).scores.values()])
    expected = np.percentile(again, (2.5, 97.5), axis=0).T
    np.testing.assert_allclose([s[1:] for s in found.scores.values()], expected, rtol=1e-9)
    assert all(s.low < s.value < s.high for s in found.scores.values())
    assert caption_scores(candidates, references, samples=20, seed=6) != found


def test_differences_are_of_the_same_pictures(corpus):
    candidates, references = as_text(corpus)
    others = candidates[1:] + candidates[:1]
    one = paired_bootstrap(candidates, others, references, samples=50)
    other = paired_bootstrap(others, candidates, references, samples=50)
    values = [
        [s.value for s in caption_scores(each, references, samples=1).scores.values()]
        for each in (candidates, others)
    ]
    for name, mine, theirs in zip(one.differences, *values, strict=True):
        there, back = one.differences[name], other.differences[name]
        assert there.value == pytest.approx(mine - theirs) == pytest.approx(-back.value)
        assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
        assert there.better + back.better == pytest.approx(1) and there.low < there.high
    assert "better in " in one.summary() and one.pictures == 30
    same = paired_bootstrap(candidates, candidates, references, samples=5).differences
    assert set(same.values()) == {(0, 0, 0, 0.5)}


def test_who_is_better_in_every_picture_is_in_every_resample(corpus):
    _, references = as_text(corpus)
    perfect, wrong = [each[0] for each in references], ["nothing of it"] * 30
    found = paired_bootstrap(perfect, wrong, references, samples=20).differences
    assert all(d.better == 1 and 0 < d.low <= d.value <= d.high for d in found.values())


@pytest.mark.parametrize(
    ("candidates", "references", "said"),
    [
        (["a"], [["a"], ["b"]], "1 candidates for 2 pictures"),
        ([], [], "0 candidates for 0"),
        (["a", "b"], [["a"], []], "picture 2 needs a list of references"),
        (["a"], ["a dog"], "picture 1 needs a list"),
    ],
)
def test_what_cannot_be_scored(candidates, references, said):
    with pytest.raises(InputError, match=said):
        caption_scores(candidates, references)
