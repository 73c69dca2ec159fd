"""The codec of stories: one vocabulary for what is told, asked and answered."""

import numpy as np
import pytest

from reverie.check import check_codec
from reverie.codecs.stories import HEAD, Stories, answer_words, story_words, word_places
from reverie.errors import InputError

TEXTS = ["The milk is here.", "Bob has the milk.", "Where is the milk?"]
CODEC = Stories.learn(TEXTS, ["here", "north,west"])
WHOLE = Stories.learn(TEXTS, ["here", "north,west"], split_answers=False)


def test_words_and_signs_are_apart_and_in_lower_case():
    assert story_words("Ann's box (of tea) isn't there?! ") == [
        *("ann's", "box", "(", "of", "tea", ")", "isn't", "there", "?")
    ]
    assert story_words("Is it 3.5?") == ["is", "it", "3", ".", "5"]
    assert story_words(" . ") == story_words("") == []
    text = "Bob, the cat."
    assert [text[begin:end] for _, begin, end in word_places(text)] == ["Bob", ",", "the", "cat"]


def test_a_comma_parts_the_words_of_an_answer():
    assert answer_words("north,west") == answer_words("North  west") == ["north", "west"]


def test_the_vocabulary_begins_with_its_three_and_goes_on_by_frequency():
    assert CODEC.symbols()[:7] == [*HEAD, "milk", "the", "here", "is"]
    assert (CODEC.end, CODEC.unknown, CODEC.size) == (1, 2, len(set(CODEC.vocabulary)))
    assert "north west" in WHOLE.vocabulary and "north" not in WHOLE.vocabulary
    few = Stories.learn(TEXTS, ["here"], max_size=5)
    assert few.vocabulary == CODEC.vocabulary[:5]
    assert Stories.learn(TEXTS, ["here"], min_count=3).vocabulary == (*HEAD, "milk", "the")
    assert Stories.of_words(["b", "a", "b"]).vocabulary == (*HEAD, "b", "a")


@pytest.mark.parametrize("codec", [CODEC, WHOLE])
def test_sentences_come_back(codec):
    samples = ["the milk is here", "bob has", ""]
    check_codec(codec, samples)


def test_an_answer_is_words_and_an_end_or_one_symbol():
    answer = CODEC.encode_answer("north,west")
    assert CODEC.decode(answer) == "north west" and len(answer) == 3 and answer[-1] == CODEC.end
    (symbol,) = WHOLE.encode_answer("north,west")
    assert WHOLE.vocabulary[symbol] == WHOLE.decode([symbol]) == "north west"
    assert WHOLE.encode_answer("here").dtype == CODEC.encode_answer("here").dtype == np.int32
    assert CODEC.encode_answer("").tolist() == [CODEC.end]
    assert WHOLE.encode_answer(" ").tolist() == []


def test_null_words_are_not_read():
    padded = np.append(CODEC.encode("the milk"), [0, 0])
    assert CODEC.decode(padded) == "the milk"
    with pytest.raises(InputError, match="cannot decode the value"):
        CODEC.decode([CODEC.size])


def test_unknown_words_are_named():
    with pytest.raises(InputError, match="'football' at position 13;"):
        CODEC.encode("Where is the football?")
    with pytest.raises(InputError, match="'south' at position 6"):
        CODEC.encode_answer("north,south")
    with pytest.raises(InputError, match="'north south' at position 0"):
        WHOLE.encode_answer("north,south")
    assert CODEC.encode("the cow", "replace").tolist() == [4, CODEC.unknown]
    assert CODEC.encode("the cow", "skip").tolist() == [4]
    assert CODEC.encode_answer("cow", "replace").tolist() == [CODEC.unknown, CODEC.end]
    with pytest.raises(InputError, match=r"'\\x1b' at position 4"):
        CODEC.encode("the \x1b")
    with pytest.raises(InputError, match="not a policy"):
        CODEC.encode("the", "guess")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"vocabulary": ["a", "b", "c"]}, "does not begin with <null>, <end>, <unk>"),
        ({"vocabulary": [*HEAD, "a", "a"]}, "a word occurs twice"),
        ({"vocabulary": [*HEAD, ""]}, "empty or holds white space"),
        ({"vocabulary": [*HEAD, "a\tb"]}, "empty or holds white space"),
        ({"vocabulary": [*HEAD, 5]}, "a word is not text"),
        ({"vocabulary": {}}, "not of type list"),
        ({"split_answers": 1}, "not of type bool"),
        ({"more": 1}, "has the fields"),
    ],
)
def test_a_damaged_description_is_refused(change, said):
    with pytest.raises(InputError, match=said):
        Stories.from_description(CODEC.describe() | change)


def test_nothing_to_learn_is_told():
    with pytest.raises(InputError, match="have no words"):
        Stories.learn(["."], [""])
    with pytest.raises(InputError, match="no room"):
        Stories.learn(TEXTS, [], max_size=3)
