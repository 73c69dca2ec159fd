"""Command lines made of typed options: the declarations in the code are the parser."""

from __future__ import annotations

import argparse
import shutil
import tomllib
from argparse import SUPPRESS, BooleanOptionalAction
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from reverie.errors import InputError, excerpt
from reverie.settings import (
    Options,
    Setting,
    change,
    flatten,
    groups_of,
    settings_of,
    unknown_name,
)

if TYPE_CHECKING:
    from reverie.tasks.task import Argument


class Parser(argparse.ArgumentParser):
    """argparse that raises InputError, suggests near misses and knows `Options`."""

    def __init__(
        self,
        command: str,
        arguments: str,
        description: str,
        foreign: Collection[str] = frozenset(),
    ):
        """`foreign` are the options of other models, which are not options here."""
        super().__init__(
            prog=f"reverie {command}",
            usage=f"reverie {command} {arguments}".rstrip(),
            description=description,
            allow_abbrev=False,
            formatter_class=_Formatter,
            argument_default=SUPPRESS,
        )
        self._settings: dict[str, Setting] = {}
        self._foreign = foreign

    def add_options(self, title: str, options: Options) -> None:
        """A flag for each setting of a group."""
        group = self.add_argument_group(title)
        for setting in settings_of(options):
            self._settings[setting.name] = setting
            flags = [f"-{setting.letter}"] * bool(setting.letter) + [f"--{setting.label}"]
            if setting.type is bool:
                group.add_argument(*flags, action=BooleanOptionalAction, help=_meaning(setting))
            else:
                group.add_argument(*flags, metavar=_metavar(setting), help=_meaning(setting))

    def add(self, argument: Argument) -> None:
        """An argument that a task declares: one by its place, or an option to be repeated."""
        named: dict[str, Any] = {"metavar": argument.metavar, "help": argument.help}
        if argument.name.startswith("--"):
            self.add_argument(argument.name, action="append", **named)
        else:
            self.add_argument(argument.name, nargs=argument.number or None, **named)

    def parse_options(self, argv: Sequence[str]) -> dict[str, Any]:
        """What was given, by name: only that, and settings in their types."""
        known, rest = self.parse_known_args(argv)
        if rest:
            # It takes arguments only where they stand together, and here one is behind an option.
            known, rest = self.parse_known_intermixed_args(argv)
        if rest:
            raise self._unexpected(rest)
        return {name: self._value(name, value) for name, value in vars(known).items()}

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message.removeprefix('argument ')} (see {self.prog} --help)")

    def _value(self, name: str, value: Any) -> Any:
        if name in self._settings and isinstance(value, str):
            return self._settings[name].parse(value)
        return value

    def _unexpected(self, rest: Sequence[str]) -> InputError:
        flag = next((text for text in rest if text.startswith("-")), None)
        if flag is None:
            return InputError(
                f"{excerpt(rest[0])!r} is one argument too many (see {self.prog} --help)"
            )
        name = flag.split("=")[0]
        if name in self._foreign:
            return InputError(
                f"{name.removeprefix('--')} is not an option for this kind of model: leave it out"
            )
        known = [name for name in self._option_string_actions if name.startswith("--")]
        return unknown_name("option", name, dict.fromkeys(known))


C = TypeVar("C")


def config_from(defaults: C, file: str | None, given: Mapping[str, Any]) -> C:
    """The config of a recipe: its defaults, then a TOML file, then the command line."""
    config = defaults
    if file is not None:
        try:
            config = change(config, flatten(read_toml(file), groups_of(config)))
        except InputError as error:
            raise InputError(f"{file}: {error}") from error
    return change(config, given)


def read_toml(path: str) -> dict[str, Any]:
    """The tables of a TOML file; InputError where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise InputError(f"cannot read it: {error.strerror or error}; check the path") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"it is not TOML: {excerpt(error)}") from error


class _Formatter(argparse.HelpFormatter):
    """Flags in one narrow column, as wide as the terminal but not wider than is read well."""

    def __init__(self, prog: str):
        width = min(96, shutil.get_terminal_size().columns - 2)
        super().__init__(prog, max_help_position=32, width=width)

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if isinstance(action, BooleanOptionalAction):
            return f"--[no-]{action.option_strings[0].removeprefix('--')}"
        return super()._format_action_invocation(action)


def _metavar(setting: Setting) -> str:
    if setting.choices:
        return "WORD"
    return "TEXT" if str in setting.members else "N"


def _meaning(setting: Setting) -> str:
    """What the help says: the meaning, the choices, the default."""
    words = f": {', '.join(setting.choices)}" if setting.choices else ""
    return f"{setting.meaning}{words}{_default(setting.value)}".replace("%", "%%")


def _default(value: object) -> str:
    if isinstance(value, bool):
        return " (yes)" if value else ""
    if isinstance(value, float):
        return f" ({value:g})"
    return "" if value in (None, "") else f" ({value})"
