"""Typed settings: defaults, types, ranges, near misses."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import pytest

from reverie.errors import InputError
from reverie.settings import (
    Options,
    all_settings,
    change,
    change_group,
    flatten,
    groups_of,
    option,
    settings_of,
)


@dataclass(frozen=True)
class Shape(Options):
    alternatives: ClassVar[tuple[str, ...]] = ("radius", "edge")

    kind: Literal["round", "square"] = option("round", "what it is")
    radius: float | None = option(1.0, "for one", above=0)
    edge: float | None = option(None, "for the other", above=0, hint="try a radius")


@dataclass(frozen=True)
class Paint(Options):
    coats: int = option(2, "how many", least=1)
    gloss: float = option(0.5, "how much", least=0, below=1)
    dry: bool = option(True, "is it")
    tint: Literal["auto"] | int = option("auto", "which")


@dataclass(frozen=True)
class Config:
    shape: Shape = Shape()
    paint: Paint = Paint(coats=3)


def parsed(name: str, text: str) -> object:
    return all_settings(Config())[name].parse(text)


def test_settings_know_what_they_are():
    names = [setting.name for setting in settings_of(Paint())]
    assert names == ["coats", "gloss", "dry", "tint"]
    coats = all_settings(Config())["coats"]
    assert (coats.value, coats.meaning, coats.type, coats.least) == (3, "how many", int, 1)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("coats", "4", 4),
        ("gloss", "0", 0.0),
        ("gloss", "1e-1", 0.1),
        ("radius", "none", None),
        ("radius", "2", 2.0),
        ("kind", "square", "square"),
        ("tint", "auto", "auto"),
        ("tint", "5", 5),
        ("dry", "false", False),
    ],
)
def test_words_become_values(name, text, value):
    found = parsed(name, text)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("coats", "two", "coats must be a whole number, not 'two'"),
        ("coats", "2.5", "coats must be a whole number"),
        ("coats", "0", "coats must be 1 or more, not 0"),
        ("gloss", "1", "gloss must be below 1, not 1"),
        ("gloss", "nan", "gloss must be a number, not 'nan'"),
        ("gloss", "inf", "gloss must be a number"),
        ("kind", "oval", "kind must be one of round, square, not 'oval'"),
        ("edge", "-1", "edge must be above 0, not -1; try a radius"),
        ("tint", "red", "tint must be one of auto or a whole number, not 'red'"),
        ("dry", "3", "dry must be true or false"),
    ],
)
def test_bad_words_are_told(name, text, said):
    with pytest.raises(InputError) as caught:
        parsed(name, text)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize("bad", [{"coats": "3"}, {"coats": True}, {"dry": 1}, {"gloss": None}])
def test_values_of_the_wrong_type_cannot_be_made(bad):
    with pytest.raises(InputError, match=next(iter(bad))):
        change(Config(), bad)
    with pytest.raises(InputError):
        Paint(**bad)


def test_a_change_keeps_the_rest():
    config = change(Config(), {"gloss": 0.25})
    assert config.paint == Paint(coats=3, gloss=0.25) and config.shape == Shape()
    assert change_group(Paint(), {"coats": 5, "foreign": 1}) == Paint(coats=5)


def test_alternatives_clear_each_other():
    config = change(Config(), {"edge": 2.0})
    assert config.shape.radius is None and config.shape.edge == 2.0
    assert change(config, {"radius": 1.0}) == Config()


def test_near_misses_are_suggested():
    with pytest.raises(InputError, match=r"no option 'glos': did you mean gloss\?"):
        change(Config(), {"glos": 1})


def test_tables_are_flattened():
    groups = groups_of(Config())
    nested = {"paint": {"coats": 1}, "kind": "square"}
    assert flatten(nested, groups) == {"coats": 1, "kind": "square"}
    with pytest.raises(InputError, match=r"no table 'pain': did you mean paint\?"):
        flatten({"pain": {"coats": 1}}, groups)
    with pytest.raises(InputError, match=r"no option in \[shape\] 'coats'"):
        flatten({"shape": {"coats": 1}}, groups)
