"""Predictive distributions over the next element."""

from reverie.distributions.bernoulli import Bernoulli as Bernoulli
from reverie.distributions.bivariate import BivariateMixture as BivariateMixture
from reverie.distributions.categorical import Categorical as Categorical
from reverie.distributions.joint import Joint as Joint
from reverie.distributions.nade import NADE as NADE
from reverie.distributions.rbm import RBM as RBM
from reverie.distributions.unsharpened import Unsharpened as Unsharpened
from reverie.distributions.with_value import WithValue as WithValue
