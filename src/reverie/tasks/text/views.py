"""The verb `inspect` of models of texts: a page, or pictures, of what a model does as it reads."""

from __future__ import annotations

from typing import NamedTuple

from reverie.codecs.text import TextCodec
from reverie.concepts import Condition
from reverie.data.sources import open_source
from reverie.files import replace_file
from reverie.inspection import symbol_axis
from reverie.inspection.alignment import symbol_labels
from reverie.inspection.context import context_losses
from reverie.inspection.heatmap import COLUMNS, heatmap_picture
from reverie.inspection.page import page as page_of
from reverie.inspection.saturation import saturations
from reverie.inspection.saturation_picture import saturation_picture
from reverie.inspection.saving import save_figure
from reverie.inspection.surprise import surprise as surprise_of
from reverie.inspection.surprise_picture import surprise_picture
from reverie.inspection.texts import LONGEST, TextTrace, encode_text, read_text, select_array
from reverie.inspection.trace import save_trace
from reverie.model import SequenceModel
from reverie.storage import Loaded
from reverie.tasks.task import Given, Output, Remark
from reverie.tasks.text.options import InspectOptions
from reverie.tasks.text.sample import respelled


class InspectedModel(NamedTuple):
    """A model of texts, what it is given, and its name."""

    model: SequenceModel
    codec: TextCodec
    condition: Condition
    name: str

    def read(self, text: str, options: InspectOptions, most: int = LONGEST) -> TextTrace:
        """The trace of a text; InputError where it has too many symbols, or unknown ones."""
        return read_text(self.model, self.codec, text, options.unknown, self.condition, most)


def inspect(loaded: Loaded, given: Given) -> Output:
    """Writes the page or the picture of a model that is given nothing but the text."""
    return show(loaded, given, loaded.codec, Condition())


def show(loaded: Loaded, given: Given, codec: TextCodec, condition: Condition) -> Output:
    """Writes the page or the picture of a model under a condition."""
    options = given.group(InspectOptions)
    text = open_source(options.file).text() if options.text is None else options.text
    text = yield from respelled(codec, text)
    inspected = InspectedModel(loaded.model, codec, condition, given.model or "the shipped model")
    yield Remark(f"{options.to}: {KINDS[options.plot](inspected, text, options)}")


def page(inspected: InspectedModel, text: str, options: InspectOptions) -> str:
    """Writes the page."""
    read = inspected.read(text, options)
    whole = page_of(read, inspected.codec.symbols(), f"Inside {inspected.name}")
    _save_trace(read, options)
    with replace_file(options.to) as file:
        file.write(whole)
    return read.summary()


def heatmap(inspected: InspectedModel, text: str, options: InspectOptions) -> str:
    """Draws units over time."""
    read = inspected.read(text, options, COLUMNS)
    name, units = select_array(read, options.array)
    figure = heatmap_picture(units, symbol_labels(inspected.codec.symbols(), read.values), name)
    _save_trace(read, options)
    save_figure(figure, options.to)
    return f"{name}, {units.shape[1]:,} units; {read.summary()}"


def saturation(inspected: InspectedModel, text: str, options: InspectOptions) -> str:
    """Draws how often gates are nearly closed and nearly open."""
    read = inspected.read(text, options)
    found = saturations(read.gates)
    figure = saturation_picture(found, f"how often units are saturated; {read.summary()}")
    _save_trace(read, options)
    save_figure(figure, options.to)
    return f"{', '.join(found)}; {read.summary()}"


def surprise(inspected: InspectedModel, text: str, options: InspectOptions) -> str:
    """Draws the surprise along the text, and by the length of context."""
    model, codec, condition, _ = inspected
    values = encode_text(codec, text, options.unknown)
    found = surprise_of(model, values, condition)
    contexts = context_losses(model, values, condition)
    names = symbol_labels(codec.symbols(), values) if len(values) <= symbol_axis.MOST else []
    save_figure(surprise_picture(found, names, contexts), options.to)
    return "; ".join([found.summary(), *([contexts.summary()] if contexts else [])])


def _save_trace(read: TextTrace, options: InspectOptions) -> None:
    """Writes the trace where that is asked for."""
    if options.save:
        save_trace(read.trace, options.save)


KINDS = {"page": page, "heatmap": heatmap, "saturation": saturation, "surprise": surprise}
