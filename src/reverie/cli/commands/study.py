"""Run a study: a nest of trainings that can be stopped and gone on with, a table and a picture."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass

from reverie.cli.options import CurriculaOptions, GeneralisationOptions
from reverie.cli.parsing import Parser
from reverie.errors import InputError
from reverie.inspection.saving import check_suffix
from reverie.runtime import prepare
from reverie.settings import change_group, unknown_name


@dataclass(frozen=True)
class Study:
    """A study: what it finds out, its options with their defaults, and the module of its work."""

    about: str
    options: GeneralisationOptions | CurriculaOptions
    module: str


STUDIES = {
    "generalisation": Study(
        "how large problems each kind of network solves after learning from small ones",
        GeneralisationOptions(),
        "reverie.cli.generalisation",
    ),
    "curricula": Study(
        "in which order of exercises a network learns best to execute programs",
        CurriculaOptions(),
        "reverie.cli.curricula",
    ),
}


def run(argv: list[str]) -> int:
    """Trains what is missing, prints a table and draws a picture."""
    name = next(iter(argv), "")
    if name not in STUDIES:
        parser = Parser(
            "study",
            "STUDY [options]",
            "Run a study. One that was stopped goes on where it was. reverie study STUDY --help "
            "lists its options.",
        )
        known = "; ".join(f"{name}: {study.about}" for name, study in STUDIES.items())
        parser.add_argument("study", metavar="STUDY", help=known)
        raise unknown_name("study", parser.parse_options(argv)["study"], dict.fromkeys(STUDIES))
    study = STUDIES[name]
    parser = Parser(
        f"study {name}",
        "[options]",
        f"Find out {study.about}. A study that was stopped goes on where it was.",
    )
    parser.add_options(name, study.options)
    options = change_group(study.options, parser.parse_options(argv[1:]))
    check_suffix(options.out)
    if options.save and not options.save.endswith(".json"):
        raise InputError(f"the numbers go to a .json and not {options.save!r}: change its name")

    prepare()
    importlib.import_module(study.module).study(options)
    print(options.out, file=sys.stderr)
    return 0
