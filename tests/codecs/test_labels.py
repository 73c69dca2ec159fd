"""Labels: what is declared, what it becomes, what is said about values that cannot be."""

import json

import numpy as np
import pytest

from reverie.codecs.bytes import Bytes
from reverie.codecs.characters import Characters
from reverie.codecs.fields import Categorical, Free, Numeric
from reverie.codecs.labelled import Labelled
from reverie.codecs.labels import Labels
from reverie.codecs.with_eos import WithEOS
from reverie.codecs.words import Words
from reverie.errors import InputError

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
    ways = labels.hypotheses("style", {"stars": "3", "year": "1999"})
    np.testing.assert_array_equal(ways.vectors[:, 1:4], np.eye(3))
    assert ways.levels.tolist() == [0, 1, 2] and not ways.log_weights.any()
    assert Labels().encode({}).shape == (0,)


def test_many_numbers_have_levels_that_are_as_frequent():
    field = Numeric.learn("x", [str(n) for n in range(90)])
    assert field.levels[0] < field.levels[-1] and len(field.levels) == len(field.counts) == 9
    assert field.level("-7") == 0 and field.level(1e9) == 8
    assert Numeric.learn("x", ["2"] * 3).row("3") == [1.0]


USERS = ["0.5 1 -2", "[1.5, 1, 4]", " (2.5,1 , -1) "]


def test_a_free_vector_is_standardised_number_by_number():
    labels = Labels.learn({"user": USERS, "stars": ["1", "3", "5"]})
    user = labels.fields[0]
    assert isinstance(user, Free) and (labels.size, user.levels, user.counts) == (4, (), ())
    assert [field.name for field in labels.inferable] == ["stars"]
    numbers = np.array([[0.5, 1, -2], [1.5, 1, 4], [2.5, 1, -1]])
    expected = (numbers - numbers.mean(0)) / [numbers[:, 0].std(), 1, numbers[:, 2].std()]
    np.testing.assert_allclose([user.row(text) for text in USERS], expected)
    np.testing.assert_allclose([user.row(row) for row in numbers], expected)
    assert Free.learn("x", ["0.1 0"] * 3).row([0.1, 2]) == pytest.approx([0, 2])


@pytest.mark.parametrize(
    "column",
    [
        ["1 2", "1 2 3"],
        ["1 2", "1 x"],
        ["1 2", "nan 2"],
        ["1,,2"] * 2,
        ["[1 2", "1 2]"],
        ["[[1, 2], [3, 4]]"] * 2,
        ["[1]", "[2]"],
    ],
    ids=str,
)
def test_what_is_no_vector_is_categorical(column):
    assert isinstance(Labels.learn({"user": column}).fields[0], Categorical)
    assert isinstance(Labels.learn({"user": USERS}, ["user"]).fields[0], Categorical)


@pytest.mark.parametrize("value", ["0.1 0.2", "0.1 0.2 x", "1e999 0 0", "", 3.0, [1.0, 2.0]])
def test_another_vector_is_told_how_many_numbers_there_are(value):
    with pytest.raises(InputError) as told:
        Labels.learn({"user": USERS}).encode({"user": value})
    assert str(told.value) == f"user cannot be {value!r}: it is 3 numbers, with commas between"


def test_a_free_vector_must_be_given():
    columns = {"user": USERS, "stars": ["1", "3", "5"], "style": ["IPA", "Stout", "IPA"]}
    labels = Labels.learn(columns)
    assert not labels.combinations.levels
    ways = labels.hypotheses("style", {"user": "1,2,3", "stars": 1})
    np.testing.assert_array_equal(ways.vectors[:, -2:], np.eye(2))
    for name, given, said in (
        ("style", {"stars": 1}, "the label user must be given"),
        ("style", {"user": "1,2,3"}, "the label stars must be given"),
        ("user", {"stars": 1, "style": "IPA"}, "user cannot be inferred from a text"),
        ("user", {}, "user cannot be inferred from a text"),
    ):
        with pytest.raises(InputError, match=said):
            labels.hypotheses(name, given)
    with pytest.raises(InputError, match="user has no levels"):
        labels.field("user").level("1,2,3")
    for name in ("stars", "style"):
        with pytest.raises(InputError, match=rf"{name} cannot be \[1.0, 2.0\]"):
            labels.field(name).row([1.0, 2.0])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"stars": 1, "style": "IPA"}, "the label year is missing: the labels are stars (a number"),
        ({"color": "red"}, "no label 'color': the labels are stars"),
        ({"stars": "many", "style": "IPA", "year": "1999"}, "stars cannot be 'many'"),
        ({"stars": "1e300", "style": "IPA", "year": "1999"}, "'1e300': far from the training data"),
        ({"stars": "nan", "style": "IPA", "year": "1999"}, "such as 1 to 5"),
        ({"stars": 1, "style": "stuot", "year": "1999"}, "is one of Stout, Porter, IPA"),
    ],
)
def test_what_cannot_be_is_told(given, said):
    with pytest.raises(InputError) as told:
        Labels.learn(COLUMNS).encode(given)
    assert said in str(told.value)


def test_a_description_is_enough():
    codec = Labelled(Characters.learn(["ab\nc"]), Labels.learn(COLUMNS))
    described = json.loads(json.dumps(codec.describe()))
    assert Labelled.from_description(described) == codec
    for change in ({"kind": "open"}, {"counts": [1]}, {"values": []}):
        field = codec.labels.fields[1].describe() | change
        with pytest.raises(InputError):
            Labels.from_description(described["labels"] | {"fields": [field]})
    numeric = codec.labels.fields[0].describe()
    for change in ({"sd": 0.0}, {"levels": []}, {"mean": float("nan")}):
        with pytest.raises(InputError):
            Labels.from_description(described["labels"] | {"fields": [numeric | change]})
    labels = Labels.learn({"user": USERS})
    free = json.loads(json.dumps(labels.describe()))
    assert Labels.from_description(free) == labels
    for change in (
        {"mean": [0.0, 0.0]},
        {"mean": [0.0], "sd": [1.0]},
        {"mean": [0.0, "1", 0.0]},
        {"mean": [0.0, float("nan"), 0.0]},
        {"sd": [1.0, 0.0, 1.0]},
        {"sd": [1.0, [], 1.0]},
        {"sd": 1.0},
        {"size": 3},
    ):
        with pytest.raises(InputError):
            Labels.from_description(free | {"fields": [free["fields"][0] | change]})
    with pytest.raises(InputError, match="a combination has levels that there are not"):
        Labels.from_description(
            free | {"together": {"kind": "together", "levels": [[0]], "counts": [1]}}
        )
    combinations = codec.labels.combinations.describe()
    for change in ({"levels": [[0, 9, 0]] * 4}, {"levels": [[0]] * 4}, {"levels": ["000"] * 4}):
        with pytest.raises(InputError):
            Labels.from_description(described["labels"] | {"together": combinations | change})
    with pytest.raises(InputError, match="two labels have one name"):
        Labels((codec.labels.fields[0],) * 2)


def test_a_text_ends_with_a_symbol_that_no_text_holds():
    codec = Labelled(Characters.learn(["ab\nc"]), Labels.learn(COLUMNS))
    values, vector = codec.encode(("a\nb", {"stars": 1, "style": "IPA", "year": "1999"}))
    assert values.tolist() == [1, 0, 2, codec.with_eos.end] and vector.shape == (6,)
    assert codec.size == 5 and codec.with_eos.end == 4
    assert codec.with_eos.decode(values) == "a\nb"
    assert codec.with_eos.symbols()[-1] == "end of text"


@pytest.mark.parametrize(
    "text", [Bytes(), Words.learn(["one two\nthree\n"])], ids=["bytes", "words"]
)
def test_ends_are_nothing_to_a_decoder(text):
    codec, said = WithEOS(text), "one two\nthree"
    values = codec.encode_with_end(said)
    decoder = codec.decoder()
    pieces = [decoder.feed(values[n : n + 1]) for n in range(len(values))]
    assert "".join(pieces) + decoder.flush() == said == codec.decode(values)
    assert "".join(codec.units([said])) == said
    assert codec.describe()["text"] == text.describe()
    np.testing.assert_array_equal(codec.encode(said), values[:-1])
