"""Text as subword pieces (sentencepiece)."""

import base64
import binascii
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Self, cast, final

import numpy as np
import numpy.typing as npt

from reverie.codecs.decoding import Decoder, Utf8Decoder
from reverie.codecs.unknown import Unknown, apply_policy
from reverie.codecs.values import Values, check_fields, check_values, damaged_description
from reverie.errors import InputError, require

BLANK = "\u2581"
"""The character that sentencepiece writes for a blank; in a text it would decode to one."""

UNENCODABLE = re.compile(f"[{BLANK}\ud800-\udfff]")
LONGEST_LINE = 4000
LONGEST_UNIT = 1 << 20


@final
@dataclass(frozen=True)
class Pieces:
    """Text over a vocabulary of subword pieces, learned by sentencepiece.

    Nothing is normalised, blanks are kept, a newline is a piece of its own and characters
    without a piece are spelled in bytes, so every text is decoded unchanged. Only surrogates and
    U+2581, which sentencepiece reserves, are unknown; they are replaced by a blank.

    Kudo and Richardson, "SentencePiece" (2018).
    """

    model: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """V, the number of symbols."""
        return len(self._pieces)

    @classmethod
    def learn(
        cls,
        chunks: Iterable[str],
        *,
        max_size: int = 2000,
        algorithm: Literal["unigram", "bpe"] = "unigram",
    ) -> Self:
        """The pieces of a text, at most `max_size` symbols, 256 of which are the bytes.

        Raises InputError where sentencepiece cannot learn from this text with this size.
        """
        trainer = _sentencepiece().SentencePieceTrainer
        model = io.BytesIO()
        try:
            trainer.train(
                sentence_iterator=_lines(chunks),
                model_writer=model,
                model_type=algorithm,
                vocab_size=max_size,
                hard_vocab_limit=False,
                normalization_rule_name="identity",
                add_dummy_prefix=False,
                remove_extra_whitespaces=False,
                byte_fallback=True,
                character_coverage=0.9995,
                user_defined_symbols=["\n"],
                max_sentence_length=4 * LONGEST_LINE + 4,
                unk_id=0,
                bos_id=-1,
                eos_id=-1,
                pad_id=-1,
                minloglevel=3,
            )
        except (RuntimeError, OSError) as error:
            raise InputError(
                f"sentencepiece cannot learn {max_size} pieces from this text "
                f"({_reason(error)}): give more text or another size"
            ) from error
        return cls(model.getvalue())

    @classmethod
    def from_description(cls, description: Mapping[str, object]) -> Self:
        """The codec of a description."""
        model, digest = cast(list[str], check_fields(description, model=str, sha256=str))
        try:
            proto = base64.b64decode(model, validate=True)
        except binascii.Error as error:
            raise damaged_description("pieces", "the model is not base64") from error
        # A damaged model may crash the C++ code, so it never gets that far.
        if hashlib.sha256(proto).hexdigest() != digest:
            raise damaged_description("pieces", "the model does not have the stated sha256")
        return cls(proto)

    def describe(self) -> dict[str, object]:
        """A description for JSON from which the codec can be rebuilt."""
        return {
            "kind": "pieces",
            "model": base64.b64encode(self.model).decode(),
            "sha256": hashlib.sha256(self.model).hexdigest(),
        }

    def symbols(self) -> list[str]:
        """The pieces by value, with U+2581 for a blank and `<0xNN>` for a byte."""
        return list(self._pieces)

    def units(self, chunks: Iterable[str]) -> Iterator[str]:
        """The same text in pieces that do not cut a symbol in two: cut after a newline, or else
        before a blank, or after a million characters without either."""
        hold = ""
        for chunk in chunks:
            hold += chunk
            cut = hold.rfind("\n") + 1 or hold.rfind(" ")
            if cut <= 0 and len(hold) > LONGEST_UNIT:
                cut = LONGEST_UNIT
            if cut > 0:
                yield hold[:cut]
                hold = hold[cut:]
        if hold:
            yield hold

    def encode(self, text: str, unknown: Unknown = "error", *, offset: int = 0) -> Values:
        """The values (T,) of `text`. Error messages count positions from `offset`.

        Raises InputError for unknown symbols under the policy "error"."""
        text = apply_policy(UNENCODABLE, text, unknown, offset)
        return np.array(self._processor.encode(text), np.int32)

    def count_bytes(self, text: str) -> int:
        """The number of symbols of `text` that are bytes, as it has characters without a piece."""
        return sum(map(self._processor.is_byte, self.encode(text, "skip").tolist()))

    def decode(self, values: npt.ArrayLike) -> str:
        """The text of `values`, (T,); bytes that are not UTF-8 become U+FFFD."""
        return self._as_bytes(values).decode(errors="replace")

    def decoder(self) -> Decoder:
        """An incremental decoder."""
        return Utf8Decoder(self._as_bytes)

    @cached_property
    def _processor(self) -> Any:
        try:
            return _sentencepiece().SentencePieceProcessor(model_proto=self.model)
        except RuntimeError as error:
            raise damaged_description("pieces", "sentencepiece cannot read the model") from error

    @cached_property
    def _pieces(self) -> tuple[str, ...]:
        model = self._processor
        return tuple(model.id_to_piece(value) for value in range(model.get_piece_size()))

    @cached_property
    def _spelling(self) -> tuple[bytes, ...]:
        """The UTF-8 bytes that each value stands for."""
        return tuple(map(self._spell, range(self.size)))

    def _spell(self, value: int) -> bytes:
        piece = self._pieces[value]
        if self._processor.is_byte(value):
            return bytes([int(piece[1:-1], 16)])
        if self._processor.is_unknown(value):
            return "\ufffd".encode()
        return piece.replace(BLANK, " ").encode()

    def _as_bytes(self, values: npt.ArrayLike) -> bytes:
        return b"".join(self._spelling[value] for value in check_values(values, self.size))


def _sentencepiece() -> Any:
    return require("sentencepiece", "subwords")


def _reason(error: Exception) -> str:
    """The end of a message of sentencepiece, without its source lines."""
    return str(error).strip().rpartition("] ")[2].strip().rstrip(".") or "no reason given"


def _lines(chunks: Iterable[str]) -> Iterator[str]:
    """The lines of the text, without characters that cannot be encoded; overlong lines are cut,
    because sentencepiece silently skips them."""
    hold = ""
    for chunk in chunks:
        *whole, hold = (hold + UNENCODABLE.sub(" ", chunk)).split("\n")
        if len(hold) > LONGEST_LINE:
            whole, hold = [*whole, hold], ""
        for line in filter(None, whole):
            for start in range(0, len(line), LONGEST_LINE):
                yield line[start : start + LONGEST_LINE]
    for start in range(0, len(hold), LONGEST_LINE):
        yield hold[start : start + LONGEST_LINE]
