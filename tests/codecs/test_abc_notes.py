"""Tunes in ABC notation: what a symbol is, and that nothing is lost."""

import re

import numpy as np
import pytest

from reverie.check import check_codec
from reverie.codecs.abc_notes import TOKEN, ABCNotes, whole_lines
from reverie.codecs.text import codec_from
from reverie.errors import InputError

TUNE = """X:1
T:A jig, played twice
M:6/8
L:1/8
K:Dmaj
|: A,2 ^c/2d/ (3efg | "Em7"B3 !trill! z2 c' :|[2 __B,,3/2 [CEG]2 || d>e ~f \\
w: no-thing is lost |]
"""


def test_a_symbol_is_a_note_a_bar_line_or_a_field():
    tokens = TOKEN.findall(TUNE)
    assert "".join(tokens) == TUNE
    for whole in ("A,2", "^c/2", "d/", "(3", "|:", '"Em7"', "!trill!", "z2", "c'", ":|[2"):
        assert whole in tokens
    for whole in ("__B,,3/2", "||", "|]", "X:", "M:6/8", "L:1/8", "K:Dmaj", "T:", "w:"):
        assert whole in tokens


def test_what_occurs_once_is_spelled_and_nothing_is_lost():
    codec = ABCNotes.learn([TUNE * 2, "[K:G]"])
    check_codec(codec, [TUNE, "", "\n", "K:Dmaj\nA,2 c6 |:"])
    assert codec.decode(codec.encode("A,2")) == "A,2" and len(codec.encode("A,2")) == 1
    assert len(codec.encode("c2")) == 2 and len(codec.encode("[K:G]")) == 5
    few = ABCNotes.learn([TUNE * 2], max_size=1)
    assert few.size == len(set(TUNE)) and few.decode(few.encode(TUNE)) == TUNE
    assert codec_from(codec.describe()) == codec


def test_text_that_comes_in_pieces_is_cut_at_lines():
    rng = np.random.default_rng(0)
    cuts = np.sort(rng.integers(0, len(TUNE), 7)).tolist()
    chunks = [TUNE[a:b] for a, b in zip([0, *cuts], [*cuts, len(TUNE)], strict=True)]
    lines = list(whole_lines(chunks))
    assert "".join(lines) == TUNE and all(line.endswith("\n") for line in lines[:-1])
    codec = ABCNotes.learn(chunks)
    assert codec == ABCNotes.learn([TUNE])
    whole = codec.encode(TUNE)
    np.testing.assert_array_equal(np.concatenate([codec.encode(x) for x in lines]), whole)
    decoder = codec.decoder()
    assert decoder.feed(whole[:9]) + decoder.feed(whole[9:]) + decoder.flush() == TUNE


def test_unknown_characters_are_treated_as_asked():
    codec = ABCNotes.learn(["A B\n"])
    with pytest.raises(InputError, match=re.escape("'C' (U+0043 LATIN CAPITAL LETTER C) at pos")):
        codec.encode("AC2", offset=5)
    assert codec.decode(codec.encode("ACB", "skip")) == "AB"
    assert codec.decode(codec.encode("ACB", "replace")) == "A B"


@pytest.mark.parametrize("vocabulary", [[], ["a", "bb"], ["b", "a"], ["a", "a"], ["a", ""], [1]])
def test_damaged_descriptions_are_refused(vocabulary):
    with pytest.raises(InputError, match="abc"):
        ABCNotes.from_description({"kind": "abc", "vocabulary": vocabulary})
    with pytest.raises(InputError, match="no characters"):
        ABCNotes.learn([])
