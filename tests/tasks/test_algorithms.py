"""Problems made on the fly: what is asked, what is right, how they are read and measured."""

from itertools import pairwise

import jax.numpy as jnp
import numpy as np
import pytest

from reverie.concepts import Condition, Example, Unrolled
from reverie.data.lanes import Position
from reverie.distributions import Bernoulli
from reverie.errors import InputError
from reverie.feedbacks import StepRow
from reverie.recipes.turing import RECIPE
from reverie.settings import change
from reverie.tasks.algorithms.bits import ngram_nats
from reverie.tasks.algorithms.build import algorithm_model, exceeds
from reverie.tasks.algorithms.catalogue import BITS, CONTEXT, STRINGS
from reverie.tasks.algorithms.data import OfSizes, fixed_reader, problem_reader
from reverie.tasks.algorithms.inspect import panels
from reverie.tasks.algorithms.measure import round_actions, sizes_to, solve
from reverie.tasks.algorithms.options import AlgorithmNetwork
from reverie.tasks.algorithms.problems import make_problem, problem_from
from reverie.tasks.algorithms.strings import PAIRS
from reverie.tasks.algorithms.task import TASK
from reverie.training.generated import GeneratedReader

WIDTH = 3
NAMES = [*BITS, *STRINGS]


def drawn(name: str, size: int, seed: int = 0) -> Example:
    return make_problem(name, WIDTH).draw(np.random.default_rng(seed), size)


@pytest.mark.parametrize("name", NAMES)
def test_none_is_longer_than_is_said(name):
    problem = make_problem(name, WIDTH)
    lengths = [len(drawn(name, size, s).values) for size in (1, 2, 5) for s in range(30)]
    limits = [problem.longest(size) for size in (1, 2, 5) for _ in range(30)]
    assert all(0 < length <= limit for length, limit in zip(lengths, limits, strict=True))
    assert max(lengths) > 0.6 * problem.longest(5)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_counted_is_an_answer(name):
    example = drawn(name, 4)
    counted = example.weights.astype(bool)
    assert counted.any()
    if name in ("copy", "repeat-copy", "recall", "priority-sort"):
        assert not example.values[~counted].any()
        assert not example.source.steps[counted].any()


@pytest.mark.parametrize("name", NAMES)
def test_a_problem_comes_back_from_its_description(name):
    problem = make_problem(name, WIDTH)
    assert problem_from(problem.describe()) == problem


def test_damaged_descriptions_are_told():
    good = make_problem("copy", WIDTH).describe()
    for wrong in ({"width": 0}, {"width": 10**9}, {"name": "anbn"}, {"kind": "x"}, {"name": 3}):
        with pytest.raises(InputError, match="use an unchanged copy"):
            problem_from(good | wrong)
    with pytest.raises(InputError, match="no problem 'copi': did you mean copy"):
        make_problem("copi", WIDTH)


def split(example: Example) -> tuple[np.ndarray, np.ndarray]:
    """What is shown, and what is wanted."""
    counted = example.weights.astype(bool)
    return example.source.steps[~counted], example.values[counted]


def test_vectors_are_copied():
    shown, wanted = split(drawn("copy", 5))
    assert np.array_equal(wanted, shown[1:-1, :WIDTH]) and wanted.shape == (5, WIDTH)
    assert shown[0, WIDTH] == shown[-1, WIDTH + 1] == 1 and shown[:, WIDTH:].sum() == 2


def test_vectors_are_copied_as_often_as_is_asked():
    for seed in range(20):
        shown, wanted = split(drawn("repeat-copy", 4, seed))
        times = round(10 * shown[-1, WIDTH + 1])
        assert np.array_equal(wanted[:-1, :WIDTH], np.tile(shown[1:-1, :WIDTH], (times, 1)))
        assert wanted[-1].tolist() == [0] * WIDTH + [1] and not wanted[:-1, WIDTH].any()


def test_the_item_behind_the_one_asked_for_is_recalled():
    for seed in range(20):
        shown, wanted = split(drawn("recall", 4, seed))
        begins = np.flatnonzero(shown[:, WIDTH] == 1)
        items = [shown[b + 1 : b + 4, :WIDTH] for b in begins]
        first, _last = np.flatnonzero(shown[:, WIDTH + 1] == 1)
        asked = shown[first + 1 : first + 4, :WIDTH]
        behind = [after for before, after in pairwise(items) if np.array_equal(before, asked)]
        assert any(np.array_equal(wanted, after) for after in behind)


def test_vectors_are_sorted_by_priority():
    shown, wanted = split(drawn("priority-sort", 10))
    order = sorted(range(10), key=lambda n: -shown[n, WIDTH])[:8]
    assert np.array_equal(wanted, shown[order, :WIDTH])


def test_the_source_of_ngrams_is_not_known_but_learned():
    example = drawn("ngrams", 400)
    bits = example.values.astype(int).ravel()
    assert np.array_equal(example.source.steps[1:, 0], bits[:-1])
    # The exchangeable way to say the same: each past's bits are a Polya urn, in any order.
    from scipy.special import betaln

    nats = 0.0
    for past in range(2**CONTEXT):
        places = [
            n
            for n in range(CONTEXT, len(bits))
            if int("".join(map(str, bits[n - CONTEXT : n])), 2) == past
        ]
        ones = int(bits[places].sum())
        nats -= betaln(ones + 0.5, len(places) - ones + 0.5) - betaln(0.5, 0.5)
    assert ngram_nats(example.values) == pytest.approx(nats)


def test_words_of_automata_are_followed():
    example = drawn("parity", 9)
    ones = np.cumsum(example.source.steps[:, 1])
    assert np.array_equal(example.values[:, 0], ones % 2)
    assert len({drawn(f"automaton-{n}", 40).values.tobytes() for n in range(1, 6)}) == 5


def written(name: str, size: int, seed: int) -> tuple[str, str]:
    problem = make_problem(name, WIDTH)
    example = problem.draw(np.random.default_rng(seed), size)
    text = problem.symbols.decode(example.values)
    given = int((example.weights == 0).sum())
    return text[:given], text[given:]


@pytest.mark.parametrize("seed", range(10))
def test_strings_go_on_as_they_must(seed):
    size = 1 + seed
    assert "".join(written("anbn", size, seed)) == "a" * size + "b" * size + "."
    assert "".join(written("anbncn", size, seed)) == "a" * size + "b" * size + "c" * size + "."
    text = "".join(written("anbmcnm", size, seed))
    assert text == "a" * text.count("a") + "b" * text.count("b") + "c" * text.count("c") + "."
    assert text.count("c") == text.count("a") + text.count("b") == max(2, size)
    given, answer = written("binary-addition", size, seed)
    assert int(answer[-2::-1], 2) == sum(int(n, 2) for n in given[:-1].split("+"))
    given, answer = written("reversal", size, seed)
    assert given[::-1][1:] + "." == answer
    given, answer = written("repetition", size, seed)
    assert given[:-1] + "." == answer


@pytest.mark.parametrize("seed", range(10))
def test_brackets_are_closed(seed):
    given, answer = written("brackets", 1 + seed, seed)
    stack = []
    for symbol in given[:-1] + answer[:-1]:
        if symbol in PAIRS:
            stack.append(symbol)
        else:
            assert PAIRS[stack.pop()] == symbol
    assert not stack and given.count("(") + given.count("[") + given.count("{") == 1 + seed


def reader(rows: int = 4, **options) -> GeneratedReader:
    return problem_reader(OfSizes(make_problem("copy", WIDTH), 1, 9), rows, 5, **options)


def test_a_position_says_all():
    one, following = reader().at(Position(2, 7))
    again, _ = reader().at(Position(2, 7))
    other, _ = reader().at(Position(2, 8))
    assert np.array_equal(one.examples.values, again.examples.values)
    assert one.examples.values.shape != other.examples.values.shape or not np.array_equal(
        one.examples.values, other.examples.values
    )
    assert following == Position(2, 8)
    assert reader().at(Position(2, 99))[1] == Position(3, 0)
    with pytest.raises(InputError, match="no batch 100 in epoch 0"):
        reader().at(Position(0, 100))


def test_processes_share_a_batch():
    whole, _ = reader().at(Position(0, 3))
    halves = [reader().shard(n, 2).at(Position(0, 3))[0].examples for n in range(2)]
    for part in ("values", "mask", "weights"):
        joined = np.concatenate([getattr(half, part) for half in halves])
        assert np.array_equal(joined, getattr(whole.examples, part))
    with pytest.raises(InputError, match="use a multiple of 3"):
        reader().shard(0, 3)


def test_batches_are_padded_and_say_where():
    batch, _ = reader().at(Position())
    real = batch.examples.mask
    assert not batch.examples.source.steps[~real].any()
    assert not batch.examples.weights[~real].any()
    assert (real.sum(1) > 0).all()


def test_what_is_measured_on_is_not_learned_from():
    draw = OfSizes(make_problem("copy", 9), 9, 9)
    measured = {e.values.tobytes() for e in fixed_reader(draw, 20, 5, seed=5).dataset}
    learning = problem_reader(draw, 4, seed=5)
    batches = [learning.at(Position(n, 0))[0].examples for n in range(20)]
    length = make_problem("copy", 9).longest(9)
    learned = {row[:length].tobytes() for batch in batches for row in batch.values}
    assert len(measured) == 20 and len(learned) == 80 and not measured & learned


class Oracle:
    """Knows the answers; `wrong` of the steps it gets the first bit wrong."""

    def __init__(self, wrong: int = 0):
        self.wrong = wrong

    def condition(self, source: Condition) -> Condition:
        return source

    def start(self, condition: Condition) -> None:
        return None

    def unroll(self, values, carry, condition, *, mask) -> Unrolled:
        steps = jnp.arange(len(values))
        flip = (steps >= mask.sum() - self.wrong)[:, None] & (jnp.arange(WIDTH) == 0)
        logits = jnp.where(flip, -1, 1) * (2 * values - 1) * 50.0
        return Unrolled(Bernoulli(logits), None, None)


def test_right_answers_are_counted():
    problem = make_problem("copy", WIDTH)
    assert solve(Oracle(), problem, 4, count=25, seed=0) == pytest.approx((4, 0, 1, 1))
    found = solve(Oracle(1), problem, 4, count=25, seed=0)
    assert (found.right, found.exact) == (0.75, 0)
    assert found.bits == pytest.approx(50 / np.log(2))


def test_sizes_are_powers_of_two_and_the_last():
    assert sizes_to(10) == [1, 2, 4, 8, 10]
    assert sizes_to(8) == [1, 2, 4, 8]
    assert sizes_to(1) == [1]


SHAPES = {
    ("copy", "tape"): {"where a head writes": 5, "where a head reads": 5},
    ("copy", "dnc"): {"where a head writes": 5, "where a head reads": 5},
    ("anbn", "stacks"): {"what is in its places": 5, "what is done to it": 2},
    ("anbn", "lists"): {"what is in its places": 5, "what is done to it": 3},
}


@pytest.mark.parametrize(("name", "memory"), SHAPES)
def test_the_memory_is_shown(name, memory):
    problem = make_problem(name, WIDTH)
    network = AlgorithmNetwork(memory=memory, hidden=3, places=5, place_width=2, stacks=2)
    model = algorithm_model(network, problem, rng=np.random.default_rng(0))
    example = problem.draw(np.random.default_rng(0), 2)
    found = list(panels(model, problem, example))
    assert {len(panel.rows) for panel in found} == {len(example.values)}
    counted = example.weights.astype(bool)
    answered = next(panel.rows for panel in found if panel.title.startswith("answered"))
    assert not answered[~counted].any() and (answered[counted] > 0).all()
    for title, rows in SHAPES[name, memory].items():
        own = [panel.rows for panel in found if title in panel.title]
        assert len(own) == (2 if name == "anbn" else 1)
        assert {part.shape[1] for part in own} == {rows}
        if rows == 5 and name == "copy":
            assert all((part.sum(1) < 1.001).all() for part in own)


def test_only_what_can_be_is_built():
    problem, rng = make_problem("anbn", WIDTH), np.random.default_rng(0)
    with pytest.raises(InputError, match="set layers to 1, or memory to none"):
        algorithm_model(AlgorithmNetwork(layers=2), problem, rng=rng)
    deep = AlgorithmNetwork(memory="none", cell="gru", layers=2, hidden=3)
    assert len(algorithm_model(deep, problem, rng=rng).core.layers) == 2


def test_what_fits_no_memory_is_told():
    few, none = AlgorithmNetwork(places=5), AlgorithmNetwork(memory="none", places=5)
    for name, fits in (("copy", False), ("anbn", False), ("parity", True), ("ngrams", True)):
        problem = make_problem(name, WIDTH)
        assert exceeds(few, problem, 6) is not fits
        assert not exceeds(few, problem, 5)
        assert not exceeds(none, problem, 6)
    config = change(RECIPE.Config(), {"places": 5, "largest": 6})
    with pytest.raises(InputError, match="copy of size 6 fills 6 places, and the memory has 5"):
        TASK.open(config)
    assert TASK.open(change(config, {"largest": 5})).data.largest == 5


def test_actions_are_rounded_to_the_most_probable():
    problem = make_problem("anbn", WIDTH)
    network = AlgorithmNetwork(memory="stacks", hidden=3, places=5, stacks=2)
    model = algorithm_model(network, problem, rng=np.random.default_rng(0))
    example = problem.draw(np.random.default_rng(0), 2)
    titles = "what is done to it"
    soft = [p.rows for p in panels(model, problem, example) if titles in p.title]
    hard = [p.rows for p in panels(round_actions(model), problem, example) if titles in p.title]
    assert all(np.isin(part, (0, 1)).all() for part in hard)
    assert not any(np.isin(part, (0, 1)).all() for part in soft)


def test_a_step_row_reads_the_condition_alone():
    feedback = StepRow(2)
    row = jnp.arange(3.0)
    for last in (0.0, 7.0):
        told = feedback(jnp.full(2, last), jnp.array(False), Condition(steps=row))
        assert np.array_equal(told, row)
    with pytest.raises(ValueError, match="give the condition some"):
        feedback(jnp.zeros(2), jnp.array(True), Condition())
    assert feedback.blank().shape == (2,)
