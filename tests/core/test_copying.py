"""A mixture of generating and copying: normalised, and what the equation says."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.attention import Dot
from reverie.cells import GRU
from reverie.concepts import Condition, Memory, SymbolSequence
from reverie.cores import Attentive, ExposeAttention
from reverie.emissions import CategoricalHead, Copying
from reverie.encoders import Recurrent, WithCopyIds

V, D, S = 5, 3, 4


@pytest.mark.parametrize("gate", [-40.0, -1.0, 0.0, 3.0, 40.0])
@pytest.mark.parametrize("alpha", [[0.1, 0.2, 0.3, 0.4], [0.0, 0.0, 1.0, 0.0], [0.0] * 4])
def test_it_is_a_mixture_that_sums_to_one(rng, gate, alpha):
    copying = Copying(CategoricalHead(D, V, rng=rng), D, rng=rng)
    h, names = jnp.asarray(rng.normal(size=D), jnp.float32), np.array([1, 4, -1, 1])
    copying = jax.tree.map(lambda a: a, copying)
    object.__setattr__(copying, "b", gate - copying.w @ h)
    memory = Memory(jnp.zeros((S, 1)), jnp.zeros((S, 1)), jnp.ones(S, bool), jnp.asarray(names))
    out = jnp.concatenate([h, jnp.asarray(alpha)])
    p = np.exp(copying(out, Condition(memory=memory)).log_probs())
    g = 1 / (1 + np.exp(-gate))
    generated = np.exp(copying.emission(h, Condition()).log_probs())
    copied = [sum(a for a, n in zip(alpha, names, strict=True) if n == y) for y in range(V)]
    expected = (1 - (1 - g) * sum(copied)) * generated + (1 - g) * np.array(copied)
    np.testing.assert_allclose(p, expected, rtol=1e-4, atol=1e-7)
    assert p.sum() == pytest.approx(1, abs=1e-5)

    def loss(out):
        return -copying(out, Condition(memory=memory)).log_prob(jnp.array(1))

    assert np.isfinite(jax.grad(loss)(out)).all()


def test_names_come_from_the_source_and_padding_has_none(rng):
    core = GRU(2, D, rng=rng)
    encoder = WithCopyIds(Recurrent(3, 2, core, rng=rng), (4, -1, 0))
    condition = encoder(SymbolSequence(jnp.array([2, 1, 0, 0]), jnp.arange(4) < 3))
    assert condition.memory.copy_ids.tolist() == [0, -1, 4, -1]


def test_what_cannot_be_copied_is_told(rng):
    memory = Memory(jnp.zeros((S, D)), jnp.zeros((S, 2)), jnp.ones(S, bool))
    with pytest.raises(ValueError, match="needs names"):
        Copying(CategoricalHead(D, V, rng=rng), D, rng=rng)(
            jnp.zeros(D + S), Condition(memory=memory)
        )
    blind = ExposeAttention(GRU(2, D, rng=rng))
    with pytest.raises(ValueError, match="without attention"):
        blind.step(jnp.zeros(2), blind.initial_state(Condition()), Condition())
    core = ExposeAttention(Attentive(GRU(2, D, rng=rng), Dot(), 2, rng=rng))
    told = Condition(memory=memory)
    out, state = core.step(jnp.zeros(2), core.initial_state(told), told)
    assert out.shape == (D + 2 + S,)
    np.testing.assert_allclose(out[-S:], state.alpha)
