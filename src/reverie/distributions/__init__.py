"""Predictive distributions over the next element."""

from reverie.distributions.bernoulli import Bernoulli as Bernoulli
from reverie.distributions.categorical import Categorical as Categorical
from reverie.distributions.expecting import Expecting as Expecting
from reverie.distributions.joint import Joint as Joint
from reverie.distributions.steady import Steady as Steady
from reverie.distributions.strokes import BivariateMixture as BivariateMixture
