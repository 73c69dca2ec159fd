"""Measure a model on data: on its own test part, or on yours."""

from __future__ import annotations

from typing import Any

from reverie.cli.parsing import Parser
from reverie.errors import InputError
from reverie.recipes import names, recipe
from reverie.settings import change_group, settings_of


def run(argv: list[str]) -> int:
    """Prints the measures."""
    groups = {
        type(group): group for group in (recipe(n).subject().EvaluationOptions() for n in names())
    }
    parser = Parser(
        "evaluate",
        "MODEL [PATH] [options]",
        "Measure a model on the data in PATH, or on the test part of what it was trained on.",
    )
    parser.add_argument("model", metavar="MODEL", help="a model file")
    parser.add_argument("path", metavar="PATH", nargs="?", help="data of its kind")
    for group in groups.values():
        parser.add_options(group.title, group)
    given = parser.parsed(argv)

    from reverie.header import read_header
    from reverie.storage import load

    subject = recipe(read_header(given["model"]).recipe).subject()
    options = change_group(subject.EvaluationOptions(), _own(given, subject.EvaluationOptions()))

    from reverie.runtime import prepare

    prepare()
    for line in subject.evaluate(load(given["model"]), given.get("path"), options):
        print(line, flush=True)
    return 0


def _own(given: dict[str, Any], group: Any) -> dict[str, Any]:
    """The options given, all of which the group must know."""
    known = {setting.name for setting in settings_of(group)}
    for name in given.keys() - known - {"model", "path"}:
        raise InputError(
            f"{name.replace('_', '-')} says nothing about this kind of model: leave it out"
        )
    return given
