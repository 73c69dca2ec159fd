"""Codec of labelled texts: the symbols of a text and the vector of its labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, cast, final

from reverie.codecs.fields import Label
from reverie.codecs.labels import Labels, Vector
from reverie.codecs.text import TextCodec, Unknown, codec_from
from reverie.codecs.values import Values, check_fields
from reverie.codecs.with_eos import WithEOS


@final
@dataclass(frozen=True)
class Labelled:
    """The codec of texts and that of their labels. A text ends with an end-of-text symbol."""

    text: TextCodec
    labels: Labels

    @property
    def with_eos(self) -> WithEOS:
        """The codec of the text, with the end-of-text symbol."""
        return WithEOS(self.text)

    @property
    def size(self) -> int:
        """V, the number of symbols including the end of text."""
        return self.with_eos.size

    @classmethod
    def from_description(cls, description: Mapping[str, object]) -> Self:
        """The codec of a description."""
        text, labels = cast(tuple[Any, Any], check_fields(description, text=dict, labels=dict))
        return cls(codec_from(text), Labels.from_description(labels))

    def describe(self) -> dict[str, object]:
        """A description for JSON from which the codec can be rebuilt."""
        return {
            "kind": "labelled",
            "text": self.text.describe(),
            "labels": self.labels.describe(),
        }

    def encode(
        self, raw: tuple[str, Mapping[str, Label]], unknown: Unknown = "error"
    ) -> tuple[Values, Vector]:
        """The values (T,) of a text with its end, and the vector (C,) of its labels."""
        text, labels = raw
        return self.with_eos.encode_with_end(text, unknown), self.labels.encode(labels)
