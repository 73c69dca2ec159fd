"""Encoders: from a source to the condition of a sequence, once."""

from reverie.encoders.recurrent import Recurrent as Recurrent
from reverie.encoders.with_copy_ids import WithCopyIds as WithCopyIds
