"""Programs: the grammar beside Python's own, the writer, the curricula, and what is measured."""

import re
from itertools import islice, product

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.errors import InputError
from reverie.recipes import recipe
from reverie.settings import change
from reverie.tasks.programs.accuracy import (
    Accuracy,
    AccuracyTable,
    accuracy_table,
    measure_accuracy,
)
from reverie.tasks.programs.curriculum import build_curriculum
from reverie.tasks.programs.data import (
    codec_of,
    example_of,
    exercise_reader,
    held_out,
    kind_of,
    part_of,
    training_exercises,
)
from reverie.tasks.programs.execute import answer, spelled
from reverie.tasks.programs.exercises import Addition, Difficulty, Exercise, Memorisation
from reverie.tasks.programs.grammar import DEPTH, evaluate
from reverie.tasks.programs.heat import heat_picture
from reverie.tasks.programs.options import ProgramData
from reverie.tasks.programs.writer import FACTOR, OPERATIONS, Programs

PAPER = "j=8584\nfor x in range(8):j+=920\nb=(1500+j)\nprint((b+7567))"
OTHER = "i=8827\nc=(i-5347)\nprint((c+8704) if 2641<8500 else 5308)"
KINDS = [Programs(), Addition(), Memorisation(), Memorisation(inverted=True, doubled=True)]


def python_prints(text: str) -> str:
    """What Python itself prints; it has no other names than these two."""
    printed: list[int] = []
    exec(text, {"__builtins__": {"range": range, "print": printed.append}})
    (value,) = printed
    return str(value)


# The grammar.


@pytest.mark.parametrize(("length", "nesting"), [(1, 1), (3, 3), (6, 8), (18, 20)])
def test_python_agrees_and_the_grammar_takes_all_that_is_written(rng, length, nesting):
    kind, difficulty = Programs(), Difficulty(length, nesting)
    for _ in range(1000):
        drawn = kind.draw(rng, difficulty)
        assert drawn.answer == python_prints(drawn.question) + "."
        assert kind.pose(drawn.question) == drawn


def test_the_programs_of_the_paper():
    assert evaluate(PAPER) == 25011 and evaluate(OTHER) == 12184
    spaced = PAPER.replace("range(8):", "range( 8 ) :\n\t").replace("j=", "j = ") + " \r\n\n"
    assert Programs().pose(spaced) == Exercise(PAPER + "\n", "25011.")


def test_whatever_is_changed_python_agrees_or_it_is_refused(rng):
    """Characters left out, doubled, exchanged: no error but ours, no answer but Python's."""
    taken, kind = 0, Programs()
    for _ in range(3000):
        text = list(kind.draw(rng, Difficulty(2, 3)).question)
        for place in rng.integers(0, len(text), rng.integers(1, 3)):
            text[place] = str(rng.choice(["", "(", ")", text[place] * 2, *kind.alphabet]))
        try:
            posed = kind.pose("".join(text))
        except InputError:
            continue
        assert posed.answer == python_prints(posed.question) + ".", text
        taken += 1
    assert 150 < taken < 1500


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the program is empty: write one such as print"),
        (" \n\t\n", "the program is empty"),
        ("j=5", "line 1, column 4: expected a variable, for or print, not the end of the program"),
        ("print(4/2)", "line 1, column 8: these programs have no division"),
        ("print(4%2)", "no division"),
        ("print(é)", "line 1, column 7: expected a number, a variable, or one of"),
        ("print(" + 31 * "9" + ")", "line 1, column 7: a number has 31 digits: write at most 30"),
        ("print(007)", "line 1, column 7: 007 begins with 0"),
        ("print(1+2+3)", r"line 1, column 10: expected '\)', not '\+'"),
        ("print(12", r"line 1, column 9: expected '\)', not the end of the line"),
        ("print(1)\nj=2", "line 2, column 1: expected the end of the program behind the print"),
        ("j=5 print(j)", "line 1, column 5: expected the end of the line, not 'print'"),
        ("j=5\nprint((b+1))", "line 2, column 8: b has no value yet: assign one before"),
        ("for x in range(3):j+=1\nprint(j)", "line 1, column 19: j has no value yet"),
        ("j=1\nfor x in range(j):j+=1\nprint(j)", "line 2, column 16: expected a number"),
        ("j=1\nfor x in range(2):j+=j\nprint(j)", "line 2, column 22: expected a number"),
        ("j=1\nfor x in range(2):j*=2\nprint(j)", r"column 20: expected \+= or -=, not '\*'"),
        ("j=1\nfor y in range(2):j+=2\nprint(j)", "line 2, column 5: expected 'x', not 'y'"),
        ("x=5\nprint(x)", "a variable of one letter, which is not x"),
        ("total=5\nprint(5)", "expected a variable of one letter, which is not x, not 'total'"),
        ("if=5\nprint(5)", "expected a variable, for or print, not 'if'"),
        ("while 1:pass", "line 1, column 1: expected a variable of one letter"),
        ("print((1 if 2 else 3))", "line 1, column 15: expected < or >, not 'else'"),
        ("print(-5)", r"expected a number, a variable or \(, not '-'"),
        ("print(__import__)", "expected a number"),
        ("print(1)" + 5000 * " ", "the program has 5,008 characters: write at most 4,000"),
    ],
)
def test_it_is_said_where_a_program_leaves_the_grammar(text, said):
    with pytest.raises(InputError, match=said):
        evaluate(text)


def test_no_program_takes_long_or_much():
    nested = "(" * DEPTH + "5" + ")" * DEPTH
    assert evaluate(f"print({nested})") == 5 == evaluate("j=((5))\n" * DEPTH + "print(j)")
    for deep in (f"print(({nested}))", "print(" + "(" * 3990):
        with pytest.raises(InputError, match=f"more than {DEPTH} parentheses"):
            evaluate(deep)
    long = 30 * "9"
    assert evaluate(f"j=1\nfor x in range({long}):j-=2\nprint(j)") == 1 - 2 * int(long)
    with pytest.raises(InputError, match=r"line 4, column 5: a value has more than 60 digits"):
        evaluate(f"j={long}\nj=(j*j)\nk=j\nj=(j*j)\nprint(j)")
    with pytest.raises(InputError, match="more than 60 digits"):
        evaluate(f"j={long}\nj=(j*j)\nfor x in range({long}):j+={long}\nprint((j+j))")


# What is written.


def test_one_look_and_constant_memory_are_enough(rng):
    """What was computed so far stands left of every operator, or is a variable; and of all
    variables only the last one is read again."""
    for _ in range(1000):
        lines = Programs().draw(rng, Difficulty(3, 6)).question.splitlines()
        assert not any(re.search(r"[-+*<>]\(|(if|else) \(", line) for line in lines)
        last = ""
        for line in lines:
            name, _, expression = line.rpartition("=" if "print" not in line else "print")
            assert set(re.findall(r"\b[a-wyz]\b", expression)) <= {last}
            last = name[-2] if name[-1:] in "+-" and "for" in name else name or last
        assert last or len(lines) == 1


def test_difficulties_are_what_was_asked_for(rng):
    for kind, length in product(KINDS, (1, 4)):
        for _ in range(50):
            nesting = int(rng.integers(1, 6)) if isinstance(kind, Programs) else 1
            drawn = kind.draw(rng, Difficulty(length, nesting))
            found = kind.difficulty(drawn)
            assert found.nesting == nesting and set(drawn.question + drawn.answer) <= {
                *kind.alphabet
            }
            limit = len(str(FACTOR * length)) if isinstance(kind, Programs) else length
            assert found.length <= max(length, limit)
            if not isinstance(kind, Programs):
                assert found.length == length


def check_frequent(counts, expected):
    """Five standard deviations: one of a million right ones fails."""
    count, expected = counts.sum(), np.asarray(expected)
    assert (abs(counts - count * expected) < 5 * np.sqrt(count * expected * (1 - expected))).all()


def test_all_operations_are_equally_probable(rng):
    marks = ["for", "if", r"\*", "=", r"\+", "-"]
    counts = np.zeros(6, int)
    for _ in range(3000):
        text = Programs().draw(rng, Difficulty(2, 1)).question
        counts[next(n for n, mark in enumerate(marks) if re.search(mark, text))] += 1
    check_frequent(counts, np.full(6, 1 / 6))


class Greatest:
    """Chance that always draws one operation and the greatest number."""

    def __init__(self, operation):
        self.operation = operation

    def integers(self, low, high=None, size=None):
        if high == len(OPERATIONS):
            return np.full(size, self.operation)
        most = (low if high is None else high) - 1
        return most if size is None else np.full(size, most)

    def permutation(self, values):
        return np.array(values)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: type(kind).__name__)
def test_no_exercise_is_longer_than_is_said(rng, kind):
    for length, nesting in product((1, 3, 8), (1, 2, 5)):
        difficulty = Difficulty(length, nesting if isinstance(kind, Programs) else 1)
        rngs = [rng] * 200 + [Greatest(operation) for operation in range(len(OPERATIONS))]
        longest = max(len("".join(kind.draw(each, difficulty))) for each in rngs)
        assert 0.8 * kind.longest(difficulty) < longest <= kind.longest(difficulty)


def test_numbers_are_posed_as_they_are_drawn(rng):
    assert Memorisation().pose(" 398\n") == Exercise("398\n", "398.")
    assert Memorisation(inverted=True).pose("398") == Exercise("893\n", "398.")
    assert Memorisation(doubled=True).pose("398") == Exercise("398;398\n", "398.")
    assert Addition().pose("print( 12 + 9 )") == Exercise("print(12+9)\n", "21.")
    for kind in KINDS[1:3]:
        drawn = kind.draw(rng, Difficulty(5))
        assert kind.pose(drawn.question) == drawn
    for kind, wrong in ((Memorisation(), "12a"), (Memorisation(), "j=1"), (Addition(), PAPER)):
        with pytest.raises(InputError, match="is not (a number|the sum of two)|expected"):
            kind.pose(wrong)


# In which order they come.


def curriculum(name: str, **options):
    return build_curriculum(ProgramData(curriculum=name, length=3, nesting=2, **options))


def test_the_naive_curriculum_raises_length_then_nesting(rng):
    naive = curriculum("naive", level_epochs=2)
    levels = [(1, 1), (2, 1), (3, 1), (1, 2), (2, 2), (3, 2)]
    assert [naive(rng, epoch) for epoch in range(12)] == [each for each in levels for _ in "ab"]
    assert naive(rng, 10**6) == (3, 2) == curriculum("baseline")(rng, 0)


@pytest.mark.parametrize(("name", "naive"), [("mix", 0.0), ("combined", 0.5)])
def test_mix_is_uniform_and_combined_is_half_naive(rng, name, naive):
    drawn, counts = curriculum(name, level_epochs=1), np.zeros((3, 2), int)
    for _ in range(4000):
        length, nesting = drawn(rng, 1)
        counts[length - 1, nesting - 1] += 1
    expected = np.full((3, 2), (1 - naive) / 6)
    expected[1, 0] += naive
    check_frequent(counts.ravel(), expected.ravel())


def test_growing_is_half_naive_and_half_what_it_has_passed(rng):
    drawn = curriculum("growing", level_epochs=2)
    levels = drawn.naive.levels
    assert {drawn(rng, 1) for _ in range(20)} == {levels[0]}
    for epoch, level in ((6, 3), (99, 5)):
        found = [levels.index(drawn(rng, epoch)) for _ in range(4000)]
        expected = np.full(level + 1, 0.5 / (level + 1))
        expected[level] += 0.5
        check_frequent(np.bincount(found, minlength=level + 1), expected)


def test_a_position_says_all_of_a_batch():
    data = ProgramData(length=2, nesting=2)
    reader, again = exercise_reader(data, 6), exercise_reader(data, 6)
    batch, following = reader.at((7, 99))
    assert following == (8, 0)
    assert again.at((7, 99))[0].examples.values.tolist() == batch.examples.values.tolist()
    assert again.at((7, 98))[0].examples.values.tolist() != batch.examples.values.tolist()
    shapes = {reader.at((0, n))[0].examples.values.shape[1] for n in range(30)}
    assert shapes <= {size for size, _ in reader.shapes} and len(reader.shapes) == 4


# What is learned from, and what is measured.


def test_only_the_answer_counts():
    kind = Addition()
    example = example_of(codec_of(kind), Exercise("print(5+6)\n", "11."))
    assert example.weights.tolist() == [0] * 11 + [1] * 3


def test_nothing_that_is_measured_is_learned_from():
    data = ProgramData(kind="addition", length=2, nesting=1, curriculum="baseline")
    kind, draw = kind_of(data), training_exercises(data)
    parts = [held_out(kind, part, Difficulty(2), 200) for part in ("valid", "test")]
    parts.append([draw(np.random.default_rng(n), 0) for n in range(2000)])
    valid, test, train = ({exercise.question for exercise in part} for part in parts)
    assert not (valid & test or valid & train or test & train)
    assert len(train) > 1500 and parts[0][:20] == held_out(kind, "valid", Difficulty(2), 20)
    # Of numbers of one digit few are left, and there is an answer all the same.
    assert len(held_out(Memorisation(), "test", Difficulty(1), 3)) == 3
    shares = np.bincount([part_of(f"{n}") == "train" for n in range(4000)]) / 4000
    assert shares[1] == pytest.approx(14 / 16, abs=0.03)


KIND = Memorisation()
CODEC = codec_of(KIND)


@pytest.fixture(scope="module")
def model():
    """An untrained model with strong opinions."""
    system = recipe("memorisation")
    config = change(system.Config(), {"hidden": 5, "layers": 1})
    built = system.build(config, CODEC, rng=np.random.default_rng(3))
    return jax.tree.map(lambda a: 6 * a, built)


def test_what_is_written_is_the_most_probable_each_time(model):
    """One character at a time, by the model's own step."""
    question = "31\n"
    carry = model.start()
    for value in CODEC.encode(question):
        _, state = model.step(carry)
        carry = carry._replace(state=state, previous=np.int32(value), is_first=np.array(False))
    for guess in islice(answer(model, CODEC, question), 6):
        distribution, state = model.step(carry)
        p = np.exp(np.asarray(distribution.log_probs()))
        first, second = np.argsort(-p)[:2]
        assert (guess.written, guess.second) == (CODEC.alphabet[first], CODEC.alphabet[second])
        assert (guess.probability, guess.second_probability) == pytest.approx(
            (p[first], p[second]), rel=1e-4
        )
        carry = carry._replace(state=state, previous=np.int32(first))


def test_an_answer_ends_with_its_dot(model):
    dots = 99.0 * (np.array(CODEC.symbols()) == ".")
    sure = eqx.tree_at(lambda m: m.emission.linear.b, model, jnp.asarray(dots, jnp.float32))
    assert spelled(answer(sure, CODEC, "31\n")) == "."


@eqx.filter_jit
def read(model, values):
    return model.unroll(values).distribution.log_probs()


def most_probable(model, text) -> np.ndarray:
    """What stands at each place of a text most probably."""
    values = np.zeros(10, np.int32)
    values[: len(text)] = CODEC.encode(text)
    return np.asarray(read(model, values)).argmax(-1)[: len(text)]


def test_accuracies_are_those_of_a_plain_loop(model):
    """Answers that are the model's own, and the same with a mistake: whole ones are exact."""
    exercises, exact, right, count, ends = [], [], 0, 0, 0
    for n in range(12):
        question = f"{n}\n"
        text = spelled(answer(model, CODEC, question))[: 3 + n % 3]
        if n % 4:
            wrong = CODEC.alphabet[(CODEC.encode(text[-1])[0] + n) % CODEC.size]
            text = text[:-1] + wrong if n % 4 < 3 else wrong + text[1:]
        exercises.append(Exercise(question, text))
        best = most_probable(model, question + text)[len(question) :]
        hits = best == CODEC.encode(text)
        exact.append(spelled(answer(model, CODEC, question)).startswith(text))
        assert exact[-1] == hits.all()
        right, count, ends = right + hits.sum(), count + len(hits), ends + hits[-1]
    found = measure_accuracy(model, CODEC, exercises)
    few = (right - ends) / (count - len(exercises))
    assert found == pytest.approx((right / count, few, np.mean(exact)))
    assert 0 < found.exact < 1 and 0 < found.characters < 1 and found.characters != found.digits
    assert measure_accuracy(model, CODEC, exercises, 20) == pytest.approx(found)


def test_a_table_and_a_heat_map_by_length_and_nesting(model):
    table = accuracy_table(model, KIND, CODEC, Difficulty(2, 1), 30)
    assert table.array("exact").shape == (2, 1)
    exercises = held_out(KIND, "test", Difficulty(2), 30)
    assert table.cells[0][0] != table.cells[1][0] == measure_accuracy(model, CODEC, exercises, 6)
    cells = [[Accuracy(a / 10, 0.0, b / 10) for b in range(1, 3)] for a in range(1, 4)]
    table = AccuracyTable(cells)
    head, *rows = table.lines()
    assert head.endswith("nesting 1       nesting 2")
    assert rows[2].split() == ["length", "3", "30.0", "/", "10.0", "30.0", "/", "20.0"]
    characters, _, exact, _ = heat_picture({"": table}).axes
    assert exact.get_xlabel() == "length" and exact.get_ylabel() == "nesting"
    (image,) = exact.images
    np.testing.assert_allclose(image.get_array(), [[0.1] * 3, [0.2] * 3])
    np.testing.assert_allclose(characters.images[0].get_array(), [[0.1, 0.2, 0.3]] * 2)
    shown = {text.get_position(): text.get_text() for text in characters.texts}
    assert shown[3, 2] == "30"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"length": 0}, "length must be 1 or more"),
        ({"length": 19}, "length must be below 19"),
        ({"nesting": 21}, "nesting must be below 21"),
        ({"doubled": True}, "inverted and doubled are of memorisation"),
        ({"kind": "addition"}, "addition has one operation: set nesting to 1"),
        ({"curriculum": "none"}, "curriculum must be one of baseline"),
    ],
)
def test_options_that_cannot_be_are_told(options, said):
    with pytest.raises(InputError, match=said):
        ProgramData(**options)
