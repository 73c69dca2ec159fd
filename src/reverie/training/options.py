"""The options of a training. No jax here."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from reverie.errors import InputError
from reverie.settings import Options, option


@dataclass(frozen=True)
class TrainingOptions(Options):
    """How the network learns."""

    alternatives: ClassVar[tuple[str, ...]] = ("minutes", "steps", "epochs")

    minutes: float | None = option(3.0, "training budget in minutes", above=0)
    steps: int | None = option(None, "training budget in updates; replaces minutes", above=0)
    epochs: float | None = option(
        None, "training budget in passes over the data; replaces minutes", above=0
    )
    lanes: int = option(32, "batch size: number of sequences read in parallel (B)", least=1)
    objective: Literal["teacher-forcing", "scheduled-sampling"] = option(
        "teacher-forcing", "training objective"
    )
    forcing: Literal["linear", "exponential", "inverse-sigmoid"] = option(
        "inverse-sigmoid", "scheduled sampling: decay of the probability of the true element"
    )
    forcing_k: float = option(
        1000.0, "scheduled sampling: constant k of the decay (below 1 for exponential)", above=0
    )
    forcing_c: float = option(1e-4, "scheduled sampling: slope c of the linear decay", least=0)
    forcing_floor: float = option(
        0.0, "scheduled sampling: floor of the linear decay", least=0, below=1
    )
    optimiser: Literal["adam", "adamw", "muon", "sgd", "graves-rmsprop"] = option(
        "adam", "optimiser"
    )
    rate: float = option(2e-3, "peak learning rate", above=0)
    schedule: Literal["constant", "cosine", "linear", "plateau", "halving"] = option(
        "cosine", "learning rate schedule"
    )
    warmup: float = option(
        0.02,
        "warm-up: fraction of the run in which the learning rate rises, or with halving is half",
        least=0,
        below=1,
    )
    rate_parts: int = option(
        4, "halving: number of equal parts of the run, each at half the rate of the last", least=1
    )
    momentum: float = option(0.9, "momentum of sgd and graves-rmsprop", least=0, below=1)
    weight_decay: float = option(0.0, "weight decay of adamw and muon", least=0)
    others: float = option(
        3.0, "muon: factor of the learning rate of tables, outputs, gains and biases", above=0
    )
    clip_norm: float = option(1.0, "limit of the norm of the gradient; 0: off", least=0)
    weight_noise: float = option(0.0, "standard deviation of weight noise; 0: off", least=0)
    adaptive_weight_noise: bool = option(
        False, "adaptive weight noise: learn its deviations, starting at weight-noise or 0.075"
    )
    weight_norm: bool = option(
        False, "weight normalisation: learn direction and length of weights separately"
    )
    weight_drop: float = option(
        0.0, "weight drop: dropout rate on recurrent weights", least=0, below=1
    )
    averaging: float = option(
        0.0, "weight averaging: decay of the moving average; 0: off", least=0, below=1
    )
    precision: Literal["single", "bfloat16"] = option(
        "single", "precision of matrix products; bfloat16 is faster where the processor has it"
    )
    evaluations: int = option(20, "number of validations during the run", least=1)
    patience: int = option(
        0, "early stopping: number of validations without improvement; 0: off", least=0
    )
    seed: int = option(0, "random seed", least=0, below=2**32)
    processes: Literal["auto"] | int = option(
        "auto",
        "number of processes on this machine; auto: one, as measured on a CPU",
        least=1,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        given = [name for name in self.alternatives if getattr(self, name) is not None]
        if len(given) != 1:
            said = " and ".join(given) or "none"
            raise InputError(f"give one of minutes, steps and epochs, not {said}")
        if self.weight_norm and self.adaptive_weight_noise:
            raise InputError("weight-norm and adaptive-weight-noise exclude each other: choose one")


@dataclass(frozen=True)
class LaneTrainingOptions(TrainingOptions):
    """How the network learns from one long text, in many lanes."""

    length: int = option(64, "length of the segments: symbols between updates (T)", least=1)
    restarts: float = option(
        0.02, "probability that the state of a lane is reset before an update", least=0, below=1
    )


@dataclass(frozen=True)
class SourceTrainingOptions(TrainingOptions):
    """How a network learns symbols given a source that it may look at."""

    smoothing: float = option(
        0.1, "label smoothing: probability spread over all symbols", least=0, below=1
    )
    share: float = option(0.0, "weight of the doubly stochastic penalty on the attention", least=0)
    tau: float = option(
        1.0, "doubly stochastic penalty: target of the total attention to a place", above=0
    )
    draws: int = option(2, "hard attention: number of sampled places", least=2)
    entropy: float = option(0.0, "hard attention: weight of the entropy of the attention", least=0)
