"""Captions that are to be scored, beside the references of the same pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from reverie.data.caption_files import CaptionFile
from reverie.errors import InputError, excerpt
from reverie.formats.opening import counted


class Matched(NamedTuple):
    """The pictures that all files have, in the order of the references."""

    names: list[str]
    candidates: list[list[str]]
    """Of each set of candidates, one for each picture; empty where it has no words."""
    references: list[list[str]]
    notes: tuple[str, ...]
    """How many pictures are left out, and why."""


def match_captions(references: CaptionFile, sets: Sequence[CaptionFile]) -> Matched:
    """One candidate of each set and all references for each picture that has both.

    Pictures are matched by name, or by COCO's id where the references have both. If only one of
    two files has names, line k is its picture k. Raises InputError where a set has two candidates
    for a picture, lines are not as many as pictures, or nothing is common.
    """
    told = {name: captions for name, captions in references.captions.items() if captions}
    found = [_by_name(candidates, references) for candidates in sets]
    names = [name for name in told if all(name in each for each in found)]
    if not names:
        raise InputError(_strangers(references, sets))
    notes = [note for file in (references, *sets) for note in file.notes]
    for candidates, each in zip(sets, found, strict=True):
        notes += _left_out(candidates, references, each, told)
    chosen = [[each[name] for name in names] for each in found]
    return Matched(names, chosen, [told[name] for name in names], tuple(dict.fromkeys(notes)))


def _by_name(candidates: CaptionFile, references: CaptionFile) -> dict[str, str]:
    """The candidate of each picture, by the name that it has in the references."""
    for name, captions in candidates.captions.items():
        if len(captions) > 1:
            raise InputError(
                f"{candidates.path} has {len(captions)} captions of {excerpt(name)}: give one "
                "candidate for each picture (and then the references, in another file)"
            )
    said = {name: "".join(captions) for name, captions in candidates.captions.items()}
    if candidates.named and references.named:
        return {references.ids.get(name, name): caption for name, caption in said.items()}
    if len(said) != len(references.captions):
        raise InputError(
            f"{candidates.path} has {counted(len(said), 'candidate')} for "
            f"{counted(len(references.captions), 'picture')} in {references.path}: write the name "
            "of the picture and a tab before each, or a line for each picture"
        )
    return dict(zip(references.captions, said.values(), strict=True))


def _left_out(
    candidates: CaptionFile,
    references: CaptionFile,
    found: dict[str, str],
    told: dict[str, list[str]],
) -> list[str]:
    lonely, unsaid = len(told.keys() - found.keys()), len(found.keys() - told.keys())
    notes = []
    if lonely:
        pictures = counted(lonely, "picture")
        notes += [f"left out: {pictures} of {references.path} without one in {candidates.path}"]
    if unsaid:
        notes += [
            f"left out: {counted(unsaid, 'candidate')} of {candidates.path} without reference"
        ]
    return notes


def _strangers(references: CaptionFile, sets: Sequence[CaptionFile]) -> str:
    first = [excerpt(next(iter(file.captions)), 40) for file in (*sets, references)]
    files = " and ".join(file.path for file in (*sets, references))
    return (
        f"{files} have no picture in common (their first are {', '.join(first)}): "
        "give pictures the same names"
    )
