"""Word vectors to begin with: files of them, and those that a package ships."""

from importlib.util import find_spec

import numpy as np
import pytest
from tasks.test_captions import CODEC, TINY, WORDS, network

from reverie.data.word_vectors import GLOVE, MODULE, read_vectors, vector_words
from reverie.errors import InputError
from reverie.layers import Undrawn
from reverie.recipes import recipe
from reverie.settings import change


@pytest.fixture
def drawn(rng) -> np.ndarray:
    return rng.normal(size=(4, 3))


def test_vectors_of_known_words_take_the_place_of_those_drawn(tmp_path, drawn):
    (tmp_path / "v.txt").write_text("dog 3 4\nb 1 -1\nother 9 9\ndog 0 0\n")
    table = read_vectors(str(tmp_path / "v.txt"), ["<eos>", "b", "cat", "dog"], drawn)
    known = np.array([[1, -1], [3, 4]]) * drawn.std() / np.std([3, 4, 1, -1])
    np.testing.assert_allclose(table[[1, 3], :2], known)
    np.testing.assert_array_equal(table[[0, 2]], drawn[[0, 2]])
    np.testing.assert_array_equal(table[:, 2], drawn[:, 2])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dog 1 2 3 4\n", "vectors of 4 numbers where 3 fit"),
        ("bird 1 2 3\n", "no vector of a word that occurs"),
        ("", "no vector of a word that occurs"),
        ("other x y\ndog 1 two\n", "line 2 of .* is not a word and its numbers"),
        ("dog\n", "line 1 of .* has no vector"),
        ("dog 1 nan\n", "line 1 of .* has no vector"),
        ("dog 1 2\nb 1 2 3\n", "vectors of 2 widths"),
    ],
)
def test_files_that_are_no_vectors_are_told(tmp_path, drawn, text, said):
    (tmp_path / "v.txt").write_text(text)
    with pytest.raises(InputError, match=said):
        read_vectors(str(tmp_path / "v.txt"), ["<eos>", "b", "cat", "dog"], drawn)


@pytest.mark.skipif(find_spec(MODULE) is None, reason=f"{MODULE} is not installed")
def test_vectors_that_a_package_ships(rng):
    words = ["<eos>", "dog", "puppy", "seventeen", "zzqx"]
    drawn = rng.normal(size=(5, 60))
    assert len(vector_words(GLOVE, 20)) == 20 and "the" in vector_words(GLOVE, 20)
    table = read_vectors(GLOVE, words, drawn)
    unit = table[:, :50] / np.linalg.norm(table[:, :50], axis=1, keepdims=True)
    assert unit[1] @ unit[2] > unit[1] @ unit[3]
    np.testing.assert_array_equal(table[4], drawn[4])


def test_a_new_model_begins_with_the_vectors_and_one_that_is_loaded_with_its_own(tmp_path):
    (tmp_path / "v.txt").write_text("a 1 2 3 4\n")
    options = {"vectors": str(tmp_path / "v.txt")}
    plain, begun = (network(CODEC, spread=1.0, **more) for more in ({}, options))
    same = np.asarray(plain.feedback.E == begun.feedback.E).all(1)
    assert same.tolist() == [word != "a" for word in WORDS.symbols()]
    (tmp_path / "v.txt").unlink()
    system = recipe("captions")
    config = change(system.Config(), TINY | options)
    assert system.build(config, CODEC, rng=Undrawn()).feedback.E.shape == begun.feedback.E.shape


def test_the_first_words_of_a_file_are_told(tmp_path):
    (tmp_path / "v.txt").write_text("dog 3 4\n\ncat 1 -1\nother 9 9\n")
    assert vector_words(str(tmp_path / "v.txt"), 3) == ["dog", "cat"]
    assert vector_words(str(tmp_path / "v.txt"), 0) == []
    with pytest.raises(InputError, match="cannot read"):
        vector_words(str(tmp_path / "nothing.txt"), 3)
