"""The options of a training. No jax here."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from reverie.errors import InputError
from reverie.settings import Options, option


@dataclass(frozen=True)
class TrainingOptions(Options):
    """How the network learns."""

    alternatives: ClassVar[tuple[str, ...]] = ("minutes", "steps", "epochs")

    minutes: float | None = option(3.0, "train so long by the clock", above=0)
    steps: int | None = option(None, "or so many updates", above=0)
    epochs: float | None = option(None, "or so many passes over the data", above=0)
    lanes: int = option(32, "sequences read side by side (B)", least=1)
    objective: Literal["teacher-forcing", "scheduled-sampling"] = option(
        "teacher-forcing", "what stands in front of each prediction"
    )
    forcing: Literal["linear", "exponential", "inverse-sigmoid"] = option(
        "inverse-sigmoid", "scheduled sampling: how the truth recedes"
    )
    forcing_k: float = option(1000.0, "its constant k (below 1 for exponential)", above=0)
    forcing_c: float = option(1e-4, "the slope c of the linear form", least=0)
    forcing_floor: float = option(0.0, "the least of the linear form", least=0, below=1)
    optimiser: Literal["adam", "adamw", "muon", "sgd", "graves-rmsprop"] = option(
        "adam", "the update rule"
    )
    rate: float = option(2e-3, "the learning rate at its height", above=0)
    schedule: Literal["constant", "cosine", "linear", "plateau"] = option(
        "cosine", "the rate over the run"
    )
    warmup: float = option(0.02, "fraction of the run in which the rate rises", least=0, below=1)
    momentum: float = option(0.9, "of sgd and graves-rmsprop", least=0, below=1)
    weight_decay: float = option(0.0, "of adamw and muon", least=0)
    others: float = option(3.0, "muon: what the rate of tables and biases is times", above=0)
    clip_norm: float = option(1.0, "clip the gradient's norm; 0: off", least=0)
    weight_noise: float = option(0.0, "standard deviation of noise on weights", least=0)
    adaptive_weight_noise: bool = option(False, "learn the noise, from weight-noise or 0.075 on")
    weight_norm: bool = option(False, "learn direction and length of weights apart")
    weight_drop: float = option(0.0, "dropout on recurrent weights", least=0, below=1)
    averaging: float = option(0.0, "decay of a running mean of weights; 0: off", least=0, below=1)
    evaluations: int = option(20, "looks at valid, evenly over the run", least=1)
    patience: int = option(0, "stop after so many looks without gain; 0: off", least=0)
    seed: int = option(0, "of everything random", least=0, below=2**32)
    processes: Literal["auto"] | int = option("auto", "processes on this machine", least=1)

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

    length: int = option(64, "symbols between updates (T)", least=1)
    restarts: float = option(0.02, "how often a lane begins anew within the text", least=0, below=1)
