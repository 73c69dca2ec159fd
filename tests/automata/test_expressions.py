"""Regular expressions against `re`, word by word; and what is no expression, or too large a one."""

import random
import re
from itertools import product

import pytest

from reverie.automata.minimal import minimise
from reverie.automata.subsets import from_expression
from reverie.errors import InputError

ATOMS = ["a", "b", "c", ".", "[ab]", "[^a]", "[b-c]", "()", "[^ac]", "[a-b-]", "\\."]
SIGNS = ["*", "+", "?", "{2}", "{1,2}", "{,2}", "{2,}", "{0}", "{3}"]
WORDS = ["".join(w) for n in range(7) for w in product("abc", repeat=n)]


def expression(rng: random.Random, depth: int) -> str:
    """An expression by chance."""
    kind = rng.randrange(5) if depth else 0
    if kind == 0:
        return rng.choice(ATOMS)
    part, other = expression(rng, depth - 1), expression(rng, depth - 1)
    return [f"({part}|{other})", part + other, f"({part}){rng.choice(SIGNS)}", f"(|{part}){other}"][
        kind - 1
    ]


def test_the_words_are_those_that_re_accepts():
    rng, sizes = random.Random(0), []
    for _ in range(70):
        text = expression(rng, 5)
        dfa, pattern = from_expression(text, "abc"), re.compile(text)
        expected = [word for word in WORDS if pattern.fullmatch(word)]
        assert [word for word in WORDS if dfa.accepts(word)] == expected, text
        assert minimise(dfa).states == dfa.states
        sizes.append(dfa.states)
    assert max(sizes) > 10


@pytest.mark.parametrize(
    ("text", "alphabet", "states"),
    [
        ("(ab|ba)*", "ab", 4),
        ("(a|b)*a(a|b){4}", "ab", 32),
        ("a{2,4}", "a", 6),
        ("\\n\\t\\\\", "\t\n\\", 5),
        ("[a\\]-]", "-]a", 3),
        ("a|", "a", 3),
        ("]}", "]}", 4),
        ("(" * 100 + "a" + ")" * 100, "a", 3),
        ("(a)" * 120, "a", 122),
        ("a{500}", "a", 502),
    ],
)
def test_the_alphabet_and_the_number_of_states(text, alphabet, states):
    dfa = from_expression(text)
    assert dfa.alphabet == alphabet and dfa.states == states


def test_an_alphabet_may_have_symbols_that_are_not_named():
    dfa = from_expression(".*x", "yxz")
    assert dfa.alphabet == "yxz" and dfa.accepts("zyx") and not dfa.accepts("zxy")
    assert from_expression("", "a").accepts("") and not from_expression("b", "a").accepts("a")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a(", "place 2, there is a ( without"),
        ("(a|(b)", "place 1, there is a ( without"),
        ("ab)", "place 3, there is a ) without"),
        ("*a", "place 1, there is nothing that * could repeat"),
        ("a|+", "place 3, there is nothing that +"),
        ("(?:a)", "place 2, there is nothing that ?"),
        ("a**", "place 3, a repetition is repeated"),
        ("a{2}{3}", "place 5, a repetition is repeated"),
        ("ab{", "place 3, braces"),
        ("a{x}", "place 2, braces"),
        ("a{,}", "place 2, braces"),
        ("a{}", "place 2, braces"),
        ("a{٣}", "place 2, braces"),
        ("a{3,2}", "place 2, 3 repetitions or more cannot be 2"),
        ("a{10001}", "place 2, something is repeated more than 10,000"),
        ("a{" + "9" * 5000 + "}", "place 2, something is repeated more than 10,000"),
        ("a[", "place 2, there is a [ without"),
        ("[a-", "place 1, there is a [ without"),
        ("[ab\\", "place 4, there is nothing behind the backslash"),
        ("x[]", "place 2, a class is empty"),
        ("[^]", "place 1, a class is empty"),
        ("[ac-b]", "place 3, a range ends before"),
        ("[\0-\U0010ffff]", "place 2, a range has more than 1,000"),
        ("a\\", "place 2, there is nothing behind the backslash"),
        ("a\\d", "place 3, \\d means nothing"),
        ("^a", "place 1, there is ^"),
        ("a$", "place 2, there is $"),
        ("(" * 101 + "a" + ")" * 101, "place 101, groups are nested"),
    ],
)
def test_what_is_no_expression_is_told_with_its_place(text, place):
    with pytest.raises(InputError, match=f"is no regular expression: at {re.escape(place)}"):
        from_expression(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(a|b)*a(a|b){14}", "makes more than 10,000 states"),
        ("a{9999}", "makes more than 10,000 states"),
        ("(((a{99}){99}){99}){99}", "too large, with what it repeats"),
        ("(((a{0}){9999}){9999}){9999}", "too large, with what it repeats"),
        ("([\u0100-\u0480]?){300}", "too large, with what it repeats"),
        (".", "names no symbol"),
        ("[^a-c]|" + "|".join(map(chr, range(256, 1400))), "up to 1,000 symbols"),
    ],
)
def test_what_would_be_too_large_is_refused(text, said):
    with pytest.raises(InputError, match=said):
        from_expression(text)
