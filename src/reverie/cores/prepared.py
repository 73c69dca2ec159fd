"""A core that does its work prepared for its condition."""

from __future__ import annotations

from abc import abstractmethod

from jaxtyping import Array, Bool, Float

from reverie.concepts import Condition, Core, Key, State


class PreparedCore(Core):
    """A core all of whose work is done by what `prepare` makes of it for one condition."""

    @abstractmethod
    def prepare(self, condition: Condition) -> Core: ...

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> State:
        return self.prepare(condition).initial_state(condition, key=key)

    def step(
        self, x: Float[Array, " X"], state: State, condition: Condition
    ) -> tuple[Float[Array, " D"], State]:
        return self.prepare(condition).step(x, state, condition)

    def unroll(
        self,
        xs: Float[Array, "T X"],
        state: State,
        condition: Condition,
        *,
        mask: Bool[Array, " T"] | None = None,
    ) -> tuple[Float[Array, "T D"], State, State]:
        return self.prepare(condition).unroll(xs, state, condition, mask=mask)
