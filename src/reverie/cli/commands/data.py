"""Report on a text before training: reverie data check PATH."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reverie.cli.parsing import Parser
from reverie.data.sources import open_source
from reverie.errors import InputError
from reverie.settings import Options, change_group, option


@dataclass(frozen=True)
class CheckOptions(Options):
    """How to read and what to print."""

    json: bool = option(False, "print the report as one JSON object")
    undecodable: Literal["strict", "replace", "latin-1"] = option(
        "strict",
        "how to read bytes that are not UTF-8: count them (strict), replace them, or as latin-1",
    )


def run(argv: list[str]) -> int:
    """Prints the report on a file, a folder, standard input or a shipped text."""
    parser = Parser(
        "data",
        "check PATH [options]",
        "Report on a text: counts, alphabet, undecodable bytes, baselines in bits per "
        "character, and whether the text is long enough.",
    )
    parser.add_argument("action", metavar="check", help="the only action")
    parser.add_argument(
        "path",
        metavar="PATH",
        help="text: a file, a folder, - for standard input, shakespeare or python",
    )
    parser.add_options("the report", CheckOptions())
    values = parser.parse_options(argv)
    if values["action"] != "check":
        raise InputError(
            f"{values['action']!r} is not an action of reverie data: use reverie data check PATH"
        )
    options = change_group(CheckOptions(), values)

    from reverie.tasks.text.report import examine  # brings NumPy

    report = examine(open_source(values["path"], options.undecodable))
    print(report.to_json() if options.json else report.to_text())
    return 0
