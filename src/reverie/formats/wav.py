"""Sound as a WAV file."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from jaxtyping import Float

from reverie.errors import InputError
from reverie.files import replace_file

LOUDEST = 32767
"""The largest sample of 16 bits."""
LARGEST = (1 << 32) - 64
"""The most bytes of samples: the format counts them, and its header, in 32 bits."""


def write(
    samples: Float[np.ndarray, " N"] | Float[np.ndarray, "N 2"],
    path: str | Path,
    rate: int = 44100,
) -> None:
    """Write samples from -1 to 1, mono or stereo, in 16 bits; `rate` is in samples a second.

    Raises InputError for samples beyond that range, which could only be distorted, for more than
    4 GB of them, and where the file cannot be written.
    """
    # A comparison that is False for what is no number, too.
    if not (np.abs(samples) <= 1).all():
        raise InputError(
            f"cannot write {path}: some samples are louder than 1, or no numbers; scale them"
        )
    data = np.rint(LOUDEST * samples).astype("<i2")
    if data.nbytes > LARGEST:
        raise InputError(f"cannot write {path}: a WAV file has at most 4 GB; write a part")
    with replace_file(path, "wb") as file, wave.open(file, "wb") as sound:
        sound.setnchannels(1 if data.ndim == 1 else data.shape[1])
        sound.setsampwidth(2)
        sound.setframerate(rate)
        # Told before, so that the header is right at once: a pipe cannot go back to it.
        sound.setnframes(len(data))
        sound.writeframesraw(data.tobytes())
