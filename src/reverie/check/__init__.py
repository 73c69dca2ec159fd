"""Proofs that a part of one's own keeps the promises that the library relies on.

Each check runs a part at a small size and raises `CheckFailed`, in one sentence: which
property does not hold, how far off, and what usually causes it.
"""

from reverie.check.codec import check_codec as check_codec
from reverie.check.comparing import CheckFailed as CheckFailed
from reverie.check.core import check_core as check_core
from reverie.check.model import check_model as check_model
from reverie.check.predictive import check_predictive as check_predictive
