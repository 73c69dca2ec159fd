"""Read handwriting: the text of a trace."""

from __future__ import annotations

from reverie.cli.parsing import Parser


def run(argv: list[str]) -> int:
    """Prints the text of each trace, a line each."""
    parser = Parser("read", "FILE ... [options]", "Read traces: .inkml, .svg, .json or .npz.")
    parser.add_argument("files", metavar="FILE", nargs="+", help="traces, a line of writing each")
    parser.add_argument("--model", metavar="MODEL", help="a model that reads; else the shipped")
    given = parser.parsed(argv)

    from reverie.formats.ink_files import read_inks
    from reverie.tasks.transcription.lines import split_lines

    lines = [
        line for name in given["files"] for ink in read_inks(name) for line in split_lines(ink)
    ]

    from reverie.runtime import prepare

    prepare()
    from reverie.cli.models import open_model
    from reverie.tasks.transcription.generate import Recogniser

    loaded = open_model(given.get("model"), "read")
    for read in Recogniser(loaded.model, loaded.codec).read(lines):
        print(read.text, flush=True)
    return 0
