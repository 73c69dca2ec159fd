"""Checks that a component has the properties that the library relies on.

Each check runs a component at a small size and raises `CheckFailed`, in one sentence: which
property does not hold, by how much, and the usual cause.
"""

from reverie.check.codec import check_codec as check_codec
from reverie.check.comparing import CheckFailed as CheckFailed
from reverie.check.core import check_core as check_core
from reverie.check.model import check_model as check_model
from reverie.check.predictive import check_predictive as check_predictive
