"""Cores made of cores."""

from reverie.cores.adaptive_attention import AdaptiveAttentive as AdaptiveAttentive
from reverie.cores.attentive import Attentive as Attentive
from reverie.cores.attentive import Gate as Gate
from reverie.cores.augmented import FeedForward as FeedForward
from reverie.cores.bidirectional import Bidirectional as Bidirectional
from reverie.cores.bridged import Bridged as Bridged
from reverie.cores.delayed import Delayed as Delayed
from reverie.cores.dnc import DifferentiableNeuralComputer as DifferentiableNeuralComputer
from reverie.cores.entity_reader import EntityReader as EntityReader
from reverie.cores.expose_attention import ExposeAttention as ExposeAttention
from reverie.cores.hard_attention import HardAttentive as HardAttentive
from reverie.cores.input_feeding import InputFeeding as InputFeeding
from reverie.cores.matching import Matching as Matching
from reverie.cores.memory_network import MemoryNetwork as MemoryNetwork
from reverie.cores.pointer import Pointer as Pointer
from reverie.cores.projected import Projected as Projected
from reverie.cores.regularised import Clipped as Clipped
from reverie.cores.regularised import Dropout as Dropout
from reverie.cores.regularised import LayerNorm as LayerNorm
from reverie.cores.regularised import RecurrentDropout as RecurrentDropout
from reverie.cores.regularised import Zoneout as Zoneout
from reverie.cores.soft_window import SoftWindowStack as SoftWindowStack
from reverie.cores.stack import Stack as Stack
from reverie.cores.stack_augmented import ListAugmented as ListAugmented
from reverie.cores.stack_augmented import StackAugmented as StackAugmented
from reverie.cores.turing import NeuralTuringMachine as NeuralTuringMachine
