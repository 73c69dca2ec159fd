"""Typed settings: one declaration says the type, the default, the range and the help.

A group of options is a frozen dataclass that derives from `Options` and declares its fields
with `option`; a config is a frozen dataclass of groups. Names are unique over the groups of
a config, so that a command line can be flat.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Any, ClassVar, Literal, TypeVar

from reverie.errors import InputError, excerpt

T = TypeVar("T")

LARGEST = 2**31
"""Above all whole numbers whose option has no limit of its own: arrays do not count further."""


def option(
    default: T,
    meaning: str,
    *,
    least: float | None = None,
    above: float | None = None,
    below: float | None = None,
    hint: str = "",
    letter: str = "",
    choices: tuple[str, ...] | Callable[[], tuple[str, ...]] = (),
) -> T:
    """A field of `Options`: its default, a line of what it means, and its range.

    `hint` ends every message about a value that cannot be; `letter` is a short name; `choices`
    are the words of a text that may be one of them only, or a function that lists them.
    """
    metadata = {
        "meaning": meaning,
        "least": least,
        "above": above,
        "below": below,
        "hint": hint,
        "letter": letter,
        "words": choices,
    }
    declared: T = field(default=default, metadata=metadata)
    return declared


@dataclass(frozen=True)
class Options:
    """A group of settings that cannot hold a value of the wrong type or out of range.

    `alternatives` are names of which a change to one clears the others.
    """

    alternatives: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        for setting in settings_of(self):
            setting.check(getattr(self, setting.name))


@dataclass(frozen=True)
class Setting:
    """One option: what it is called, what it may be, what it is."""

    name: str
    type: Any
    value: Any
    meaning: str
    least: float | None
    above: float | None
    below: float | None
    hint: str
    letter: str
    words: tuple[str, ...] | Callable[[], tuple[str, ...]]

    @property
    def label(self) -> str:
        """The name as people write it."""
        return self.name.replace("_", "-")

    @property
    def members(self) -> tuple[Any, ...]:
        """The types of a union, or the one type."""
        union = typing.get_origin(self.type) in (typing.Union, types.UnionType)
        return typing.get_args(self.type) if union else (self.type,)

    @property
    def choices(self) -> tuple[str, ...]:
        """The words that may stand here, where only words may."""
        words = self.words() if callable(self.words) else self.words
        if words:
            return words
        if all(typing.get_origin(member) is Literal for member in self.members):
            return tuple(word for member in self.members for word in typing.get_args(member))
        return ()

    def check(self, value: object) -> None:
        """InputError unless `value` may stand here."""
        if not any(_is(member, value) for member in self.members):
            raise self._value_error(" or ".join(map(_said, self.members)), repr(value))
        if isinstance(value, str) and self.choices and value not in self.choices:
            raise self._value_error("one of " + ", ".join(self.choices), repr(value))
        if isinstance(value, bool) or not isinstance(value, int | float):
            return
        limited = self.below is None and float not in self.members
        if limited and isinstance(value, int) and abs(value) >= LARGEST:
            raise self._value_error(f"below {LARGEST:,}", str(value))
        if self.least is not None and value < self.least:
            given = str(value) if isinstance(value, int) else f"{value:g}"
            raise self._value_error(f"{self.least:g} or more", given)
        if self.above is not None and value <= self.above:
            raise self._value_error(f"above {self.above:g}", f"{value:g}")
        if self.below is not None and value >= self.below:
            given = str(value) if isinstance(value, int) else f"{value:g}"
            raise self._value_error(f"below {self.below:g}", given)

    def parse(self, text: str) -> object:
        """The value that `text` means; InputError where it means none."""
        readings = ((member, _read(member, text)) for member in self.members)
        value = next((value for member, value in readings if _is(member, value)), text)
        self.check(value)
        return value

    def _value_error(self, wanted: str, given: str) -> InputError:
        hint = f"; {self.hint}" if self.hint else ""
        return InputError(f"{self.label} must be {wanted}, not {excerpt(given)}{hint}")


def settings_of(options: Options) -> list[Setting]:
    """The settings of a group, in the order of their declaration."""
    hints = typing.get_type_hints(type(options))
    return [
        Setting(f.name, hints[f.name], getattr(options, f.name), **f.metadata)
        for f in fields(options)
    ]


def groups_of(config: Any) -> dict[str, Options]:
    """The groups of a config by name."""
    return {f.name: getattr(config, f.name) for f in fields(config)}


def all_settings(config: Any) -> dict[str, Setting]:
    """The settings of all groups of a config by name."""
    groups = groups_of(config).values()
    return {setting.name: setting for group in groups for setting in settings_of(group)}


C = TypeVar("C")


def change(config: C, changes: Mapping[str, object]) -> C:
    """The config with some settings replaced; InputError for a name or value that cannot be."""
    known = all_settings(config)
    for name in changes:
        if name not in known:
            raise unknown_name("option", name, known)
    groups = groups_of(config)
    new = {name: change_group(group, changes) for name, group in groups.items()}
    return dataclasses.replace(config, **new)  # type: ignore[type-var]


G = TypeVar("G", bound=Options)


def change_group(group: G, changes: Mapping[str, object]) -> G:
    """The group with those of its settings replaced that are among the changes."""
    own: dict[str, Any] = {f.name: changes[f.name] for f in fields(group) if f.name in changes}
    if any(own.get(name) is not None for name in group.alternatives):
        own = dict.fromkeys(group.alternatives) | own
    return dataclasses.replace(group, **own) if own else group


def flatten(nested: Mapping[str, object], groups: Mapping[str, Options]) -> dict[str, object]:
    """Settings as a file nests them, in tables named after groups or in none, by plain name.

    InputError for a table of another name, and for a setting in another group's table.
    """
    flat: dict[str, object] = {}
    for key, value in nested.items():
        name = key.replace("-", "_")
        if not isinstance(value, Mapping):
            flat[name] = value
            continue
        if name not in groups:
            raise unknown_name("table", name, groups)
        known = {f.name: None for f in fields(groups[name])}
        for inner, inner_value in value.items():
            inner = str(inner).replace("-", "_")
            if inner not in known:
                raise unknown_name(f"option in [{name}]", inner, known)
            flat[inner] = inner_value
    return flat


def unknown_name(kind: str, name: str, known: Mapping[str, object]) -> InputError:
    """The error for a name that is not among the known ones; says which was likely meant."""
    labels, name = [label.replace("_", "-") for label in known], excerpt(name)
    close = get_close_matches(name.replace("_", "-"), labels, n=2, cutoff=0.6)
    listed = f"known are {', '.join(labels)}" if len(labels) <= 12 else "--help lists them"
    hint = f"did you mean {' or '.join(close)}?" if close else listed
    return InputError(f"there is no {kind} {name!r}: {hint}")


def names_in(text: str, kind: str, known: Mapping[str, object]) -> list[str]:
    """The names in a list with commas, each once. InputError for one that there is not."""
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in names:
        if name not in known:
            raise unknown_name(kind, name, known)
    return names


def _is(member: Any, value: object) -> bool:
    if typing.get_origin(member) is Literal:
        return isinstance(value, str) and value in typing.get_args(member)
    if member is float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        # A whole number can be too large for a float.
        return abs(value) < 1e300 if isinstance(value, int) else math.isfinite(value)
    if member is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, member)


def _read(member: Any, text: str) -> object:
    """What `text` means as one type; `text` itself where it means nothing."""
    if member is types.NoneType:
        return None if text == "none" else text
    if member in (int, float):
        try:
            return member(text)
        except ValueError:
            return text
    if member is bool:
        return {"true": True, "false": False}.get(text.lower(), text)
    return text


def _said(member: Any) -> str:
    if typing.get_origin(member) is Literal:
        return "one of " + ", ".join(typing.get_args(member))
    names = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
    return names.get(member, "none")
