"""Tables of automata as text: read, printed, read again; and what is none."""

import pytest

from reverie.automata.drawing import random_dfa
from reverie.automata.minimal import difference
from reverie.automata.table import format_table, parse_table, read_table
from reverie.errors import InputError

PARITY = """# an odd number of ones

        0    1
even  even  odd
* odd  odd even
"""


def test_a_table_is_read(tmp_path):
    path = tmp_path / "parity.txt"
    path.write_text("\ufeff" + PARITY.replace("\n", "\r\n"), encoding="utf-8")
    dfa = read_table(path)
    assert dfa.alphabet == "01" and dfa.names == ("even", "odd")
    assert dfa.table.tolist() == [[0, 1], [1, 0]] and dfa.accepting.tolist() == [False, True]


def test_what_is_printed_is_read_again(rng):
    for states in (1, 3, 12):
        dfa = random_dfa(rng, states, "xyz")
        assert difference(dfa, parse_table(format_table(dfa))) is None
    named = parse_table(PARITY)
    assert format_table(named).splitlines() == [
        "         0     1",
        "even  even   odd",
        "*odd   odd  even",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the table is empty"),
        ("# nothing\n\n", "the table is empty"),
        ("a b\n", "the table is empty"),
        ("a bc\n1 1 1", "line 1: 'bc' is no symbol"),
        ("\na a\n1 1 1", "line 2: the symbol 'a' is there twice"),
        ("a b\n1 1 2\n\n2 1\n", "line 4: the state '2' leads to 1 states, but there are 2"),
        ("a\n1 2\n*2 1\n2 2", "line 4: the state '2' has a line already"),
        ("a\n1 2\n2 3", "line 3: the state '3' has no line"),
        ("a\n1 1\n*\n", "line 3: the star has no state"),
        (" ".join(map(chr, range(256, 1400))) + "\n1 1", "line 1: there are more than 1,000"),
        ("a\n" + "".join(f"{n} 0\n" for n in range(10_001)), "more than 10,000 states"),
    ],
)
def test_what_is_no_table_is_told_with_its_line(text, said):
    with pytest.raises(InputError, match=said):
        parse_table(text)


def test_files_that_are_no_text(tmp_path):
    path = tmp_path / "table.bin"
    path.write_bytes(b"\xff\xfe\0")
    with pytest.raises(InputError, match=r"table\.bin: it is not text in UTF-8"):
        read_table(path)
    path.write_text("a\n1 2\n")
    with pytest.raises(InputError, match=r"table\.bin: line 2: the state '2' has no line"):
        read_table(path)
    with pytest.raises(InputError, match="check the path"):
        read_table(tmp_path / "none")
