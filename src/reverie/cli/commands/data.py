"""Report on a text or on music before training: reverie data check PATH."""

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
    """Prints the report on a file, a folder, standard input, or what a package ships."""
    parser = Parser(
        "data",
        "check PATH [options]",
        "Report on a text: counts, alphabet, undecodable bytes, baselines in bits per "
        "character, and whether the text is long enough. Of music: pieces, range, notes at once, "
        "keys, duplicates.",
    )
    parser.add_argument("action", metavar="check", help="the only action")
    parser.add_argument(
        "path",
        metavar="PATH",
        help="text: a file, a folder, - for standard input, shakespeare or python; music: piano "
        "rolls (.mat), a folder of MIDI files, chorales, aird, essen, oneill or ryan",
    )
    parser.add_options("the report", CheckOptions())
    values = parser.parse_options(argv)
    if values["action"] != "check":
        raise InputError(
            f"{values['action']!r} is not an action of reverie data: use reverie data check PATH"
        )
    options = change_group(CheckOptions(), values)

    # These bring NumPy.
    from reverie.data.music.report import examine as examine_music
    from reverie.tasks.music.data import is_music, open_music
    from reverie.tasks.music.options import MusicData
    from reverie.tasks.text.report import examine

    path = values["path"]
    report = (
        examine_music(open_music(MusicData(data=path, transpose=False)))
        if is_music(path)
        else examine(options.open(path))
    )
    print(report.to_json() if options.json else report.to_text())
    return 0
