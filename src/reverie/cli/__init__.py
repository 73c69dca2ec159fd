"""The command line, `reverie`: one command a module in `commands`; jax only where it must be."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol, cast

import reverie
from reverie.cli import commands
from reverie.errors import InputError
from reverie.settings import unknown_name

WRONG_INPUT, INTERRUPTED, PIPE_CLOSED = 2, 130, 141


class Command(Protocol):
    """What a module of `commands` defines; its docstring is what the help says of it."""

    def run(self, argv: list[str]) -> int:
        """Does it and returns the exit status; InputError for what the user can mend."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs `reverie` with these arguments and returns the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        status = _dispatched(arguments)
        sys.stdout.flush()
        return status
    except InputError as error:
        return _told(str(error), WRONG_INPUT)
    except BrokenPipeError:
        _forget_output()
        return PIPE_CLOSED
    except KeyboardInterrupt:
        return _told("interrupted", INTERRUPTED)
    except OSError as error:
        _forget_output()
        what = f" {error.filename}" if error.filename else ""
        return _told(f"the system refused{what}: {error.strerror or error}", WRONG_INPUT)


def command_names() -> list[str]:
    """The commands there are: the modules of `commands`."""
    return [module.name for module in pkgutil.iter_modules(commands.__path__)]


def command(name: str) -> Command:
    """The command of that name; InputError if there is none."""
    if name not in command_names():
        raise unknown_name("command", name, dict.fromkeys(command_names()))
    return cast(Command, importlib.import_module(f"{commands.__name__}.{name}"))


def _dispatched(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_help())
        return 0
    if arguments[0] == "--version":
        print(f"reverie {reverie.__version__}")
        return 0
    return command(arguments[0]).run(arguments[1:])


def _help() -> str:
    said = [f"  {name:<10} {_sentence(command(name))}" for name in command_names()]
    return "\n".join(
        [
            f"reverie {reverie.__version__}: recurrent networks that learn sequences and dream "
            "new ones",
            "",
            *said,
            "",
            "reverie COMMAND --help says more. To begin: reverie sample",
        ]
    )


def _sentence(module: Command) -> str:
    """The first line of a module's docstring."""
    return (module.__doc__ or "").strip().split("\n", 1)[0]


def _told(sentence: str, status: int) -> int:
    with suppress(OSError):
        print(f"reverie: {sentence}", file=sys.stderr)
    return status


def _forget_output() -> None:
    """Lets the interpreter end without another try to write what no one reads."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
