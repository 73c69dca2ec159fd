"""Words and where they are, spans that are widened to words, and what is marked of them."""

import json

import numpy as np
import pytest

from reverie.codecs.spans import MARKS, Spans, SplitText, WordSpan
from reverie.errors import InputError

TEXT = "In 1,000 A.D. the 5-time  “Rhine” (7.5km) rose 6½ m."
SPLIT = "In 1,000 A . D . the 5 - time “ Rhine ” ( 7.5km ) rose 6½ m ."
WORDS = SPLIT.split()
CODEC = Spans(("<unk>", "the", "rhine", "."))


def test_a_text_is_split_into_numbers_words_and_signs():
    split = SplitText(TEXT)
    assert split.words == WORDS
    for word, (begin, end) in zip(split.words, split.bounds, strict=True):
        assert TEXT[begin:end] == word
    assert SplitText(" \n").words == []


def test_every_span_of_words_comes_back_as_it_was_written():
    split = SplitText(TEXT)
    for first in range(len(WORDS)):
        for last in range(first, len(WORDS)):
            answer = split.cut(first, last)
            begin = split.bounds[first][0]
            assert TEXT[begin:].startswith(answer)
            assert split.cover(begin, begin + len(answer)) == (first, last, False)
    assert split.cut(7, 9) == "5-time"


@pytest.mark.parametrize(
    ("begin", "answer", "expected"),
    [
        (3, "1,00", WordSpan(1, 1, True)),
        (5, "000 A", WordSpan(1, 2, True)),
        (2, " 1,000 ", WordSpan(1, 1)),
        (0, TEXT, WordSpan(0, len(WORDS) - 1)),
    ],
    ids=["cut-behind", "cut-before", "blanks", "all"],
)
def test_what_does_not_fall_on_words_is_widened(begin, answer, expected):
    assert TEXT[begin : begin + len(answer)] == answer
    assert SplitText(TEXT).cover(begin, begin + len(answer)) == expected


@pytest.mark.parametrize("offsets", [(-1, 3), (3, 3), (5, 4), (24, 25), (50, 500), (500, 501)])
def test_offsets_without_words_are_refused(offsets):
    with pytest.raises(InputError, match=f"no word from character {offsets[0]} to"):
        SplitText(TEXT).cover(*offsets)


@pytest.mark.parametrize("places", [(-1, 0), (2, 1), (0, 99)])
def test_places_that_are_no_span_are_refused(places):
    with pytest.raises(InputError, match="no span"):
        CODEC.decode(TEXT, places)


def test_what_is_encoded():
    passage, question = CODEC.encode("The Rhine rose.", "Who saw the Rhine in 1900?")
    assert passage.values.tolist() == [1, 2, 0, 3]
    assert question.values.tolist() == [0, 0, 1, 2, 0, 0, 0]
    assert len(MARKS) == passage.marks.shape[1] == question.marks.shape[1]
    assert passage.marks.tolist() == [
        [1, 0, 1, 0, 0],
        [1, 1, 1, 0, 0],
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 1],
    ]
    assert question.marks[2].tolist() == [1, 0, 0, 0, 0]
    assert question.marks[5].tolist() == [0, 0, 0, 1, 0]
    assert CODEC.decode("The Rhine rose.", (1, 2)) == "Rhine rose"
    assert CODEC.unknown("Who saw who, the\x1b Rhine?") == ["Who", "saw", "who", ",", "\\x1b", "?"]


def test_a_vocabulary_is_learned():
    texts = ["b A a", "a b c."]
    assert Spans.learn(texts).vocabulary == ("<unk>", "a", "b", ".", "c")
    assert Spans.learn(texts, min_count=2).vocabulary == ("<unk>", "a", "b")
    assert Spans.learn(texts, max_size=2).vocabulary == ("<unk>", "a")
    for texts, options in (([], {}), (["a"], {"max_size": 1}), (["a"], {"min_count": 2})):
        with pytest.raises(InputError, match="no words to learn"):
            Spans.learn(texts, **options)


def test_words_are_added_behind():
    assert CODEC.with_words(["the", "old", "old"]).vocabulary == (*CODEC.vocabulary, "old")


def test_a_description_is_the_codec():
    described = json.loads(json.dumps(CODEC.describe()))
    assert Spans.from_description(described) == CODEC


@pytest.mark.parametrize("vocabulary", [[], ["a"], ["<unk>", "a", "a"], ["<unk>", 3], "text"])
def test_a_damaged_description_is_refused(vocabulary):
    with pytest.raises(InputError, match="unchanged copy"):
        Spans.from_description({"kind": "spans", "vocabulary": vocabulary})


def test_texts_without_words_are_refused():
    with pytest.raises(InputError, match="the passage has no words"):
        CODEC.encode(" ", "Who?")
    with pytest.raises(InputError, match="the question has no words"):
        CODEC.encode("The Rhine.", "")


@pytest.mark.parametrize(("language", "widened"), [("en", 1), ("de", 3), ("es", 2)])
def test_nearly_all_answers_of_xquad_are_spans_of_words(data, language, widened):
    import gzip

    path = data / "qa" / "xquad" / f"xquad.{language}.json.gz"
    if not path.is_file():
        pytest.skip(f"no {path}")
    articles = json.loads(gzip.decompress(path.read_bytes()))["data"]
    found = []
    for passage in (p for article in articles for p in article["paragraphs"]):
        split = SplitText(passage["context"])
        for answer in (answer for question in passage["qas"] for answer in question["answers"]):
            begin, text = answer["answer_start"], answer["text"]
            span = split.cover(begin, begin + len(text))
            assert text.strip() in split.cut(*span[:2])
            found.append(span.widened)
    assert len(found) == 1190
    assert np.sum(found) == widened
