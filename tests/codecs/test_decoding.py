"""Decoding piece by piece equals decoding the whole, wherever it is cut."""

import numpy as np
import pytest

from reverie.codecs.text import Bytes, Characters, Pieces, Words

TEXT = "né \U0001f469\u200d\U0001f467 of\n\nany  other\nline"
CODECS = [Bytes(), Characters.learn([TEXT]), Words.learn([TEXT])]


def joined(codec, *parts):
    decoder = codec.decoder()
    return "".join(decoder.feed(part) for part in parts) + decoder.flush()


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: type(codec).__name__)
def test_every_cut(codec):
    values = codec.encode(TEXT)
    whole = codec.decode(values)
    assert joined(codec, *([value] for value in values)) == whole
    for cut in range(len(values) + 1):
        assert joined(codec, values[:cut], values[cut:]) == whole


def test_every_cut_of_pieces():
    pytest.importorskip("sentencepiece", reason="the extra 'subwords' is not installed")
    codec = Pieces.learn(["any other line of text\n" * 20], max_size=280)
    values = codec.encode(TEXT)
    for cut in range(len(values) + 1):
        assert joined(codec, values[:cut], values[cut:]) == TEXT


def test_a_character_is_held_back_until_it_is_whole():
    codec, decoder = Bytes(), Bytes().decoder()
    assert [decoder.feed([value]) for value in codec.encode("é€")] == ["", "é", "", "", "€"]
    assert decoder.flush() == ""


def test_bytes_that_are_no_character_become_replacement_characters():
    values = np.array([0x61, 0xFF, 0xE2, 0x82, 0x62, 0xC3])
    assert Bytes().decode(values) == "a\ufffd\ufffdb\ufffd"
    for cut in range(len(values) + 1):
        assert joined(Bytes(), values[:cut], values[cut:]) == Bytes().decode(values)


def test_a_decoder_can_be_used_again_after_its_flush():
    decoder = Words.learn(["a b"]).decoder()
    assert decoder.feed([2, 3]) + decoder.flush() == "a b"
    assert decoder.feed([2]) == "a"
