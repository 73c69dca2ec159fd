"""From the options of a training to what does it: flattened here, as the network in `assembly`."""

from __future__ import annotations

import optax

from reverie.model import SequenceModel
from reverie.training.budgets import Budget, Epochs, Minutes, Steps
from reverie.training.muon import muon
from reverie.training.optimisers import adam, adamw, graves_rmsprop, sgd
from reverie.training.options import TrainingOptions
from reverie.training.parametrisations import (
    AdaptiveWeightNoise,
    Direct,
    MixedPrecision,
    Parametrisation,
    PartlyFixed,
    WeightDropped,
    WeightNoise,
    WeightNormalised,
)
from reverie.training.schedules import Constant, Cosine, Halving, LinearDecay, Plateau
from reverie.training.update import Rate


def build_budget(training: TrainingOptions) -> Budget:
    """The training budget."""
    if training.minutes is not None:
        return Minutes(training.minutes)
    if training.steps is not None:
        return Steps(training.steps)
    assert training.epochs is not None
    return Epochs(training.epochs)


def build_rate(training: TrainingOptions) -> Rate:
    """The learning rate as a function of the part of the budget that is spent."""
    if training.schedule == "halving":
        return Halving(training.rate, training.rate_parts, training.warmup)
    kinds = {"constant": Constant, "cosine": Cosine, "linear": LinearDecay, "plateau": Plateau}
    return kinds[training.schedule](training.rate, training.warmup)


def build_optimiser(training: TrainingOptions) -> optax.GradientTransformation:
    """The update rule."""
    match training.optimiser:
        case "adam":
            return adam()
        case "adamw":
            return adamw(decay=training.weight_decay)
        case "muon":
            return muon(others=training.others, decay=training.weight_decay)
        case "sgd":
            return sgd(training.momentum)
        case "graves-rmsprop":
            return graves_rmsprop(momentum=training.momentum)


def build_parametrisation(training: TrainingOptions, model: SequenceModel) -> Parametrisation:
    """The trainable arrays that become the model."""
    learned, fixed = PartlyFixed.divide(model)
    inner = _build_learned(training, learned)
    return inner if fixed is None else PartlyFixed(inner, fixed)


def _build_learned(training: TrainingOptions, model: SequenceModel) -> Parametrisation:
    if training.adaptive_weight_noise:
        noisy: Parametrisation = AdaptiveWeightNoise.around(model, training.weight_noise or 0.075)
    else:
        plain = WeightNormalised.around(model) if training.weight_norm else Direct(model)
        noisy = WeightNoise(plain, training.weight_noise) if training.weight_noise else plain
    dropped = WeightDropped(noisy, training.weight_drop) if training.weight_drop else noisy
    return MixedPrecision(dropped) if training.precision == "bfloat16" else dropped
