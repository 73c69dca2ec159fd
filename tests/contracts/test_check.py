"""The checks catch what they are there for: each fault below was planted."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from contracts.table import H, T, V, X, told

from reverie.cells import GRU, Elman
from reverie.check import (
    CheckFailed,
    check_codec,
    check_core,
    check_model,
)
from reverie.concepts import PER_STEP, Carry, Condition, Core, Unrolled
from reverie.emissions import CategoricalHead
from reverie.feedbacks import OneHot
from reverie.model import SequenceModel


class Box:
    """Where something can be kept on self, against the rules."""

    content = None


class Wrapping(Core):
    """An honest wrapper; the faults below are its subclasses."""

    core: Core
    box: Box = eqx.field(static=True, default_factory=Box)

    def initial_state(self, condition, *, key=None):
        return self.core.initial_state(condition, key=key)

    def step(self, x, state, condition):
        return self.core.step(x, state, condition)


class PreviousInputKept(Wrapping):
    def step(self, x, state, condition):
        before, self.box.content = self.box.content, x
        return self.core.step(x if before is None else x + before, state, condition)


class ProjectedKeysKept(Wrapping):
    def step(self, x, state, condition):
        if self.box.content is None:
            self.box.content = condition.memory.keys.sum(0)[:X]
        return self.core.step(x + self.box.content, state, condition)


@jax.custom_batching.custom_vmap
def kernel(x):
    """As a native kernel would be, with a batching rule of its own, and a wrong one."""
    return x


@kernel.def_vmap
def kernel_of_rows(size, batched, x):
    return x - x.mean(0), batched[0]


@jax.custom_vjp
def centred(x):
    return kernel(x)


centred.defvjp(lambda x: (kernel(x), None), lambda _, gradient: (gradient,))


class RowsMixed(Wrapping):
    def step(self, x, state, condition):
        return self.core.step(centred(x), state, condition)


class OtherUnroll(Wrapping):
    def unroll(self, xs, state, condition, *, mask=None):
        return self.core.unroll(jnp.sin(xs), state, condition, mask=mask)


class WrongGradient(Wrapping):
    def unroll(self, xs, state, condition, *, mask=None):
        return self.core.unroll(jax.lax.stop_gradient(xs), state, condition, mask=mask)


class LooksAhead(Wrapping):
    def unroll(self, xs, state, condition, *, mask=None):
        return self.core.unroll(xs + xs.sum(0), state, condition, mask=mask)


class LooksFarAhead(Wrapping):
    """Nine steps, more than any short sequence has."""

    def unroll(self, xs, state, condition, *, mask=None):
        later = jnp.concatenate([xs[9:], jnp.zeros_like(xs[:9])])[: len(xs)]
        return self.core.unroll(xs + later, state, condition, mask=mask)


class StartsAnew(Wrapping):
    """After 16 steps, as something that works in blocks might."""

    def unroll(self, xs, state, condition, *, mask=None):
        if len(xs) <= 16 or mask is not None:
            return self.core.unroll(xs, state, condition, mask=mask)
        begin = self.core.initial_state(condition)
        early = self.core.unroll(xs[:16], state, condition)
        late = self.unroll(xs[16:], begin, condition)
        both = [(outs, states) for outs, _, states in (early, late)]
        outs, states = jax.tree.map(lambda *a: jnp.concatenate(a), *both)
        return outs, late[1], states


class MaskIgnored(Wrapping):
    def unroll(self, xs, state, condition, *, mask=None):
        return super().unroll(xs, state, condition)


class NotSilent(Wrapping):
    """0 * NaN is NaN: right in value, wrong in the gradient."""

    def unroll(self, xs, state, condition, *, mask=None):
        scale = jnp.sum(state.h) * 0 + 1
        return self.core.unroll(xs * scale, state, condition, mask=mask)


class FormChanges(Wrapping):
    def initial_state(self, condition, *, key=None):
        return self.core.initial_state(condition)._replace(h=jnp.zeros(H, jnp.int32))


FAULTS = {
    PreviousInputKept: "a second call equals a fresh one",
    ProjectedKeysKept: "a second call equals a fresh one",
    RowsMixed: "rows under vmap do not leak",
    OtherUnroll: "step = unroll",
    WrongGradient: "step = unroll",
    LooksAhead: "no output sees a later input",
    LooksFarAhead: "no output sees a later input",
    StartsAnew: "a split equals the whole",
    MaskIgnored: "padding has no influence",
    NotSilent: "padding has no influence",
    FormChanges: "a state keeps its form",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_core_with_a_fault_is_caught(fault, rng):
    with pytest.raises(CheckFailed) as caught:
        check_core(fault(Elman(X, H, rng=rng)), X, condition=told(rng), splits=(1,))
    assert caught.value.claim == FAULTS[fault]


def test_an_honest_core_is_not(rng):
    check_core(Wrapping(Elman(X, H, rng=rng)), X, splits=(1,))


def test_a_failure_is_one_sentence_that_tells_what_and_how_far(rng):
    with pytest.raises(
        CheckFailed, match=r"'step = unroll' does not hold: .* is off by \d.*; usually"
    ):
        check_core(OtherUnroll(Elman(X, H, rng=rng)), X)


class NoShift(SequenceModel):
    def unroll(self, values, carry=None, condition=Condition(), *, mask=None):
        carry = self.start(condition) if carry is None else carry
        is_first = jnp.zeros(len(values), bool)
        xs = jax.vmap(self.feedback, (0, 0, PER_STEP))(values, is_first, condition)
        outs, state, states = self.core.unroll(xs, carry.state, condition, mask=mask)
        distribution = jax.vmap(self.emission, (0, PER_STEP))(outs, condition)
        return Unrolled(distribution, Carry(state, values[-1], jnp.array(False)), states)


def test_a_model_without_the_shift_is_caught_by_three_checks(rng, monkeypatch):
    model = NoShift(OneHot(V), GRU(V, H, rng=rng), CategoricalHead(H, V, rng=rng))
    values = rng.integers(0, V, T).astype(np.int32)
    with pytest.raises(CheckFailed, match="does not see y_t or later.*the shift by one is missing"):
        check_model(model, values)
    monkeypatch.setattr("reverie.check.model._causal", lambda case: None)
    with pytest.raises(CheckFailed, match="unroll = the step loop"):
        check_model(model, values)
    for name in ("_equal", "_unread", "_split", "_padded", "_rows", "_long"):
        monkeypatch.setattr(f"reverie.check.model.{name}", lambda *case: None)
    with pytest.raises(CheckFailed, match="all sequences have probability 1"):
        check_model(model, values)


def test_a_model_whose_core_has_a_fault_is_caught(rng):
    values = rng.integers(0, V, T).astype(np.int32)
    for fault, claim in (
        (PreviousInputKept, "a second call equals a fresh one"),
        (RowsMixed, "rows under vmap do not leak"),
        (LooksFarAhead, "does not see y_t or later.*a core looks ahead"),
        (StartsAnew, "a split equals the whole"),
    ):
        core = fault(GRU(V, H, rng=rng))
        with pytest.raises(CheckFailed, match=claim):
            check_model(SequenceModel(OneHot(V), core, CategoricalHead(H, V, rng=rng)), values)


class ReadsWhatIsNotThere(OneHot):
    """The first symbol seems to follow symbol 0, which is the blank."""

    def __call__(self, previous, is_first, condition):
        return jax.nn.one_hot(previous, self.size)


def test_a_feedback_that_ignores_that_an_element_is_the_first_is_caught(rng):
    values = rng.integers(0, V, T).astype(np.int32)
    model = SequenceModel(
        ReadsWhatIsNotThere(V), GRU(V, H, rng=rng), CategoricalHead(H, V, rng=rng)
    )
    with pytest.raises(CheckFailed, match="the feedback reads `previous` where `is_first`"):
        check_model(model, values)


@dataclasses.dataclass(frozen=True)
class Letters:
    """A codec of letters, in which faults can be planted."""

    alphabet: str = "abc"
    lower: bool = False
    drops: bool = False

    def encode(self, raw):
        raw = raw.lower() if self.lower else raw
        return np.array([self.alphabet.index(c) for c in raw], "i4")

    def decode(self, values):
        return "".join(self.alphabet[v] for v in values)

    def describe(self):
        return {"alphabet": "cba" if self.drops else self.alphabet}

    @classmethod
    def from_description(cls, description):
        return cls(**description)


class Ragged(Letters):
    def encode(self, raw):
        return super().encode(raw).astype("i4" if len(raw) > 2 else "i8")


def test_a_codec_is_proved_and_its_faults_are_caught():
    check_codec(Letters(), ["abc", "", "cab"])
    for codec, claim in (
        (Letters(lower=True), "decode"),
        (Ragged(), "values are alike"),
        (Letters(drops=True), "a description rebuilds"),
    ):
        with pytest.raises(CheckFailed, match=claim):
            check_codec(codec, ["abc", "ABC" if codec.lower else "ab"])
