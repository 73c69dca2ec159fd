"""The verbs of models of labelled texts: classify a text, write one on request, look inside."""

from __future__ import annotations

import numpy as np

from reverie.codecs.fields import format_level
from reverie.codecs.labelled import Labelled
from reverie.data.sources import open_source
from reverie.errors import InputError
from reverie.storage import Loaded
from reverie.tasks.labelled_text.belief_page import write_page
from reverie.tasks.labelled_text.classify import beliefs
from reverie.tasks.labelled_text.generate import condition_for, generator_of
from reverie.tasks.labelled_text.options import ClassifyOptions, labels_of, named_values
from reverie.tasks.task import Given, Output
from reverie.tasks.text.sample import respelled, write_texts
from reverie.tasks.text.views import show


def sample(loaded: Loaded, given: Given) -> Output:
    """Texts with the labels that were given."""
    labels = labels_of(given)
    return write_texts(
        given, lambda how, seed: generator_of(loaded.model, loaded.codec, labels, how, seed)
    )


def inspect(loaded: Loaded, given: Given) -> Output:
    """Writes the page or the picture of a model that is given labels."""
    return show(loaded, given, *condition_for(loaded.codec, labels_of(given)))


def classify(loaded: Loaded, given: Given) -> Output:
    """The probability of each value of a label."""
    options, codec = given.group(ClassifyOptions), loaded.codec
    known = named_values(given.values.get("given", []))
    text = yield from respelled(codec.text, _text(given))
    label = options.label or _first_open(codec, known)
    found = np.exp(beliefs(loaded.model, codec, text, label, options.prior, known, options.unknown))
    names = list(map(format_level, codec.labels.field(label).levels))
    yield from _ranking(label, names, found[-1])
    if options.trace:
        values = codec.text.encode(text, options.unknown)
        write_page(options.trace, codec.text, values, label, names, found)
        yield f"The page is {options.trace}.\n"


def _text(given: Given) -> str:
    """The text to classify. InputError where it is empty."""
    text = given.values.get("text")
    if text is None:
        text = open_source(given.group(ClassifyOptions).file or "-").text()
    if not text.strip():
        raise InputError("the text to classify is empty: give one character or more")
    return str(text)


def _first_open(codec: Labelled, known: dict[str, str]) -> str:
    """The first label with levels that is not given. InputError where there is none."""
    for field in codec.labels.inferable:
        if field.name not in known:
            return field.name
    raise InputError(f"all labels are given, so none is left to infer: {codec.labels.summary()}")


def _ranking(label: str, names: list[str], probabilities: np.ndarray) -> Output:
    """The values with their probabilities, the most probable first."""
    width = max(map(len, names))
    yield f"{label}:\n"
    for p, name in sorted(zip(probabilities, names, strict=True), key=lambda pair: -pair[0]):
        yield f"  {name:<{width}}  {p:6.1%}\n"
