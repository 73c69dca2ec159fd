"""Look inside a model of texts while it reads: a web page that opens from disk, or pictures."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from reverie.cli.parsing import Parser
from reverie.codecs.unknown import Unknown
from reverie.errors import InputError
from reverie.settings import Options, change_group, option
from reverie.tasks.labelled_text.arguments import named_values

if TYPE_CHECKING:
    from reverie.codecs.text import TextCodec
    from reverie.concepts import Condition
    from reverie.inspection.texts import TextTrace
    from reverie.model import SequenceModel

LABEL = "what the text is; again for each label of the model"
DEAF = {"array": {"page", "saturation", "surprise"}, "save": {"surprise"}}
"""What does not listen to an option."""


@dataclass(frozen=True)
class InspectOptions(Options):
    """What is read, what is made of it, and where that goes."""

    text: str | None = option(None, "read this text")
    file: str = option("", "read the text of this file (- is standard input)")
    unknown: Unknown = option("error", "what to do with symbols the model does not know")
    plot: Literal["page", "heatmap", "saturation", "surprise"] = option("page", "what to make")
    array: str = option("", "the units of a heatmap: c, f, 0.h ...; else the last layer's h")
    out: str = option("", "write to this file; else page.html, heatmap.png ...", letter="o")
    save: str = option("", "write all that was traced to this file, an .npz")

    @property
    def to(self) -> str:
        """The file to write to."""
        return self.out or ("page.html" if self.plot == "page" else f"{self.plot}.png")


class InspectedModel(NamedTuple):
    """A model of texts, what it is told of this one, and what people call it."""

    model: SequenceModel
    codec: TextCodec
    condition: Condition
    name: str

    def read(self, text: str, inspecting: InspectOptions, most: int | None = None) -> TextTrace:
        """The text as it is read; InputError where it has too many symbols, or unknown ones."""
        from reverie.inspection.texts import LONGEST, read_text

        unknown = inspecting.unknown
        return read_text(self.model, self.codec, text, unknown, self.condition, most or LONGEST)


def run(argv: list[str]) -> int:
    """Writes the page or the picture."""
    parser = Parser(
        "inspect",
        "[MODEL] --text TEXT | --file FILE [options]",
        "Show in a page what a model of texts does while it reads: its units, gates, guesses and "
        "surprise. Or draw, with --plot, its units over time (heatmap), how often its gates are "
        "nearly closed and nearly open (saturation), or how well it foresees the text, along it "
        "and by how much was read before (surprise).",
    )
    parser.add_argument("model", metavar="MODEL", nargs="?", help="a file; else the shipped one")
    parser.add_argument("--label", metavar="NAME=VALUE", action="append", help=LABEL)
    parser.add_options("what", InspectOptions())
    given = parser.parsed(argv)
    inspecting = change_group(InspectOptions(), given)
    labels = named_values(given.get("label", []))
    refuse_impossible(inspecting, given)
    text = text_to_read(inspecting)

    from reverie.runtime import prepare

    prepare()
    from reverie.cli.models import open_model
    from reverie.tasks.labelled_text.generate import condition_for

    loaded = open_model(given.get("model"), "inspect", "sample", "classify")
    codec, condition = condition_for(loaded.codec, labels)
    reader = InspectedModel(loaded.model, codec, condition, given.get("model", "the shipped model"))
    said = MADE[inspecting.plot](reader, text, inspecting)
    print(f"{inspecting.to}: {said}", file=sys.stderr)
    return 0


def refuse_impossible(inspecting: InspectOptions, given: dict[str, Any]) -> None:
    """InputError where the options contradict each other; before any work."""
    if (inspecting.text is None) == (not inspecting.file):
        raise InputError("give the text to read, either with --text or with --file")
    if inspecting.save and not inspecting.save.endswith(".npz"):
        raise InputError(f"a trace is an .npz and not {inspecting.save!r}: change its name")
    for name, deaf in DEAF.items():
        if name in given and inspecting.plot in deaf:
            raise InputError(f"the {inspecting.plot} does not listen to {name}: leave it out")
    from reverie.inspection.saving import SUFFIXES, check_suffix

    if inspecting.plot != "page":
        check_suffix(inspecting.to)
    elif inspecting.to.endswith(SUFFIXES):
        raise InputError(f"a page is no picture: say with --plot what {inspecting.to!r} is to show")


def text_to_read(inspecting: InspectOptions) -> str:
    """The text that was given, or that of the file."""
    if inspecting.text is not None:
        return inspecting.text
    from reverie.data.sources import open_source

    return open_source(inspecting.file).text()


def page(reader: InspectedModel, text: str, inspecting: InspectOptions) -> str:
    """Writes the page."""
    from reverie.files import replace_file
    from reverie.inspection.page import page as page_of

    read = reader.read(text, inspecting)
    whole = page_of(read, reader.codec.symbols(), f"Inside {reader.name}")
    keep_trace(read, inspecting)
    with replace_file(inspecting.to) as file:
        file.write(whole)
    return read.summary()


def heatmap(reader: InspectedModel, text: str, inspecting: InspectOptions) -> str:
    """Draws units over time."""
    from reverie.inspection.alignment import symbol_labels
    from reverie.inspection.heatmap import COLUMNS, heatmap_picture
    from reverie.inspection.saving import save_figure
    from reverie.inspection.texts import select_array

    read = reader.read(text, inspecting, COLUMNS)
    name, units = select_array(read, inspecting.array)
    figure = heatmap_picture(units, symbol_labels(reader.codec.symbols(), read.values), name)
    keep_trace(read, inspecting)
    save_figure(figure, inspecting.to)
    return f"{name}, {units.shape[1]:,} units; {read.summary()}"


def saturation(reader: InspectedModel, text: str, inspecting: InspectOptions) -> str:
    """Draws how often gates are nearly closed and nearly open."""
    from reverie.inspection.saturation import saturations
    from reverie.inspection.saturation_picture import saturation_picture
    from reverie.inspection.saving import save_figure

    read = reader.read(text, inspecting)
    found = saturations(read.gates)
    figure = saturation_picture(found, f"how often units are saturated; {read.summary()}")
    keep_trace(read, inspecting)
    save_figure(figure, inspecting.to)
    return f"{', '.join(found)}; {read.summary()}"


def surprise(reader: InspectedModel, text: str, inspecting: InspectOptions) -> str:
    """Draws the surprise along the text, and by the length of context."""
    from reverie.inspection import symbol_axis
    from reverie.inspection.alignment import symbol_labels
    from reverie.inspection.context import context_losses
    from reverie.inspection.saving import save_figure
    from reverie.inspection.surprise import surprise as surprise_of
    from reverie.inspection.surprise_picture import surprise_picture
    from reverie.inspection.texts import encode_text

    model, codec, condition, _ = reader
    values = encode_text(codec, text, inspecting.unknown)
    found = surprise_of(model, values, condition)
    contexts = context_losses(model, values, condition)
    names = symbol_labels(codec.symbols(), values) if len(values) <= symbol_axis.MOST else []
    save_figure(surprise_picture(found, names, contexts), inspecting.to)
    return "; ".join([found.summary(), *([contexts.summary()] if contexts else [])])


def keep_trace(read: TextTrace, inspecting: InspectOptions) -> None:
    """Writes the trace where that is asked for."""
    if inspecting.save:
        from reverie.inspection.trace import save_trace

        save_trace(read.trace, inspecting.save)


MADE = {"page": page, "heatmap": heatmap, "saturation": saturation, "surprise": surprise}
