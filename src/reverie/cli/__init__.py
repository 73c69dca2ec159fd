"""The command line, `reverie`: a command parses, calls and prints, and nothing else.

Commands of trained models come from the tasks of their recipes (`verbs`); the others are modules
of `commands`. The help of `reverie` imports none of them.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TextIO

import reverie
from reverie.errors import InputError
from reverie.settings import unknown_name

WRONG_INPUT, INTERRUPTED, PIPE_CLOSED = 2, 130, 141

MENU = {
    "make": {
        "sample": "Write text with a model: the one that ships, or your own.",
        "write": "Write a text by hand, in a random style, a style that ships, or your own.",
        "scribble": "Generate pen strokes without a text.",
        "translate": "Translate lines of text.",
        "caption": "Tell what is to be seen in pictures.",
        "compose": "Compose music: freely, or beneath a melody.",
        "read": "Read handwriting: print the text of a trace.",
        "classify": "Classify a text with a model that writes such texts.",
        "execute": "Execute a program by a network that reads it, character by character.",
        "ask": "Ask a text a question: the answer, and where it is from.",
    },
    "train": {
        "train": "Train a model by a recipe, with a live panel.",
        "recipes": "List the recipes, with their papers, the published results and ours.",
        "data": "Report on a text before training: characters, repetition, baselines.",
    },
    "understand": {
        "evaluate": "Measure a model on its own test part, or on your data.",
        "score": "Score captions of pictures: BLEU, ROUGE-L and CIDEr, with their uncertainty.",
        "inspect": "Show what a model computes as it reads: a web page, or pictures.",
        "gradients": "Measure gradients through time: how far back models learn.",
        "machines": "Show networks that compute: sums, parity, any finite automaton, step by step.",
        "study": "Run a study: a nest of trainings, a table and a picture.",
        "picture": "Draw the predictions, the window or the samples of a model of handwriting.",
    },
    "this machine": {
        "bench": "Measure the speed of training and generation.",
        "doctor": "Report versions and devices, and run a self-test.",
    },
}
"""The commands by what people want, each in a sentence."""
MODULES = {"train", "recipes", "data", "score", "gradients", "machines", "study", "bench", "doctor"}
"""The commands that are modules of `commands`; the others are verbs of tasks."""

Command = Callable[[list[str]], int]
"""Does what its arguments ask for and returns the exit status; InputError for wrong input."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs `reverie` with these arguments and returns the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    show_what_can_be_shown()
    try:
        status = _dispatch(arguments)
        sys.stdout.flush()
        return status
    except InputError as error:
        return _complain(str(error), WRONG_INPUT)
    except BrokenPipeError:
        forget(sys.stdout)
        return PIPE_CLOSED
    except KeyboardInterrupt:
        return _complain("interrupted", INTERRUPTED)
    except (MemoryError, RuntimeError) as error:
        # jax has no error of its own for memory that there is not.
        if isinstance(error, RuntimeError) and "RESOURCE_EXHAUSTED" not in str(error):
            raise
        return _complain(
            "this needs more memory than the machine has: choose smaller numbers", WRONG_INPUT
        )
    except OSError as error:
        forget(sys.stdout)
        what = f" {error.filename}" if error.filename else ""
        return _complain(f"the system refused{what}: {error.strerror or error}", WRONG_INPUT)
    except UnicodeEncodeError as error:  # a name of a file; what is printed never raises it
        return _complain(
            f"the system has no name for {error.object!r}: choose a locale of UTF-8, such as "
            "LC_ALL=C.UTF-8",
            WRONG_INPUT,
        )


def command_names() -> list[str]:
    """The commands there are, in alphabetical order."""
    return sorted(name for group in MENU.values() for name in group)


def command(name: str) -> Command:
    """The command of that name; InputError if there is none."""
    if name not in command_names():
        raise unknown_name("command", name, dict.fromkeys(command_names()))
    if name in MODULES:
        found: Command = importlib.import_module(f"{__name__}.commands.{name}").run
        return found
    return partial(importlib.import_module(f"{__name__}.verbs").run, name)


def _dispatch(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_help())
        return 0
    if arguments[0] == "--version":
        print(f"reverie {reverie.__version__}")
        return 0
    return command(arguments[0])(arguments[1:])


def _help() -> str:
    lines = [
        f"reverie {reverie.__version__}: recurrent networks that learn sequences and dream new ones"
    ]
    column = max(map(len, command_names())) + 2
    for title, group in MENU.items():
        lines += ["", f"{title}:", *(f"  {name:<{column}}{said}" for name, said in group.items())]
    return "\n".join([*lines, "", "reverie COMMAND --help says more. To begin: reverie sample"])


def _complain(sentence: str, status: int) -> int:
    with suppress(OSError):
        print(f"reverie: {sentence}", file=sys.stderr)
    return status


def show_what_can_be_shown() -> None:
    """Lets a terminal that is not UTF-8 show `?` for what it has no character for."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def forget(stream: TextIO) -> None:
    """Lets the process go on, or end, without another try to write what no one reads."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
