"""Encoders: from a source to the condition of a sequence, once."""

from reverie.encoders.named import Named as Named
from reverie.encoders.recurrent import Recurrent as Recurrent
from reverie.encoders.recurrent import Source as Source
