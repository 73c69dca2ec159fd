"""Algorithms: sequences made on the fly whose next elements can be computed.

Names are imported when they are first used, so that the catalogue can be read without NumPy.
"""

from typing import TYPE_CHECKING

from reverie.lazy import import_lazily

if TYPE_CHECKING:
    from reverie.tasks.algorithms.bits import copy as copy
    from reverie.tasks.algorithms.bits import follow_automaton as follow_automaton
    from reverie.tasks.algorithms.bits import follow_parity as follow_parity
    from reverie.tasks.algorithms.bits import ngrams as ngrams
    from reverie.tasks.algorithms.bits import priority_sort as priority_sort
    from reverie.tasks.algorithms.bits import recall as recall
    from reverie.tasks.algorithms.bits import repeat_copy as repeat_copy
    from reverie.tasks.algorithms.strings import add_binary as add_binary
    from reverie.tasks.algorithms.strings import close_brackets as close_brackets
    from reverie.tasks.algorithms.strings import count_sum as count_sum
    from reverie.tasks.algorithms.strings import count_three as count_three
    from reverie.tasks.algorithms.strings import count_two as count_two
    from reverie.tasks.algorithms.strings import repeat as repeat
    from reverie.tasks.algorithms.strings import reverse as reverse

__getattr__ = import_lazily(
    __name__,
    {
        **dict.fromkeys(
            (
                "copy",
                "follow_automaton",
                "follow_parity",
                "ngrams",
                "priority_sort",
                "recall",
                "repeat_copy",
            ),
            "bits",
        ),
        **dict.fromkeys(
            (
                "add_binary",
                "close_brackets",
                "count_sum",
                "count_three",
                "count_two",
                "repeat",
                "reverse",
            ),
            "strings",
        ),
    },
)
