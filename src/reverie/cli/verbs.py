"""The commands of trained models: what each model can do, its task says.

`reverie sample MODEL` reads the header of the model, finds its recipe, and asks the task of the
recipe for the verb `sample` and its options. jax is imported when the command line is understood.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from reverie.cli.parsing import Parser
from reverie.errors import InputError, visible
from reverie.header import read_header
from reverie.recipes import names, recipe
from reverie.runtime import has_bfloat16, prepare
from reverie.settings import settings_of
from reverie.tasks.task import Given, Remark, TaskSpec, Verb

if TYPE_CHECKING:
    from reverie.storage import Loaded


def run(name: str, argv: Sequence[str]) -> int:
    """Does what the command asks of a model and returns the exit status."""
    specs = tasks_with(name)
    path = model_in(argv, [spec.verbs[name] for spec in specs])
    spec = _default(name, specs) if path is None else _task_of(path, name, specs, argv)
    if spec is None:
        return _without_model(name, specs, argv)
    verb = spec.verbs[name]
    values = parser_of(name, verb, specs, general=path is None).parse_options(argv)
    path, precision = values.pop("model", None), values.get("precision", "single")
    given = Given(verb, values, path or "", load=partial(load_model, precision=precision))
    verb.check(given)
    if path is None and verb.shipped is None:
        raise InputError(f"no model for reverie {name} comes with the package: name a model file")
    model = path or str(verb.shipped.path())  # type: ignore[union-attr]
    prepare()
    if precision == "bfloat16" and not has_bfloat16():
        note = "note: this processor has no products in bfloat16: single precision may be faster"
        print(note, file=sys.stderr)
    loaded = given.load(model)
    show(spec.load().verbs[name](loaded, given), sys.stdout)
    return 0


def tasks_with(name: str) -> list[TaskSpec]:
    """The tasks of our recipes that have a verb of that name."""
    specs = [recipe(each).task for each in names()]
    return [spec for n, spec in enumerate(specs) if name in spec.verbs and spec not in specs[:n]]


def model_in(argv: Sequence[str], verbs: Sequence[Verb]) -> str | None:
    """The model that a command line names, before it is known which options there are."""
    if verbs[0].model_option:
        return value_of(argv, "--model")
    valueless = {"-h", "--help"} | {f"--{label}" for verb in verbs for label in _switches(verb)}
    expected = False
    for text in argv:
        if text.startswith("-") and text != "-":
            expected = "=" not in text and text not in valueless
        elif not expected:
            return text
        else:
            expected = False
    return None


def _switches(verb: Verb) -> Iterator[str]:
    """The options of a verb that take no value."""
    for group in verb.groups.values():
        for setting in settings_of(group):
            if setting.type is bool:
                yield setting.label
                yield f"no-{setting.label}"


def _flags(verb: Verb) -> Iterator[str]:
    """All options of a verb."""
    yield from (argument.name for argument in verb.arguments if argument.name.startswith("--"))
    yield from (f"--{label}" for label in _switches(verb))
    for group in verb.groups.values():
        yield from (f"--{setting.label}" for setting in settings_of(group))


def value_of(argv: Sequence[str], flag: str) -> str | None:
    """The value of an option that must be known before the others can be parsed: its last one."""
    found = None
    for text, following in zip(argv, [*argv[1:], ""], strict=False):
        if text == flag:
            found = following
        elif text.startswith(f"{flag}="):
            found = text.partition("=")[2]
    return found


def _default(name: str, specs: Sequence[TaskSpec]) -> TaskSpec | None:
    """The task of the shipped model; else the only task with that verb."""
    for spec in specs:
        shipped = spec.verbs[name].shipped
        if shipped is not None and recipe(shipped.recipe).task is spec:
            return spec
    return specs[0] if len(specs) == 1 else None


def _task_of(path: str, name: str, specs: Sequence[TaskSpec], argv: Sequence[str]) -> TaskSpec:
    """The task of the model in a file. InputError where it has no such verb."""
    try:
        header = read_header(path)
    except InputError:
        # What is wrong with the command line is easier to see than what is wrong with the file.
        if (spec := _default(name, specs)) is not None:
            parser_of(name, spec.verbs[name], specs).parse_options(argv)
        raise
    spec = recipe(header.recipe).task
    if name not in spec.verbs:
        raise InputError(
            f"{path} is a model of the recipe {header.recipe.replace('_', '-')}: it is for "
            f"reverie {spec.use}, not for reverie {name}"
        )
    return spec


def _without_model(name: str, specs: Sequence[TaskSpec], argv: Sequence[str]) -> int:
    """Prints the help that holds for all models; or InputError, since a model is missing."""
    verb = specs[0].verbs[name]
    about = "Measure a model on data of its kind, or on the test part of its own."
    parser = Parser(
        name,
        verb.usage,
        f"{about} reverie {name} MODEL --help lists the options for a model.",
    )
    _add_arguments(parser, verb)
    parser.parse_options(argv)
    raise InputError(f"name a model: reverie {name} {verb.usage}")


def parser_of(
    name: str, verb: Verb, specs: Sequence[TaskSpec] = (), *, general: bool = False
) -> Parser:
    """The parser of a verb; `general` where no model was named."""
    about = verb.about
    if general and len(specs) > 1:
        about += (
            f" These are the options for the model that ships; reverie {name} MODEL --help lists "
            "those for another."
        )
    foreign = {flag for spec in specs for flag in _flags(spec.verbs[name])}
    parser = Parser(name, verb.usage, about, foreign)
    _add_arguments(parser, verb)
    for title, group in verb.groups.items():
        parser.add_options(title, group)
    return parser


def _add_arguments(parser: Parser, verb: Verb) -> None:
    named = "model file, or the name of a model that ships"
    said = f"{named}; default: {verb.shipped.name}" if verb.shipped else named
    if verb.model_option:
        required = verb.shipped is None
        parser.add_argument("--model", metavar="MODEL", required=required, help=said)
    else:
        count = "?" if verb.shipped else None
        parser.add_argument("model", metavar="MODEL", nargs=count, help=said)
    for argument in verb.arguments:
        parser.add(argument)


def load_model(path: str | Path, *, precision: str = "single") -> Loaded:
    """The model in a file, its matrices rounded where `precision` says so. Imports jax."""
    from reverie.layers import round_matrices
    from reverie.loading import load

    loaded = load(path)
    rounds = precision == "bfloat16"
    return loaded._replace(model=round_matrices(loaded.model)) if rounds else loaded


def show(pieces: Iterator[str], out: TextIO) -> None:
    """Prints pieces as they come, remarks to standard error; ends a terminal's last line.

    What a model writes may be anything: a terminal gets no control characters of it.
    """
    last = "\n"
    for piece in pieces:
        if isinstance(piece, Remark):
            print(visible(piece), file=sys.stderr, flush=True)
        elif piece:
            out.write(visible(piece) if out.isatty() else piece)
            out.flush()
            last = piece[-1]
    if out.isatty() and last != "\n":
        out.write("\n")
        out.flush()
