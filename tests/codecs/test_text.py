"""Media for text: round trips, unknown symbols, descriptions, learning."""

import json
import time

import numpy as np
import pytest

from reverie.codecs.respelling import respell
from reverie.codecs.text import Bytes, Characters, Pieces, Words, codec_from
from reverie.errors import InputError

TRICKY = [
    "plain\n",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 family",
    "e\u0301 is not \u00e9",
    "\u05e9\u05dc\u05d5\u05dd \u202eabc\u202c",
    "zero\0byte",
    "crlf\r\nand lone\rcr",
    "\ufeffmark \ufffd \U0010ffff",
    "  two  blanks \n\n\n\ttab ",
]
CORPUS = "the cat sat on the mat\nthe dog sat on the log\n" * 40


@pytest.fixture(scope="module")
def pieces():
    pytest.importorskip("sentencepiece", reason="the extra 'subwords' is not installed")
    return Pieces.learn([CORPUS], max_size=290)


@pytest.mark.parametrize("text", TRICKY)
def test_bytes_and_characters_come_back_as_they_were(text):
    for codec in (Bytes(), Characters.learn([text])):
        values = codec.encode(text)
        assert values.dtype == np.int32
        assert codec.decode(values) == text
        assert values.max() < codec.size == len(codec.symbols())


@pytest.mark.parametrize("text", [*TRICKY, CORPUS, ""])
def test_pieces_come_back_as_they_were(pieces, text):
    assert pieces.decode(pieces.encode(text)) == text


def test_pieces_are_shorter_than_characters(pieces):
    assert len(pieces.encode(CORPUS)) < len(CORPUS)
    assert pieces.size <= 290 and "\n" in pieces.symbols()


def test_the_alphabet_is_in_the_order_of_code_points():
    codec = Characters.learn(["ba\U0001f600", "c\né"])
    assert codec.symbols() == ["\n", "a", "b", "c", "é", "\U0001f600"]
    assert codec.encode("abc").tolist() == [1, 2, 3]


def test_a_capped_alphabet_keeps_the_most_frequent():
    assert Characters.learn(["aaabbc d"], max_size=2).alphabet == "ab"
    assert Characters.learn(["aaabbc d"], min_count=2).alphabet == "ab"
    assert Characters.learn(["bbaa"], max_size=1).alphabet == "a"


def test_unknown_characters_are_named_by_code_point_and_position():
    with pytest.raises(InputError) as caught:
        Characters.learn(["abc "]).encode("ab\u00e9a\u00e9\U0001f600", offset=10)
    message = str(caught.value)
    assert "'é' (U+00E9 LATIN SMALL LETTER E WITH ACUTE) at position 12" in message
    assert "U+1F600 GRINNING FACE) at position 15" in message
    assert "skip" in message and "replace" in message and "\n" not in message


def test_equal_letters_in_the_form_that_is_known():
    composed, apart = "caf\u00e9", "cafe\u0301"
    nfc, nfd = Characters.learn([composed, " \n"]), Characters.learn([apart, " "])
    assert respell(nfc, composed) == (composed, [])
    assert respell(nfc, f"{apart}\u00a0\n{apart}") == (
        f"{composed} \n{composed}",
        ["NFC (accents composed)", "plain spaces"],
    )
    assert respell(nfd, composed) == (apart, ["NFD (accents apart)"])
    assert respell(nfc, "\ufeffc\u200be\u0301\u00ad") == (
        "cé",
        ["NFC (accents composed)", "without invisible characters"],
    )
    assert respell(nfc, f"{apart} ü")[0] == f"{composed} ü"  # what no form knows is left
    assert respell(Words.learn([f"ein {composed}"]), apart)[0] == composed
    assert respell(Bytes(), apart) == (apart, [])


def test_pieces_know_a_letter_in_the_form_that_is_no_bytes():
    pytest.importorskip("sentencepiece", reason="the extra 'subwords' is not installed")
    codec = Pieces.learn([f"caf\u00e9 au lait {n}\n" for n in range(50)], max_size=300)
    assert codec.count_bytes("caf\u00e9") == 0 < codec.count_bytes("cafe\u0301")
    assert respell(codec, "cafe\u0301\u00a0au \u2603") == (
        "caf\u00e9 au \u2603",
        ["NFC (accents composed)", "plain spaces"],
    )


def test_a_long_unknown_word_is_not_echoed():
    with pytest.raises(InputError) as told:
        Words.learn(["a b"]).encode("x" * 10_000)
    assert len(str(told.value)) < 500 and "--unknown skip" in str(told.value)


def test_many_unknown_characters_are_listed_in_part():
    with pytest.raises(InputError, match="and 5 more"):
        Characters.learn(["x"]).encode("0123456789")


def test_policies_for_unknown_characters():
    with_blank, without = Characters.learn(["ab b"]), Characters.learn(["abb"])
    assert with_blank.decode(with_blank.encode("a?b", "skip")) == "ab"
    assert with_blank.decode(with_blank.encode("a?b", "replace")) == "a b"
    assert without.decode(without.encode("a?b", "replace")) == "abb"
    with pytest.raises(InputError, match="not a policy"):
        with_blank.encode("a", "ignore")


def test_surrogates_are_unknown_to_every_medium(pieces):
    text = "a\ud800b"
    for codec in (Bytes(), Characters.learn(["ab "]), pieces):
        with pytest.raises(InputError, match=r"U\+D800 surrogate.* at position 1"):
            codec.encode(text)
        assert codec.decode(codec.encode(text, "skip")) == "ab"
        assert codec.decode(codec.encode(text, "replace")) == "a b"
    with pytest.raises(InputError, match="surrogate"):
        Characters.learn([text])


def test_the_blank_of_sentencepiece_is_unknown_to_pieces(pieces):
    with pytest.raises(InputError, match=r"U\+2581"):
        pieces.encode("the \u2581 cat")


def test_words_follow_the_penn_treebank():
    codec = Words.learn([" b a b \n c a b \n"])
    assert codec.symbols() == ["<eos>", "<unk>", "b", "a", "c"]
    values = codec.encode(" b a b \n c a b \n")
    assert values.tolist() == [2, 3, 2, 0, 4, 3, 2, 0]
    assert codec.decode(values) == "b a b\nc a b\n"


def test_words_in_the_text_itself_may_be_unknown():
    codec = Words.learn(["a <unk> a b"], min_count=2)
    assert codec.symbols() == ["<eos>", "<unk>", "a"]
    assert codec.decode(codec.encode("a <unk>")) == "a <unk>"
    assert codec.decode(codec.encode("a b", "replace")) == "a <unk>"
    assert codec.decode(codec.encode("a b", "skip")) == "a"
    with pytest.raises(InputError, match="'b' at position 5"):
        codec.encode("a \na b")


def test_words_are_capped_and_ties_are_alphabetical():
    assert Words.learn(["d c b a a"], max_size=4).symbols()[2:] == ["a", "b"]


def test_words_are_counted_whole_across_chunks():
    text = "one two\nthree one  two "
    whole = Words.learn([text])
    for cut in range(len(text) + 1):
        assert Words.learn([text[:cut], text[cut:]]) == whole


@pytest.mark.parametrize("text", ["one two\nthree  \n two", " a", "word", "a\n"])
def test_units_encode_like_the_whole(pieces, text):
    words = Words.learn([text])
    for codec in (Bytes(), Characters.learn([text]), words, pieces):
        whole = codec.encode(text).tolist()
        for cut in range(len(text) + 1):
            units = list(codec.units([text[:cut], text[cut:]]))
            assert "".join(units) == text
            assert [value for unit in units for value in codec.encode(unit).tolist()] == whole
        units = list(codec.units(text))
        assert [value for unit in units for value in codec.encode(unit).tolist()] == whole


def test_a_description_survives_json_and_rebuilds_the_medium(pieces):
    for codec in (Bytes(), Characters.learn(TRICKY), Words.learn([CORPUS]), pieces):
        again = codec_from(json.loads(json.dumps(codec.describe())))
        assert again == codec
        assert again.symbols() == codec.symbols()


@pytest.mark.parametrize(
    "description",
    [
        {},
        {"kind": "glyphs"},
        {"kind": "bytes", "size": 3},
        {"kind": "characters", "alphabet": "ba", "replacement": "a"},
        {"kind": "characters", "alphabet": "ab", "replacement": "c"},
        {"kind": "characters", "alphabet": "", "replacement": ""},
        {"kind": "characters", "alphabet": ["a"], "replacement": "a"},
        {"kind": "words", "vocabulary": ["a", "b"]},
        {"kind": "words", "vocabulary": ["<eos>", "<unk>", "a", "a"]},
        {"kind": "words", "vocabulary": ["<eos>", "<unk>", "a b"]},
        {"kind": "words", "vocabulary": ["<eos>", "<unk>", 3]},
        {"kind": "pieces", "model": "!", "sha256": ""},
        {"kind": "pieces", "model": "AAAA", "sha256": "0"},
        None,
    ],
)
def test_a_wrong_description_is_refused(description):
    with pytest.raises(InputError):
        codec_from(description)


@pytest.mark.parametrize("values", [[0, 99], [-1], [0.5], [[0]]])
def test_values_that_are_no_symbols_are_refused(values):
    with pytest.raises(InputError, match="cannot decode"):
        Characters.learn(["ab"]).decode(values)


def test_nothing_decodes_to_nothing():
    for codec in (Bytes(), Characters.learn(["a"]), Words.learn(["a"])):
        assert codec.decode([]) == "" and codec.encode("").tolist() == []


@pytest.mark.parametrize("learn", [Characters.learn, Words.learn, Pieces.learn])
def test_nothing_can_be_learned_from_nothing(learn):
    with pytest.raises(InputError):
        learn([""])


def test_five_megabytes_encode_at_once():
    text = CORPUS * 2600
    codec = Characters.learn([text])
    begin = time.perf_counter()
    codec.encode(text)
    assert time.perf_counter() - begin < 2
