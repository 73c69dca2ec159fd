"""Networks as machines from the command line, step by step; and what they cannot read."""

import subprocess
import sys

import pytest

from reverie.cli import main

TABLE = "        0    1\neven  even  odd\n*odd   odd even\n"


def rows(capsys) -> list[list[str]]:
    """The words of each line that is printed."""
    return [line.split() for line in capsys.readouterr().out.splitlines()]


def test_without_arguments_four_networks_are_shown(capsys):
    assert main(["machines"]) == 0
    said = rows(capsys)
    assert ["4", "1.0", "3.5", "3.5", "3.5"] in said  # the sum
    assert ["3", "1.0,2.2", "-0.7", "0.0293", "second", "3.0", "3.7"] in said
    assert ["4", "1", "1", "1", "0", "even", "no"] in said  # OR and AND
    assert ["4", "a", "-----+---", "1", "0", "yes"] in said
    assert ["*0", "1", "2"] in said
    (accepted,) = (row for row in said if row[:1] == ["it"])
    assert accepted[2:6] == ["'',", "'ab',", "'ba',", "'abab',"]


def test_numbers_that_begin_with_a_minus(capsys):
    assert main(["machines", "sum", "-2", "-0.25"]) == 0
    assert ["2", "-0.25", "-2.25", "-2.25", "-2.25"] in rows(capsys)
    assert main(["machines", "larger", "--", "-1,2", "4,1"]) == 0
    assert ["2", "4,1", "0", "0.5000", "neither", "3", "3"] in rows(capsys)


def test_a_table_and_a_picture(tmp_path, capsys):
    (tmp_path / "odd.txt").write_text(TABLE)
    assert main(["machines", "--table", "odd.txt", "011", "-o", "odd.svg"]) == 0
    said = rows(capsys)
    assert ["*odd", "odd", "even"] in said
    assert ["3", "1", "----+", "0", "even", "no"] in said
    assert (tmp_path / "odd.svg").read_text().startswith("<?xml")


def test_without_a_word_only_the_automaton_is_shown(capsys):
    assert main(["machines", "--regex", "a{2}|.", "--alphabet", "ab"]) == 0
    said = capsys.readouterr().out
    assert "a minimal automaton of 4 states over 'ab'; its network has 9 tanh units" in said
    assert "it accepts 'a', 'b', 'aa'\n" in said and "step" not in said
    assert main(["machines", "--regex", "[^a]"]) == 0
    assert "it accepts no word" in capsys.readouterr().out


def test_blank_symbols_and_many_units(capsys):
    assert main(["machines", "--regex", " {60}", " "]) == 0
    said = rows(capsys)
    assert ["1", "'", "'", "number", "1", "of", "63", "0", "1", "no"] in said
    assert not any(row[:1] == ["it"] for row in said)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["sums", "1"], "there is no machine 'sums': did you mean sum?"),
        (["sum"], "sum has nothing to read: write 'sum 2 -0.5 1 1'"),
        (["sum", "9" * 30], "beyond 16,777,216"),
        (["sum", "1", "two"], "step 2 has 'two'"),
        (["larger", "1,2", "3"], "step 2 is '3', which is not 2 numbers"),
        (["parity", "0120"], "symbol 3 of '0120' is '2', which is not in the alphabet '01'"),
        (["--regex", "ab", "abc"], "symbol 3 of 'abc' is 'c'"),
        (["--regex", "a(", "a"], "'a(' is no regular expression: at place 2"),
        (["--regex", "(a|b)*a(a|b){14}"], "makes more than 10,000 states"),
        (["--regex", "(a|b)*a(a|b){11}"], "a network of 8,193 units"),
        (["--regex", ""], "'' names no symbol"),
        (["--regex", "a", "--table", "t"], "give either --regex or --table"),
        (["--alphabet", "ab", "a"], "give either --regex or --table"),
        (["--regex", "a", "--alphabet", "aa"], "twice in the alphabet"),
        (["--table", "none.txt"], "cannot read none.txt"),
        (["--table", "empty.txt"], "empty.txt: the table is empty"),
        (["--table", "empty.txt", "--alphabet", "a"], "leave alphabet out"),
        (["parity", "01", "1", "-o", "a.png"], "one word"),
        (["-o", "a.svg"], "one word"),
        (["parity", "01" * 1000, "-o", "a.png"], "up to 2,000 steps"),
        (["parity", "01", "-o", "a.gif"], "must end in .png or .svg"),
    ],
)
def test_bad_input_is_told(argv, said, tmp_path, capsys):
    (tmp_path / "empty.txt").write_text("")
    assert main(["machines", *argv]) == 2
    captured = capsys.readouterr()
    assert said in captured.err and captured.err.count("\n") == 1 and not captured.out
    assert not [*tmp_path.glob("a.*")]


def test_jax_is_not_imported_to_refuse():
    code = (
        "import sys; from reverie.cli import main\n"
        "assert main(['machines', '--regex', 'a(', 'a']) == 2\n"
        "assert main(['machines', '--regex', 'ab', 'abc']) == 2\n"
        "assert main(['machines', 'sums', '1']) == 2\n"
        "assert 'jax' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
