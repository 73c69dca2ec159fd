"""Report on a text before training: reverie data check PATH."""

from __future__ import annotations

from dataclasses import dataclass

from reverie.cli.parsing import Parser
from reverie.data.sources import Reading
from reverie.errors import InputError
from reverie.settings import change_group, option


@dataclass(frozen=True)
class CheckOptions(Reading):
    """How to read, where undecodable bytes are counted and not refused, and what to print."""

    json: bool = option(False, "print the report as one JSON object")


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

    report = examine(options.open(values["path"]))
    print(report.to_json() if options.json else report.to_text())
    return 0
