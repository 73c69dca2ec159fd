"""Feedbacks: from the previous element to the core's input."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from reverie.concepts import Condition, Feedback, Value
from reverie.layers import Linear, Role, parameter, uniform


class OneHot(Feedback):
    """The unit vector of the previous symbol (V,); before the first, the null vector."""

    size: int = eqx.field(static=True)

    def __call__(
        self, previous: Int[Array, ""], is_first: Bool[Array, ""], condition: Condition
    ) -> Float[Array, " V"]:
        return jnp.where(is_first, 0.0, jax.nn.one_hot(previous, self.size))

    def blank(self) -> Int[Array, ""]:
        return jax.device_put(np.int32(0))


class Embedding(Feedback):
    """A learned vector a symbol: row y_{t-1} of E (V, X); before the first, the null vector."""

    E: Float[Array, "V X"] = parameter(Role.TABLE)

    def __init__(self, size: int, width: int, *, rng: np.random.Generator):
        self.E = uniform(rng, size, width, scale=1.0)

    def __call__(
        self, previous: Int[Array, ""], is_first: Bool[Array, ""], condition: Condition
    ) -> Float[Array, " X"]:
        return jnp.where(is_first, 0.0, self.E[previous])

    def blank(self) -> Int[Array, ""]:
        return jax.device_put(np.int32(0))


class Identity(Feedback):
    """The previous vector of N numbers as it is; before the first, zeros."""

    size: int = eqx.field(static=True)

    def __call__(
        self, previous: Float[Array, " N"], is_first: Bool[Array, ""], condition: Condition
    ) -> Float[Array, " N"]:
        return jnp.where(is_first, 0.0, previous)

    def blank(self) -> Float[Array, " N"]:
        return jax.device_put(np.zeros(self.size, jnp.result_type(float)))


class Concatenated(Feedback):
    """Several feedbacks side by side, one a part of a joint element: their inputs joined."""

    feedbacks: tuple[Feedback, ...]

    def __call__(
        self, previous: Value, is_first: Bool[Array, ""], condition: Condition
    ) -> Float[Array, " X"]:
        parts = zip(self.feedbacks, previous, strict=True)
        return jnp.concatenate([feedback(p, is_first, condition) for feedback, p in parts])

    def blank(self) -> Value:
        return tuple(feedback.blank() for feedback in self.feedbacks)


class Conditioned(Feedback):
    """What another feedback says, joined at every step by the condition's vector and step row."""

    feedback: Feedback

    def __call__(
        self, previous: Value, is_first: Bool[Array, ""], condition: Condition
    ) -> Float[Array, " X"]:
        given = [part for part in (condition.vector, condition.steps) if part is not None]
        return jnp.concatenate([self.feedback(previous, is_first, condition), *given])

    def blank(self) -> Value:
        return self.feedback.blank()


class Pointed(Feedback):
    """What stands where the previous element points: row y_{t-1} of the memory's values (S, C).

    Before the first it is the null vector. Raises ValueError where the condition has no memory.
    """

    def __call__(
        self, previous: Int[Array, ""], is_first: Bool[Array, ""], condition: Condition
    ) -> Float[Array, " C"]:
        if condition.memory is None:
            raise ValueError("this feedback reads what is pointed at: give the condition a memory")
        return jnp.where(is_first, 0.0, condition.memory.values[previous])

    def blank(self) -> Int[Array, ""]:
        return jax.device_put(np.int32(0))

    @property
    def raw(self) -> bool:
        return False  # what an encoder made is no raw data


class StepRow(Feedback):
    """The row of the step in the condition alone: of N numbers, the last is not read.

    So what is answered does not depend on what was answered before. Raises ValueError where the
    condition has no rows.
    """

    size: int = eqx.field(static=True)
    """N, of an element."""

    def __call__(
        self, previous: Float[Array, " N"], is_first: Bool[Array, ""], condition: Condition
    ) -> Float[Array, " X"]:
        if condition.steps is None:
            raise ValueError("this feedback reads a row of each step: give the condition some")
        return condition.steps

    def blank(self) -> Float[Array, " N"]:
        return jax.device_put(np.zeros(self.size, jnp.result_type(float)))


class Begun(Feedback):
    """What another feedback says; before the first element W v + b, v the condition's vector.

    The picture is so fed once, at the first step (Karpathy 2015; Vinyals 2015). A vector of zeros
    alone, where there is nothing to be told, begins as no vector does: with b.
    Raises ValueError where the condition has no vector.
    """

    feedback: Feedback
    linear: Linear
    """W (X, C) and b."""

    def __init__(self, feedback: Feedback, vector: int, inputs: int, *, rng: np.random.Generator):
        """`vector` is C and `inputs` is X, what the other feedback gives."""
        self.feedback, self.linear = feedback, Linear(vector, inputs, rng=rng)

    def __call__(
        self, previous: Value, is_first: Bool[Array, ""], condition: Condition
    ) -> Float[Array, " X"]:
        if condition.vector is None:
            raise ValueError("this feedback begins with a vector: give the condition one")
        begin = self.linear(condition.vector)
        return jnp.where(is_first, begin, self.feedback(previous, is_first, condition))

    def blank(self) -> Value:
        return self.feedback.blank()
