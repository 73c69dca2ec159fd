"""Look inside a model of texts while it reads: a web page that opens from disk."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from reverie.cli.parsing import Parser
from reverie.errors import InputError
from reverie.media.unknown import Unknown
from reverie.recipes.parts.settings import Options, changed_group, option


@dataclass(frozen=True)
class Inspecting(Options):
    """What is read, and where the page goes."""

    text: str | None = option(None, "read this text")
    file: str = option("", "read the text of this file (- is standard input)")
    unknown: Unknown = option("error", "what to do with symbols the model does not know")
    out: str = option("page.html", "write the page to this file", letter="o")
    save: str = option("", "write all that was traced to this file, an .npz")


def run(argv: list[str]) -> int:
    """Writes the page."""
    parser = Parser(
        "inspect",
        "[MODEL] --text TEXT | --file FILE [options]",
        "Show in a page what a model of texts does while it reads: its units, gates, guesses and "
        "surprise.",
    )
    parser.add_argument("model", metavar="MODEL", nargs="?", help="a file; else the shipped one")
    parser.add_options("what", Inspecting())
    given = parser.parsed(argv)
    inspecting = changed_group(Inspecting(), given)
    refuse_impossible(inspecting)
    text = text_to_read(inspecting)

    from reverie.runtime import prepare

    prepare()
    from reverie.cli.models import opened
    from reverie.files import written
    from reverie.inspection.page import page
    from reverie.inspection.texts import read_text
    from reverie.inspection.trace import saved

    loaded = opened(given.get("model"), "inspect", "sample")
    read = read_text(loaded.model, loaded.medium, text, inspecting.unknown)
    if inspecting.save:
        saved(read.trace, inspecting.save)
    whole = page(read, loaded.medium.symbols(), f"Inside {given.get('model', 'the shipped model')}")
    with written(inspecting.out) as file:
        file.write(whole)
    print(f"{inspecting.out}: {read.said()}", file=sys.stderr)
    return 0


def refuse_impossible(inspecting: Inspecting) -> None:
    """InputError where the options contradict each other; before any work."""
    if (inspecting.text is None) == (not inspecting.file):
        raise InputError("give the text to read, either with --text or with --file")
    if inspecting.save and not inspecting.save.endswith(".npz"):
        raise InputError(f"a trace is an .npz and not {inspecting.save!r}: change its name")


def text_to_read(inspecting: Inspecting) -> str:
    """The text that was given, or that of the file."""
    if inspecting.text is not None:
        return inspecting.text
    from reverie.data.sources import open_source

    return open_source(inspecting.file).text()
