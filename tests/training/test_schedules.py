"""Schedules and budgets against their definitions."""

import math

import pytest

from reverie.errors import InputError
from reverie.training.budgets import Epochs, Minutes, Spent, Steps
from reverie.training.schedules import (
    Constant,
    Cosine,
    ExponentialForcing,
    InverseSigmoidForcing,
    LinearDecay,
    LinearForcing,
    Plateau,
)


def test_rates_begin_at_zero_peak_after_the_warm_up_and_end_at_their_floor():
    for schedule in (LinearDecay(2.0, 0.1), Cosine(2.0, 0.1), Plateau(2.0, 0.1, 0.5)):
        assert float(schedule(0.0)) == 0
        assert float(schedule(0.05)) == pytest.approx(1.0)
        assert float(schedule(0.1)) == pytest.approx(2.0)
        assert float(schedule(1.0)) == pytest.approx(0.0, abs=1e-6)
    assert float(LinearDecay(2.0, 0.0, 0.1)(1.0)) == pytest.approx(0.2)
    assert float(Cosine(2.0, 0.0, 0.1)(1.0)) == pytest.approx(0.2)
    assert float(Cosine(2.0, 0.0)(0.5)) == pytest.approx(1.0)
    assert float(LinearDecay(2.0, 0.0)(0.25)) == pytest.approx(1.5)
    assert float(Plateau(2.0, 0.0, 0.5)(0.4)) == pytest.approx(2.0)
    assert float(Plateau(2.0, 0.0, 0.5)(0.75)) == pytest.approx(1.0)
    assert float(Constant(2.0)(0.0)) == float(Constant(2.0)(1.0)) == 2.0


def test_forcing_probabilities_are_those_of_the_paper():
    for update in (0, 7, 500):
        assert float(LinearForcing(0.9, 1e-3, 0.2)(update)) == pytest.approx(
            max(0.2, 0.9 - 1e-3 * update)
        )
        assert float(ExponentialForcing(0.99)(update)) == pytest.approx(0.99**update, rel=1e-4)
        assert float(InverseSigmoidForcing(50.0)(update)) == pytest.approx(
            50 / (50 + math.exp(update / 50)), rel=1e-5
        )
    assert float(InverseSigmoidForcing(1.0)(10**6)) == pytest.approx(0.0, abs=1e-20)


def test_budgets_count_what_they_are_named_after():
    spent = Spent(step=30, epoch=0.5, seconds=90.0)
    assert Steps(60).progress(spent) == 0.5
    assert Epochs(2).progress(spent) == 0.25
    assert Minutes(3).progress(spent) == 0.5


@pytest.mark.parametrize("amount", [0, -1, math.nan, math.inf])
def test_a_budget_that_is_no_amount_is_refused(amount):
    with pytest.raises(InputError, match="budget"):
        Steps(amount)
