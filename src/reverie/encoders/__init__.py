"""Encoders: from a source to the condition of a sequence, once."""

from reverie.encoders.convolutional import Convolutional as Convolutional
from reverie.encoders.entity_network import EntityNetwork as EntityNetwork
from reverie.encoders.passages import MarkedWords as MarkedWords
from reverie.encoders.passages import Passage as Passage
from reverie.encoders.passages import PassageEncoder as PassageEncoder
from reverie.encoders.recurrent import Recurrent as Recurrent
from reverie.encoders.stories import StoryEncoder as StoryEncoder
from reverie.encoders.visual import Features as Features
from reverie.encoders.visual import FixedNetwork as FixedNetwork
from reverie.encoders.visual import Pixels as Pixels
from reverie.encoders.visual import Visual as Visual
from reverie.encoders.with_copy_ids import WithCopyIds as WithCopyIds
