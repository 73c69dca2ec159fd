"""Recurrent networks as machines, shown step by step: reverie machines --regex '(ab|ba)*' abba."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from reverie.cli.parsing import Parser
from reverie.errors import InputError, excerpt
from reverie.inspection.saving import check_suffix
from reverie.runtime import prepare
from reverie.settings import Options, change_group, option, unknown_name

if TYPE_CHECKING:
    from reverie.automata.dfa import DFA
    from reverie.automata.steps import StepTable

BY_HAND = {
    "sum": "one linear unit that keeps its value and adds each number to it",
    "larger": "one linear unit that adds the first number of each pair and subtracts the second, "
    "and a logistic output",
    "parity": "two threshold units, OR and AND of the bit and the output before; the output is OR "
    "and not AND",
}
"""The networks that are written by hand."""
EXAMPLES = (
    ["sum", "2", "-0.5", "1", "1"],
    ["larger", "2,-2", "0,3.5", "1,2.2"],
    ["parity", "01011"],
)
"""What they are shown with where nothing is asked for."""
LISTED, WORDS = 20, 8
"""The most states of an automaton that is printed, and how many of its words."""
STEPS = 2000
"""The most steps of a picture."""


class Shown(NamedTuple):
    """What is said of a network, and what it does with each word."""

    said: list[str]
    tables: list[StepTable]

    def texts(self) -> list[str]:
        """What is printed, with blank lines between."""
        return [*self.said, *(table.text() for table in self.tables)]


@dataclass(frozen=True)
class MachinesOptions(Options):
    """The automaton that is made into a network, and a picture."""

    regex: str = option("", "regular expression of the words to accept")
    table: str = option("", "file with the table of an automaton")
    alphabet: str = option("", "symbols of the expression, where it does not name all")
    out: str = option("", "file for a heat map of the units over the steps", letter="o")


def run(argv: list[str]) -> int:
    """Prints what each unit does at each step, beside what is true."""
    parser = Parser(
        "machines",
        "[sum|larger|parity] [WORD ...] [options]",
        "Show networks that compute step by step, beside what is true: by hand, the sum of numbers "
        "(sum 2 -0.5 1), which of two totals is larger (larger 2,-2 0,3.5) and the parity of bits "
        "(parity 0110); or any finite automaton as an Elman network that never errs. Behind -- a "
        "WORD may begin with a minus.",
    )
    parser.add_argument("words", metavar="WORD", nargs="*", help="what is read, one after another")
    parser.add_options("the automaton", MachinesOptions())
    values = parser.parse_options(argv)
    options, words = change_group(MachinesOptions(), values), values.get("words", [])
    if options.out:
        check_suffix(options.out)
    if {"regex", "table", "alphabet"} & set(values):
        shown = [compiled(automaton(values), words)]
    else:
        shown = [by_hand(*words)] if words else demonstration()
    tables = [table for one in shown for table in one.tables]
    if options.out:
        check_picture(tables)
    print("\n\n".join(text for one in shown for text in one.texts()))
    if options.out:
        draw(tables[0], options.out)
    return 0


def demonstration() -> list[Shown]:
    """The networks by hand, and one that is compiled."""
    compiled_one = compiled(automaton({"regex": "(ab|ba)*"}), ["abba", "aba"])
    return [*(by_hand(*words) for words in EXAMPLES), compiled_one]


def by_hand(name: str, *words: str) -> Shown:
    """The steps of a network that is written by hand."""
    if name not in BY_HAND:
        raise unknown_name("machine", name, BY_HAND)
    if not words:
        example = next(" ".join(example) for example in EXAMPLES if example[0] == name)
        raise InputError(f"{name} has nothing to read: write {example!r}, for example")

    prepare()
    from reverie.automata import steps

    tables = {
        "sum": lambda: [steps.sum_steps(words)],
        "larger": lambda: [steps.larger_steps(words)],
        "parity": lambda: [*map(steps.parity_steps, words)],
    }[name]()
    return Shown([f"{name}: {BY_HAND[name]}"], tables)


def automaton(given: dict[str, Any]) -> DFA:
    """The automaton that was asked for. InputError where it was asked for twice, or not at all."""
    from reverie.automata.minimal import minimise  # these bring NumPy
    from reverie.automata.subsets import from_expression
    from reverie.automata.table import read_table

    if ("regex" in given) == ("table" in given):
        raise InputError("an automaton is an expression or a table: give either --regex or --table")
    if "regex" in given:
        return from_expression(given["regex"], given.get("alphabet"))
    if "alphabet" in given:
        raise InputError("the alphabet of a table is its first line: leave alphabet out")
    return minimise(read_table(given["table"]))


def compiled(dfa: DFA, words: list[str]) -> Shown:
    """An automaton, and the steps of its network."""
    from reverie.automata.drawing import WordCounts
    from reverie.automata.table import format_table

    for word in words:
        dfa.encode(word)  # what cannot be read is refused before jax is imported
    prepare()
    from reverie.automata import steps
    from reverie.automata.compiled import recogniser

    network = recogniser(dfa)
    said = [
        f"a minimal automaton of {dfa.states:,} states over {excerpt(repr(dfa.alphabet))}; "
        f"its network has {len(network.cell.b):,} tanh units"
    ]
    if dfa.states <= LISTED:
        accepted = listed(WordCounts(dfa).first_words(WORDS + 1))
        said += [format_table(dfa), f"it accepts {accepted}"]
    return Shown(said, [steps.word_steps(network, dfa, word) for word in words])


def listed(words: list[str]) -> str:
    """The first of the accepted words."""
    more = ["..."] * (len(words) > WORDS)
    return ", ".join([*map(repr, words[:WORDS]), *more]) or "no word"


def check_picture(tables: list[StepTable]) -> None:
    """InputError where there is not one word that a picture can show."""
    if len(tables) != 1:
        raise InputError("a picture shows what is done with one word: give one")
    if len(tables[0].labels) > STEPS:
        raise InputError(f"a picture shows up to {STEPS:,} steps: give a shorter word")


def draw(table: StepTable, path: str) -> None:
    """A heat map of the units over the steps."""
    from reverie.inspection.heatmap import heatmap_picture
    from reverie.inspection.saving import save_figure

    save_figure(heatmap_picture(table.units, table.labels, "activations"), path)
    print(path, file=sys.stderr)
