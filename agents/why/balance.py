"""Whether the elements weighed in are found again, and what it says if they are not.

For each framework element e, with n(e) the moles in the named phases and m(e) those weighed in,

    t(e) = ln[n(e) / m(e)] - ln[sum of n over the others / sum of m over the others]

is 0 but for error if nothing was lost. Its standard deviation follows from those of the weight
fractions, and from what the unidentified share u may hide: a share u/(1-u) of either sum, of
unknown composition.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import log_ndtr

from agents.why.records import ElementBalance
from knowledge.chemistry import framework, molar_mass_g_per_mol, parse
from knowledge.outcome import Outcome
from knowledge.recipe import Recipe

# Two percent of a phase that a scan does not show may hold one element alone, so no balance is
# better than this.
LEAST_SIGMA = 0.05
_NOTHING = 1e-6
# An element that is nowhere: half of what a refinement sees at all could be there.
_UNSEEN_SHARE = 0.01
# Of the logarithm of the share of an element, between solids of one system.
_COMPOSITION_SPREAD = 0.7
# How much is lost where something is: a quarter on average. Weighing errors: a tenth.
MEAN_LOG_LOSS = 0.3
WEIGHING_SIGMA = 0.1
# Or all of it is: a few are lost down to what cannot be seen.
_ALL_SHARE, _ALL_LOG = 0.15, 5.0
# One balance in twenty is off by far more than its error says: a phase misnamed or not seen. How
# far has a Cauchy density, so that no balance, however far off, is proof of anything.
_WILD_SHARE, _WILD_SCALE = 0.05, 0.5


def element_balance(recipe: Recipe, outcome: Outcome) -> tuple[ElementBalance, ...]:
    """t of each framework element of the target; none for one element or no named phase."""
    wanted = framework(parse(recipe.target.formula))
    phases = [p for p in outcome.phases if p.weight_fraction > _NOTHING]
    if len(wanted) < 2 or not phases:
        return ()
    content = np.array([_moles_per_g(p.formula, list(wanted)) for p in phases])
    weights = np.array([p.weight_fraction for p in phases])
    sigmas = np.array([p.sigma for p in phases])
    found = weights @ content  # shape: (elements,)
    if not found.any():
        return ()
    hidden = outcome.unidentified_weight_fraction
    spread = _COMPOSITION_SPREAD * hidden / max(1 - hidden, 0.01)
    given = np.array(list(wanted.values()))
    found = np.maximum(found, _UNSEEN_SHARE * found.sum() * given / given.sum())
    balances = []
    for i, element in enumerate(wanted):
        others, asked = found.sum() - found[i], given.sum() - given[i]
        rest = content.sum(axis=1) - content[:, i]
        gradient = content[:, i] / found[i] - rest / others
        log_ratio = math.log(found[i] / given[i]) - math.log(others / asked)
        balances.append(
            ElementBalance(
                element=element,
                log_ratio=round(log_ratio, 4),
                sigma=round(math.hypot(LEAST_SIGMA, spread, *(gradient * sigmas).tolist()), 4),
            )
        )
    return tuple(balances)


def _moles_per_g(formula: str, elements: Sequence[str]) -> list[float]:
    solid, mass_g = framework(parse(formula)), molar_mass_g_per_mol(formula)
    return [solid.get(e, 0.0) / mass_g for e in elements]


def log_loss_ratio(balance: ElementBalance) -> float:
    """ln of the likelihood of t if some of the element is lost, over that if nothing is.

    The true t is minus an exponential variable of mean `MEAN_LOG_LOSS`, so the measured one has an
    exponentially modified normal density: with r = 1/mean and s = sigma

        p(t) = r exp(r t + r^2 s^2 / 2) Phi(-(t + r s^2) / s)

    Of the losses, `_ALL_SHARE` may be anything between none and `_ALL_LOG`, evenly.
    """
    t, s, rate = balance.log_ratio, balance.sigma, 1 / MEAN_LOG_LOSS
    some = math.log(rate) + rate * t + (rate * s) ** 2 / 2 + float(log_ndtr(-(t / s + rate * s)))
    most = float(log_ndtr(-t / s)) - math.log(_ALL_LOG) if t > -_ALL_LOG else -math.inf
    lost = float(np.logaddexp(some + math.log1p(-_ALL_SHARE), most + math.log(_ALL_SHARE)))
    return _mixed(lost, t) - _log_nothing(t, s)


def log_weighing_ratio(balance: ElementBalance) -> float:
    """ln of the likelihood of t if the element's powder was weighed wrongly, over that if not.

    The true t is normal with `WEIGHING_SIGMA`, to either side.
    """
    t, s = balance.log_ratio, balance.sigma
    return _mixed(_log_normal(t, math.hypot(s, WEIGHING_SIGMA)), t) - _log_nothing(t, s)


def brought_alone(recipe: Recipe) -> Mapping[str, tuple[str, ...]]:
    """By precursor, the framework elements that no other precursor brings."""
    brings = {p: set(framework(parse(p))) for p in recipe.precursors}
    return {
        p: tuple(sorted(own - set().union(*(e for q, e in brings.items() if q != p))))
        for p, own in brings.items()
    }


def _log_nothing(t: float, s: float) -> float:
    return _mixed(_log_normal(t, s), t)


def _mixed(log_density: float, t: float) -> float:
    density = _WILD_SCALE / (math.pi * (_WILD_SCALE**2 + t * t))
    wild = math.log(_WILD_SHARE * density)
    return float(np.logaddexp(log_density + math.log1p(-_WILD_SHARE), wild))


def _log_normal(x: float, sigma: float) -> float:
    return -((x / sigma) ** 2) / 2 - math.log(sigma * math.sqrt(2 * math.pi))
