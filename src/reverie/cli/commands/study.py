"""Run a study: a nest of trainings that can be stopped and gone on with, a table and a picture."""

from __future__ import annotations

import sys

from reverie.cli.options import GeneralisationOptions
from reverie.cli.parsing import Parser
from reverie.errors import InputError
from reverie.inspection.saving import check_suffix
from reverie.runtime import prepare
from reverie.settings import change_group, unknown_name

STUDIES = {
    "generalisation": "how large problems can be solved after learning from small ones",
}


def run(argv: list[str]) -> int:
    """Trains what is missing, prints a table and draws a picture."""
    parser = Parser(
        "study",
        "STUDY [options]",
        "Run a study. generalisation: each problem is learned by each kind of network, which is "
        "then tried on larger ones. A study that was stopped goes on where it was.",
    )
    parser.add_argument("study", metavar="STUDY", help=", ".join(STUDIES))
    parser.add_options("generalisation", GeneralisationOptions())
    values = parser.parse_options(argv)
    if values["study"] not in STUDIES:
        raise unknown_name("study", values["study"], STUDIES)
    options = change_group(GeneralisationOptions(), values)
    check_suffix(options.out)
    if options.save and not options.save.endswith(".json"):
        raise InputError(f"the numbers go to a .json and not {options.save!r}: change its name")

    prepare()
    from reverie.cli.generalisation import study

    study(options)
    print(options.out, file=sys.stderr)
    return 0
