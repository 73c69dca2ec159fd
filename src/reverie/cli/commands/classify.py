"""Tell what a text is, with a model that writes such texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from reverie.cli.parsing import Parser
from reverie.codecs.unknown import Unknown
from reverie.errors import InputError
from reverie.settings import Options, change_group, option
from reverie.tasks.labelled_text.arguments import named_values

if TYPE_CHECKING:
    from reverie.codecs.labelled import Labelled

GIVEN = "another label of the model, which is known; again for each"


@dataclass(frozen=True)
class ClassifyOptions(Options):
    """What is asked of the text."""

    file: str = option("", "the text of this file")
    label: str = option("", "which label to tell; else the first that is not given")
    prior: Literal["training", "uniform"] = option(
        "training", "how probable each value is before the text"
    )
    trace: str = option("", "a page that shows the belief, symbol by symbol: this .html file")
    unknown: Unknown = option("replace", "what to do with symbols the model does not know")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.trace and not self.trace.lower().endswith((".html", ".htm")):
            raise InputError(f"{self.trace!r} is no page: end the name in .html")


def run(argv: list[str]) -> int:
    """Prints how probable each value of a label is."""
    parser = Parser("classify", "MODEL [TEXT] [options]", "Tell what a text is.")
    parser.add_argument("model", metavar="MODEL", help="a model that was told labels")
    parser.add_argument("text", metavar="TEXT", nargs="?", help="a text; else standard input")
    parser.add_argument("--given", metavar="NAME=VALUE", action="append", help=GIVEN)
    parser.add_options("how", ClassifyOptions())
    given = parser.parsed(argv)
    asked = change_group(ClassifyOptions(), given)
    known = named_values(given.get("given", []))
    text = text_of(given, asked)

    from reverie.runtime import prepare

    prepare()
    import numpy as np

    from reverie.cli.models import open_model
    from reverie.codecs.fields import format_level
    from reverie.tasks.labelled_text.classify import beliefs

    loaded = open_model(given["model"], "classify")
    codec: Labelled = loaded.codec
    label = asked.label or first_open(codec, known)
    found = np.exp(beliefs(loaded.model, codec, text, label, asked.prior, known, asked.unknown))
    names = list(map(format_level, codec.labels.field(label).levels))
    for line in told(label, names, found[-1]):
        print(line)
    if asked.trace:
        from reverie.tasks.labelled_text.belief_page import write_page

        write_page(
            asked.trace, codec.text, codec.text.encode(text, asked.unknown), label, names, found
        )
        print(f"The page is {asked.trace}.")
    return 0


def text_of(given: Mapping[str, Any], asked: ClassifyOptions) -> str:
    """The text to be told. InputError where there are two, or none."""
    if "text" in given and asked.file:
        raise InputError("TEXT and file exclude each other: give one")
    text: str = given.get("text", "")
    if "text" not in given:
        from reverie.data.sources import open_source

        text = open_source(asked.file or "-").text()
    if not text.strip():
        raise InputError("there is no text to be told: give one of a character or more")
    return text


def first_open(codec: Labelled, known: Mapping[str, str]) -> str:
    """The first label with levels that is not given. InputError where there is none."""
    for field in codec.labels.inferable:
        if field.name not in known:
            return field.name
    raise InputError(f"no label is left to be told: {codec.labels.summary()}")


def told(label: str, names: list[str], probabilities: Any) -> Iterator[str]:
    """The values with their probabilities, the most probable first."""
    width = max(map(len, names))
    yield f"{label}:"
    for p, name in sorted(zip(probabilities, names, strict=True), key=lambda pair: -pair[0]):
        yield f"  {name:<{width}}  {p:6.1%}"
