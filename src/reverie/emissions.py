"""Emissions: from the core's output to the distribution of the next element."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.concepts import Condition, Emission, Enumerable
from reverie.distributions import (
    NADE,
    RBM,
    Bernoulli,
    BivariateMixture,
    Categorical,
    Joint,
    Unsharpened,
    WithValue,
)
from reverie.layers import Linear, Role, clip_gradient, filled, parameter, uniform


class CategoricalHead(Emission):
    """One of V symbols: softmax(W out + b), W (V, D)."""

    linear: Linear

    def __init__(self, outputs: int, size: int, *, rng: np.random.Generator):
        self.linear = Linear(outputs, size, rng=rng, role=Role.OUTPUT)

    def __call__(self, out: Float[Array, " D"], condition: Condition) -> Categorical:
        return Categorical(self.linear(out))


class Softmax(Emission):
    """One of V symbols: softmax(out). The core has made the logits, with tables of its own."""

    def __call__(self, out: Float[Array, " V"], condition: Condition) -> Categorical:
        return Categorical(out)


class BottleneckHead(Emission):
    """One of V symbols, through a narrow layer: softmax(E tanh(W out + b) + c), E (V, P).

    Bahdanau (2014) and others have a maxout there.
    """

    linear: Linear
    """W and b."""
    output: Linear
    """E and c."""

    def __init__(self, outputs: int, width: int, size: int, *, rng: np.random.Generator):
        """`width` is P and `size` is V."""
        self.linear = Linear(outputs, width, rng=rng)
        self.output = Linear(width, size, rng=rng, role=Role.OUTPUT)

    def __call__(self, out: Float[Array, " D"], condition: Condition) -> Categorical:
        return Categorical(self.output(jnp.tanh(self.linear(out))))


class BernoulliHead(Emission):
    """N independent bits: sigmoid(W out + b), W (N, D)."""

    linear: Linear

    def __init__(self, outputs: int, size: int, *, rng: np.random.Generator):
        self.linear = Linear(outputs, size, rng=rng, role=Role.OUTPUT)

    def __call__(self, out: Float[Array, " D"], condition: Condition) -> Bernoulli:
        return Bernoulli(self.linear(out))


class MDNHead(Emission):
    """Where the pen goes and whether it is lifted there: 6 M + 1 numbers from W out + b.

    The element is ((2,) offset, (1,) bit). Rows of W stand in the order: the bit, weights, mu,
    log sd, r. Gradients of the 6 M + 1 numbers are clipped to [-limit, limit]; Graves (2013)
    has 100. A bias leaves the bit alone. Departure: the bit's logit has the usual sign, the
    paper's the other.
    """

    linear: Linear
    limit: float = eqx.field(static=True)

    def __init__(
        self, outputs: int, components: int, *, rng: np.random.Generator, limit: float = 100.0
    ):
        self.linear = Linear(outputs, 6 * components + 1, rng=rng, role=Role.OUTPUT)
        self.limit = limit

    def __call__(self, out: Float[Array, " D"], condition: Condition) -> Joint:
        numbers = clip_gradient(self.limit, self.linear(out))
        weights, mu1, mu2, log_sd1, log_sd2, r = jnp.split(numbers[1:], 6)
        mu, log_sd = jnp.stack([mu1, mu2], -1), jnp.stack([log_sd1, log_sd2], -1)
        lifted = Unsharpened(Bernoulli(numbers[:1]))
        return Joint((BivariateMixture(weights, mu, log_sd, r), lifted))


class JointEmission(Emission):
    """Several emissions side by side: their independent joint."""

    emissions: tuple[Emission, ...]

    def __call__(self, out: Float[Array, " D"], condition: Condition) -> Joint:
        return Joint(tuple(emission(out, condition) for emission in self.emissions))


class WithBaseline(Emission):
    """Another emission, and the reward rb = w . out + b that the model expects, w (D,), b ().

    The learned baseline of MIXER (Ranzato 2016): a linear regression from the hidden state,
    whose gradient does not go on into it. It starts from zeros. Raises TypeError for an
    emission whose elements cannot be listed.
    """

    emission: Emission
    w: Float[Array, " D"] = parameter(Role.GAIN)
    b: Float[Array, ""] = parameter(Role.BIAS)

    def __init__(self, emission: Emission, outputs: int):
        self.emission, self.w, self.b = emission, filled(0.0, outputs), filled(0.0)

    def __call__(self, out: Float[Array, " D"], condition: Condition) -> WithValue:
        distribution = self.emission(out, condition)
        if not isinstance(distribution, Enumerable):
            raise TypeError(f"{type(distribution).__name__} cannot be listed: it has no baseline")
        return WithValue(distribution, self.w @ jax.lax.stop_gradient(out) + self.b)


class Copying(Emission):
    """One of V symbols, generated or copied from where the core looked (See 2017).

        g = sigmoid(w . h + b)      p(y) = g p_gen(y) + (1 - g) sum_{s: name_s = y} alpha_s

    out = [h (D,); alpha (S,)]. What alpha gives to places without a name, or to none, goes to
    p_gen, so that p sums to 1. Raises ValueError where the condition's memory has no names.
    """

    emission: Emission
    w: Float[Array, " D"] = parameter(Role.GAIN)
    b: Float[Array, ""] = parameter(Role.BIAS)

    def __init__(self, emission: Emission, outputs: int, *, rng: np.random.Generator):
        """`outputs` is D, without alpha; generation is preferred at first: b = 2."""
        self.emission, self.w, self.b = emission, uniform(rng, outputs), jnp.asarray(2.0)

    def __call__(self, out: Float[Array, " D+S"], condition: Condition) -> Categorical:
        if condition.memory is None or condition.memory.copy_ids is None:
            raise ValueError("a copy needs names: give the condition's memory some")
        h, alpha = jnp.split(out, [self.w.shape[0]])
        generated = self.emission(h, condition)
        assert isinstance(generated, Enumerable)
        log_probs = generated.log_probs()
        gate, names = self.w @ h + self.b, condition.memory.copy_ids
        there = jnp.where(names < 0, 0.0, alpha)
        copied = jnp.zeros_like(log_probs).at[names].add(there)
        left = jax.nn.sigmoid(gate) + jax.nn.sigmoid(-gate) * jnp.maximum(1 - there.sum(), 0)
        # Where nothing is copied, log 0 would be right and its gradient would not.
        amount = jax.nn.sigmoid(-gate) * jnp.where(copied > 0, copied, 1.0)
        least = 1e-37
        both = jnp.logaddexp(jnp.log(left + least) + log_probs, jnp.log(amount + least))
        return Categorical(jnp.where(copied > 0, both, jnp.log(left + least) + log_probs))


class PlaceSoftmax(Emission):
    """One of the S places of the condition's memory: softmax(out) over those that are real.

    It has no weights: a core such as `Pointer` says how well each place answers. Raises ValueError
    where the condition has no memory.
    """

    def __call__(self, out: Float[Array, " S"], condition: Condition) -> Categorical:
        if condition.memory is None:
            raise ValueError("a place is one of a memory: give the condition one")
        mask = condition.memory.mask
        # Of a row that only fills a batch no place is real: any distribution, but no NaN.
        return Categorical(jnp.where(mask | ~mask.any(), out, -jnp.inf))


class Biased(Emission):
    """Another emission of V symbols, its logits shifted by what the condition's vector says: + B v.

    B (V, C) begins with zeros. Raises TypeError for an emission whose elements cannot be
    listed, ValueError where the condition has no vector.
    """

    emission: Emission
    B: Float[Array, "V C"] = parameter(Role.OUTPUT)

    def __init__(self, emission: Emission, size: int, width: int):
        """`size` is V and `width` is C."""
        self.emission, self.B = emission, filled(0.0, size, width)

    def __call__(self, out: Float[Array, " D"], condition: Condition) -> Enumerable:
        if condition.vector is None:
            raise ValueError("this emission is told a vector: give the condition one")
        distribution = self.emission(out, condition)
        if not isinstance(distribution, Enumerable):
            raise TypeError(f"{type(distribution).__name__} cannot be listed: it has no logits")
        return distribution.reweight(distribution.log_probs() + self.B @ condition.vector)


class NADEHead(Emission):
    """N bits, each dependent on those before it: RNN-NADE (Boulanger-Lewandowski 2012).

        b = W_b out + b0 (N,)      c = W_c out + c0 (H,)

    and W (H, N) and V (N, H), the same for all steps. Matrices begin as everywhere, in
    U(-1, 1) / sqrt(fan in), and biases at 0. Departure: the paper trains a NADE of single
    elements first and begins with its matrices.
    """

    visible: Linear
    """W_b and b0."""
    hidden: Linear
    """W_c and c0."""
    W: Float[Array, "H N"] = parameter(Role.TABLE)
    V: Float[Array, "N H"] = parameter(Role.OUTPUT)

    def __init__(self, outputs: int, size: int, hidden: int, *, rng: np.random.Generator):
        """`size` is N and `hidden` is H."""
        self.visible = Linear(outputs, size, rng=rng, role=Role.OUTPUT)
        self.hidden = Linear(outputs, hidden, rng=rng)
        self.W, self.V = uniform(rng, hidden, size), uniform(rng, size, hidden)

    def __call__(self, out: Float[Array, " D"], condition: Condition) -> NADE:
        return NADE(self.visible(out), self.hidden(out), self.W, self.V)


class RBMHead(Emission):
    """N bits, dependent through H hidden ones: RNN-RBM (Boulanger-Lewandowski 2012).

        b = W_b out + b0 (N,)      c = W_c out + c0 (H,)

    and W (H, N), the same for all steps, which begins with numbers of standard deviation 0.01
    (Hinton 2012), the other matrices as everywhere. `ContrastiveDivergence` trains it.
    Departure: the paper trains an RBM of single elements first and begins with its W, b0 and c0.
    """

    visible: Linear
    """W_b and b0."""
    hidden: Linear
    """W_c and c0."""
    steps: int = eqx.field(static=True)
    """Of Gibbs sampling, where the model samples."""
    W: Float[Array, "H N"] = parameter(Role.TABLE)

    def __init__(
        self, outputs: int, size: int, hidden: int, *, rng: np.random.Generator, steps: int = 25
    ):
        """`size` is N and `hidden` is H."""
        self.visible = Linear(outputs, size, rng=rng, role=Role.OUTPUT)
        self.hidden = Linear(outputs, hidden, rng=rng)
        self.W, self.steps = uniform(rng, hidden, size, scale=0.01 * 3**0.5), steps

    def __call__(self, out: Float[Array, " D"], condition: Condition) -> RBM:
        return RBM(self.visible(out), self.hidden(out), self.W, self.steps)
