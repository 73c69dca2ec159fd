"""Attention: how a query finds its place in a memory."""

from reverie.attention.alignments import Alignment as Alignment
from reverie.attention.alignments import Global as Global
from reverie.attention.alignments import Local as Local
from reverie.attention.scores import Additive as Additive
from reverie.attention.scores import Bilinear as Bilinear
from reverie.attention.scores import CoverageScore as CoverageScore
from reverie.attention.scores import Dot as Dot
from reverie.attention.scores import Score as Score
from reverie.attention.scores import masked_softmax as masked_softmax
