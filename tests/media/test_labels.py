"""Labels: what is declared, what it becomes, what is said about values that cannot be."""

import json

import numpy as np
import pytest

from reverie.errors import InputError
from reverie.media.characters import Characters
from reverie.media.ended import Ended
from reverie.media.labelled import Labelled
from reverie.media.labels import Categorical, Labels, Numeric
from reverie.media.octets import Bytes
from reverie.media.words import Words

COLUMNS = {
    "stars": ["1", "3", "5", "5"],
    "style": ["IPA", "Stout", "IPA", "Porter"],
    "year": ["1999", "2000", "1999", "2000"],
}


def test_columns_become_labels():
    labels = Labels.learn(COLUMNS)
    stars, style, year = labels.fields
    assert isinstance(stars, Numeric) and (stars.least, stars.most) == (1, 5)
    assert (stars.levels, stars.counts) == ((1.0, 3.0, 5.0), (1, 1, 2))
    assert style == Categorical("style", ("IPA", "Porter", "Stout"), (2, 1, 1))
    assert isinstance(year, Categorical)  # of two numbers, as of any two values
    assert labels.size == 1 + 3 + 2
    assert isinstance(Labels.learn(COLUMNS, ["stars"]).fields[0], Categorical)


def test_a_vector():
    labels = Labels.learn(COLUMNS)
    vector = labels.encode({"year": "2000", "stars": 9, "style": "Porter"})
    z = (9 - 3.5) / np.std([1, 3, 5, 5])  # one may ask for more than there was
    np.testing.assert_allclose(vector, [z, 0, 1, 0, 0, 1], rtol=1e-6)
    assert vector.dtype == np.float32
    ways = labels.readings("style", {"stars": "3", "year": "1999"})
    np.testing.assert_array_equal(ways.vectors[:, 1:4], np.eye(3))
    assert ways.levels.tolist() == [0, 1, 2] and not ways.log_weights.any()
    assert Labels().encode({}).shape == (0,)


def test_many_numbers_have_levels_that_are_as_frequent():
    field = Numeric.learn("x", [str(n) for n in range(90)])
    assert field.levels[0] < field.levels[-1] and len(field.levels) == len(field.counts) == 9
    assert field.level("-7") == 0 and field.level(1e9) == 8
    assert Numeric.learn("x", ["2"] * 3).row("3") == [1.0]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"stars": 1, "style": "IPA"}, "the label year is missing: the labels are stars (a number"),
        ({"color": "red"}, "no label 'color': the labels are stars"),
        ({"stars": "many", "style": "IPA", "year": "1999"}, "stars cannot be 'many'"),
        ({"stars": "nan", "style": "IPA", "year": "1999"}, "such as 1 to 5"),
        ({"stars": 1, "style": "stuot", "year": "1999"}, "is one of Stout, Porter, IPA"),
    ],
)
def test_what_cannot_be_is_told(given, said):
    with pytest.raises(InputError) as told:
        Labels.learn(COLUMNS).encode(given)
    assert said in str(told.value)


def test_a_description_is_enough():
    medium = Labelled(Characters.learn(["ab\nc"]), Labels.learn(COLUMNS))
    described = json.loads(json.dumps(medium.describe()))
    assert Labelled.from_description(described) == medium
    for change in ({"kind": "free"}, {"counts": [1]}, {"values": []}):
        field = medium.labels.fields[1].describe() | change
        with pytest.raises(InputError):
            Labels.from_description(described["labels"] | {"fields": [field]})
    numeric = medium.labels.fields[0].describe()
    for change in ({"sd": 0.0}, {"levels": []}, {"mean": float("nan")}):
        with pytest.raises(InputError):
            Labels.from_description(described["labels"] | {"fields": [numeric | change]})
    combinations = medium.labels.together.describe()
    for change in ({"levels": [[0, 9, 0]] * 4}, {"levels": [[0]] * 4}, {"levels": ["000"] * 4}):
        with pytest.raises(InputError):
            Labels.from_description(described["labels"] | {"together": combinations | change})
    with pytest.raises(InputError, match="two labels have one name"):
        Labels((medium.labels.fields[0],) * 2)


def test_a_text_ends_with_a_symbol_that_no_text_holds():
    medium = Labelled(Characters.learn(["ab\nc"]), Labels.learn(COLUMNS))
    values, vector = medium.encode(("a\nb", {"stars": 1, "style": "IPA", "year": "1999"}))
    assert values.tolist() == [1, 0, 2, medium.ended.end] and vector.shape == (6,)
    assert medium.size == 5 and medium.ended.end == 4
    assert medium.ended.decode(values) == "a\nb"
    assert medium.ended.symbols()[-1] == "end of text"


@pytest.mark.parametrize(
    "text", [Bytes(), Words.learn(["one two\nthree\n"])], ids=["bytes", "words"]
)
def test_ends_are_nothing_to_a_decoder(text, tmp_path):
    medium, said = Ended(text), "one two\nthree"
    values = medium.whole(said)
    decoder = medium.decoder()
    pieces = [decoder.feed(values[n : n + 1]) for n in range(len(values))]
    assert "".join(pieces) + decoder.flush() == said == medium.decode(values)
    assert "".join(medium.units([said])) == said
    medium.render(values, tmp_path / "text")
    assert (tmp_path / "text").read_text() == said
    assert medium.describe()["text"] == text.describe()
    np.testing.assert_array_equal(medium.encode(said), values[:-1])
