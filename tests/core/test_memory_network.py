"""What a story becomes, what padding must not change, and what networks that ask it share."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.concepts import Condition, Example, Memory, Story
from reverie.cores import EntityReader, MemoryNetwork
from reverie.cores.memory_network import encode_positions
from reverie.emissions import CategoricalHead, Softmax
from reverie.encoders import EntityNetwork, StoryEncoder
from reverie.encoders.stories import latest
from reverie.feedbacks import Embedding, OneHot
from reverie.layers import Role, Undrawn, roles
from reverie.model import SequenceModel, nll
from reverie.rollout import generate
from reverie.samplers import Greedy
from reverie.training.linear_start import LinearStart
from reverie.training.objectives import TeacherForcing
from reverie.training.schedules import Halving
from reverie.trees import names

V, D, K, N = 7, 5, 2, 9
WORDS = np.array([[1, 2, 3], [4, 0, 0], [5, 5, 0], [2, 4, 1]])
QUESTION = np.array([3, 1])
ANSWER = np.array([2, 6], np.int32)


def story(places=4, words=3, more=0):
    """Four sentences, padded to so many places and words; the question to `more` words more."""
    plain = Story(WORDS, np.ones(4, bool), np.pad(QUESTION, (0, more)))
    padded = plain.pad(0, places)
    return padded._replace(words=np.pad(padded.words, ((0, 0), (0, words - 3))))


def network(rng, **options):
    core = MemoryNetwork(V, D, K, N, rng=rng, **options)
    return SequenceModel(OneHot(V), core, Softmax(), StoryEncoder())


def entities(rng):
    encoder = EntityNetwork(V, D, 3, 6, rng=rng)
    head = CategoricalHead(D, V, rng=rng)
    return SequenceModel(Embedding(V, D, rng=rng), EntityReader(D, rng=rng), head, encoder)


MODELS = {
    "adjacent": network,
    "layer-wise": lambda rng: network(rng, layer_wise=True),
    "words-in-a-bag": lambda rng: network(rng, positions=False),
    "entities": entities,
}
each_model = pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)


@jax.jit
def read(model, source, values=ANSWER):
    condition = model.condition(source)
    return model.unroll(values, model.start(condition), condition)


@jax.jit
def loss(model, source):
    return nll(read(model, source).distribution, ANSWER).sum()


differentiate = jax.jit(jax.value_and_grad(loss))


def test_the_formula_of_position_encoding():
    """l_kj = (1 - j/J) - (k/d) (1 - 2 j/J): of 2 words and of 1, with d = 4; then no word."""
    found = encode_positions(jnp.array([[3, 1, 0], [2, 0, 0], [0, 0, 0]]), 4)
    quarters = np.arange(1, 5) / 4
    of_two = [0.5 * np.ones(4), quarters, np.zeros(4)]
    np.testing.assert_allclose(found[0], of_two, rtol=1e-6)
    np.testing.assert_allclose(found[1], [quarters, np.zeros(4), np.zeros(4)], rtol=1e-6)
    np.testing.assert_array_equal(found[2], 0)


def test_the_order_of_words_matters_only_with_positions(rng):
    turned = story()._replace(words=WORDS[:, ::-1] * [[1], [0], [0], [1]])
    plain = story()._replace(words=WORDS * [[1], [0], [0], [1]])
    for positions in (True, False):
        model = network(rng, positions=positions)
        alike = np.allclose(loss(model, turned), loss(model, plain), rtol=1e-6)
        assert alike != positions


def test_times_count_back_from_the_last_real_sentence():
    for places in (4, 7):
        memory = StoryEncoder()(story(places)).memory
        np.testing.assert_array_equal(memory.values[:, 0], [4, 3, 2, 1, 0, 0, 0][:places])
        np.testing.assert_array_equal(memory.mask, np.arange(places) < 4)


@pytest.mark.parametrize(("real", "first"), [(0, 0), (2, 0), (3, 0), (5, 2), (6, 3)])
def test_only_the_most_recent_sentences_are_remembered(real, first):
    words = np.arange(1, 7)[:, None]
    found = latest(Story(words, np.arange(6) < real, QUESTION), 3)
    kept = min(real, 3)
    np.testing.assert_array_equal(found.mask, np.arange(3) < kept)
    np.testing.assert_array_equal(found.words[:kept, 0], words[first:real, 0])
    memory = StoryEncoder(3)(Story(words, np.arange(6) < real, QUESTION)).memory
    np.testing.assert_array_equal(memory.values[:kept, 0], np.arange(kept, 0, -1))


def test_noise_keeps_the_order_and_leaves_a_tenth_empty():
    source, encoder = Story(np.ones((40, 1), int), np.ones(40, bool), QUESTION), StoryEncoder()
    keys = jax.random.split(jax.random.key(1), 500)
    times = np.array(jax.vmap(lambda k: encoder(source, key=k).memory.values[:, 0])(keys))
    assert (np.diff(times, axis=1) < 0).all() and times.min() == 1
    empty = times[:, 0] - 40
    assert len(set(empty)) > 5 and abs(empty.sum() / times[:, 0].sum() - 0.1) < 0.01
    # Anywhere: as often after the last sentence as between any two.
    assert abs((times[:, -1] > 1).mean() - 0.1) < 0.05
    assert abs((np.diff(times, axis=1) < -1).mean() - 0.1) < 0.01
    without = StoryEncoder(empty=0)(source, key=keys[0]).memory
    np.testing.assert_array_equal(without.values[:, 0], np.arange(40, 0, -1))


def test_noise_does_not_depend_on_the_padding():
    key, encoder = jax.random.key(0), StoryEncoder(6, 0.5)
    plain, padded = (encoder(story(places), key=key).memory.values for places in (4, 9))
    assert plain.max() > 4
    np.testing.assert_array_equal(padded[:4], plain)


def test_times_before_the_first_that_is_known_count_as_that(rng):
    model, condition = network(rng), StoryEncoder()(story())

    @jax.jit
    def answer(times):
        memory = condition.memory._replace(values=times[:, None])
        return model.unroll(ANSWER, condition=condition._replace(memory=memory)).states.h

    told = (np.array([n, 3, 2, 1]) for n in (N - 1, N, N + 1, N + 50))
    before, *others = map(answer, told)
    for other in others:
        np.testing.assert_array_equal(other, others[0])
    assert not np.array_equal(before, others[0])


@each_model
@pytest.mark.parametrize("sizes", [(9, 6, 4), (60, 3, 0)])
def test_padding_changes_nothing(make, sizes, rng, double):
    model = make(rng)
    plain, padded = (differentiate(model, s) for s in (story(), story(*sizes)))
    for one, other in zip(*map(jax.tree.leaves, (plain, padded)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)


@each_model
def test_what_stands_behind_the_mask_changes_nothing(make, rng):
    model, padded = make(rng), story(6)
    spoilt = padded._replace(words=np.where(padded.mask[:, None], padded.words, 5))
    np.testing.assert_array_equal(loss(model, padded), loss(model, spoilt))


@each_model
def test_the_embedding_of_no_word_is_nothing_and_has_no_gradient(make, rng):
    model, padded = make(rng), story(6, 5, 2)
    _, gradient = differentiate(model, padded)
    if isinstance(model.core, MemoryNetwork):
        tables = [gradient.core.E[:, 0], *([gradient.core.own.B[0]] if gradient.core.own else [])]
        moved = jax.tree.map(
            lambda a: a.at[..., 0, :].add(3.0) if a.shape[-2:] == (V, D) else a, model
        )
        np.testing.assert_array_equal(loss(moved, padded), loss(model, padded))
    else:
        tables = [gradient.encoder.E[0]]
    for row in tables:
        np.testing.assert_array_equal(row, 0)


@each_model
@pytest.mark.parametrize(
    "source",
    [
        story()._replace(mask=np.zeros(4, bool)),
        story()._replace(words=0 * WORDS),
        story()._replace(question=0 * QUESTION),
        story()._replace(words=0 * WORDS, question=0 * QUESTION),
    ],
    ids=["nothing-told", "empty-sentences", "no-question", "nothing-at-all"],
)
def test_gradients_are_finite_whatever_is_empty(make, source, rng):
    model = make(rng)
    for scale in (1.0, 0.0, 1e4):
        scaled = jax.tree.map(lambda a, scale=scale: scale * a, model)
        found = differentiate(scaled, source)
        assert all(bool(jnp.isfinite(leaf).all()) for leaf in jax.tree.leaves(found))


@each_model
def test_weights_sum_to_one_and_lie_on_real_places(make, rng):
    model = make(rng)
    states = read(model, story(7)).states
    assert states.weights.shape[:1] == (2,) and states.weights.ndim == 3
    np.testing.assert_allclose(states.weights.sum(-1), 1, rtol=1e-6)
    if isinstance(model.core, MemoryNetwork):
        assert states.weights.shape == (2, K, 7)
        np.testing.assert_array_equal(states.weights[..., 4:], 0)
    nothing = read(model, story()._replace(mask=np.zeros(4, bool))).states.weights
    assert np.isfinite(nothing).all()


@each_model
def test_the_second_word_of_an_answer_depends_on_the_first(make, rng):
    model = make(rng)
    read_after = (read(model, story(), np.array([first, 1], np.int32)) for first in (2, 6))
    logits = [found.distribution.log_probs() for found in read_after]
    np.testing.assert_array_equal(logits[0][0], logits[1][0])
    assert float(jnp.abs(logits[0][1] - logits[1][1]).max()) > 1e-4


@each_model
def test_what_is_generated_is_what_is_read(make, rng):
    model = make(rng)

    @jax.jit
    def both(model):
        condition = model.condition(story(6))
        drawn = generate(model, Greedy(), 3, key=jax.random.key(0), condition=condition)
        return drawn, model.unroll(drawn.values, condition=condition)

    drawn, whole = both(model)
    np.testing.assert_array_equal(whole.distribution.mode(), drawn.values)
    np.testing.assert_allclose(whole.states.weights, drawn.states.weights, rtol=1e-5, atol=1e-7)


def test_adjacent_tables_are_one_array(rng):
    model = network(rng)
    assert names(model) == ["core.E", "core.T"]
    assert model.core.E.shape == (K + 1, V, D) and model.core.T.shape == (K + 1, N, D)
    own = network(rng, layer_wise=True)
    assert names(own) == [f"core.{n}" for n in ("own.B", "own.W", "own.H", "E", "T")]
    assert own.core.E.shape == (2, V, D) and own.core.T.shape == (2, N, D)


def test_weights_begin_as_the_paper_says(rng):
    core = MemoryNetwork(200, 50, 3, 50, rng=rng, layer_wise=True)
    for leaf in jax.tree.leaves(core):
        assert abs(float(leaf.std()) - 0.1) < 0.005 and abs(float(leaf.mean())) < 0.01
    for make in MODELS.values():
        blank = jax.tree.leaves(make(Undrawn()))
        assert all(not leaf.any() or bool((leaf == 1).all()) for leaf in blank)
        assert [a.shape for a in blank] == [a.shape for a in jax.tree.leaves(make(rng))]


def test_roles(rng):
    own = network(rng, layer_wise=True)
    assert dict(zip(names(own), jax.tree.leaves(roles(own)), strict=True)) == {
        "core.E": Role.TABLE,
        "core.T": Role.TABLE,
        "core.own.B": Role.TABLE,
        "core.own.W": Role.OUTPUT,
        "core.own.H": Role.HIDDEN,
    }
    found = roles(entities(rng))
    assert found.encoder.U is Role.RECURRENT and found.encoder.slopes is Role.GAIN
    assert found.encoder.w is found.encoder.E is Role.TABLE and found.core.H is Role.HIDDEN


def test_a_linear_start_ends_and_leaves_the_model_as_it_was(rng):
    model, condition = network(rng), StoryEncoder()(story())
    example, key = Example(ANSWER, source=condition), jax.random.key(0)
    linear = SequenceModel(model.feedback, model.core.linearly(jnp.array(True)), model.emission)
    objective = LinearStart(TeacherForcing(), 3)

    @jax.jit
    def losses(model, update):
        return objective(model, example, model.start(condition), key, update)[0].sum()

    read_linearly = linear.unroll(ANSWER, condition=condition)
    plain, first = loss(model, story()), nll(read_linearly.distribution, ANSWER).sum()
    assert abs(float(plain - first)) > 1e-4
    for update, expected in ((0, first), (2, first), (3, plain), (50, plain)):
        np.testing.assert_allclose(losses(model, update), expected, rtol=1e-6)
    gradient = jax.jit(jax.grad(losses))(model, 0)
    assert jax.tree.structure(gradient) == jax.tree.structure(model)
    assert abs(float(read_linearly.states.weights[0, 0].sum()) - 1) > 1e-3


def test_the_rate_is_halved_every_part_and_low_at_first():
    """20 epochs at half of it, then 100 in 4 parts, of 30 updates each; 0.01 in the paper."""
    rates = Halving(0.01, 4, 20 / 120)(np.float32(np.arange(3601) / 3600))
    expected = [0.005] * 600 + [r for n in range(4) for r in [0.01 / 2**n] * 750]
    np.testing.assert_allclose(rates, [*expected, 0.00125], rtol=1e-6)
    np.testing.assert_array_equal(Halving(1.0, 2)(np.arange(5) / 4), [1, 1, 0.5, 0.5, 0.5])


def test_slots_have_the_length_1_and_wait_behind_the_mask(rng):
    encoder = entities(rng).encoder
    keys, values, mask, _ = encoder(story(6)).memory
    np.testing.assert_allclose(jnp.square(keys).sum(-1), 1, rtol=1e-5)
    assert keys is values and mask.all()
    untold = encoder(story()._replace(mask=np.zeros(4, bool))).memory.keys
    np.testing.assert_array_equal(untold, encoder.w)


def test_a_question_and_sentences_have_masks_of_their_own(rng):
    encoder = entities(rng).encoder
    same = story()._replace(question=WORDS[0])

    @jax.jit
    def differentiate(encoder):
        return jax.jacrev(lambda e: (e(same).vector.sum(), e(same).memory.keys.sum()))(encoder)

    of_vector, of_slots = differentiate(encoder)
    assert of_vector.f_question.any() and not of_vector.f.any()
    assert of_slots.f.any() and not of_slots.f_question.any()


def test_what_is_missing_is_said(rng):
    core, reader = MemoryNetwork(V, D, K, N, rng=rng), EntityReader(D, rng=rng)
    memory = StoryEncoder()(story()).memory
    with pytest.raises(ValueError, match="give the condition one"):
        core.initial_state(Condition(memory=memory))
    with pytest.raises(ValueError, match="needs a memory"):
        core.initial_state(Condition(vector=QUESTION))
    slots = Memory(jnp.ones((2, D)), jnp.ones((2, D)), np.ones(2, bool))
    with pytest.raises(ValueError, match="a vector"):
        reader.initial_state(Condition(memory=slots))
    with pytest.raises(ValueError, match="7 words for 6 masks"):
        entities(rng).encoder(story(4, 7))
