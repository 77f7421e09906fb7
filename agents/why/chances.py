"""How likely each thing is to go wrong before anybody looks at the product.

Each is a probability from what is known of solids, energies and furnaces, and knows nothing of the
outcome at hand.
"""

import math
from collections.abc import Iterable

from scipy.special import ndtr

from knowledge.chemistry import framework, parse
from knowledge.kinetics import PairwiseBelief
from knowledge.outcome import Fault, Outcome
from knowledge.recipe import Recipe
from knowledge.transitions import Temperature, melting
from lab.crucibles import evaporating_element, share, volatile_limits_c, volatile_powders_c

# Of the pairs that are mobile, as many react to the end in one firing of some hours.
REACTS_TO_THE_END = 0.8
# Below this, reactions were slow in the A-Lab (Szymanski et al., Nature 624, 86 (2023)); and how
# sharp that is.
SLUGGISH_EV_PER_ATOM = 0.05
_SLUGGISH_SIGMA_EV = 0.02
# Not each such reaction stalls; how many do is this project's guess.
_STALLS_WHERE_SLUGGISH = 0.4
_LEAST_ENERGY_SIGMA_EV = 0.01
# Limits of furnaces with volatile charges are choices, not boiling points.
_VOLATILE_SIGMA_C = 100.0
# What evaporates in some hours need not be enough to spoil a product.
_LOSS_SPOILS = 0.6
# A free oxide leaves that much below one bound in a compound: MoO3 from 800 to 950 C, not 1150 C.
_FREE_OXIDE_C = 200.0
# Less of an element than this among the framework is a trace.
_TRACE = 0.01
# Not every melt spoils a product: what was weighed in and melts is a flux that reacts away.
_MELT_OF_PRODUCT, _MELT_OF_PRECURSOR = 0.7, 0.15
# Elements whose oxides build glasses (Zachariasen, J. Am. Chem. Soc. 54, 3841 (1932)).
GLASS_FORMERS = frozenset({"B", "Si", "Ge", "P", "As", "V", "Te"})
_GLASS, _GLASS_OF_FORMERS = 0.05, 0.15
# A tenth of the compounds of a system are in no table; not each of them gets in the way.
UNKNOWN_RIVAL = 0.05
# Faults that nobody reports: per powder weighed, and per sample.
_WEIGHED_WRONG, _UNREPORTED = 0.015, 0.03
_REPORTED = 0.7
# The furnace did something else than asked if it was this much off.
_OFF_C, _OFF_SHARE_OF_HOLD = 15.0, 0.8
_HARMLESS = ("scan",)
_WEIGHING = ("mass", "weigh")
_TEMPERATURE = ("overshoot",)


def stalls(belief: PairwiseBelief, temperature_c: float) -> float:
    """Probability that a pair has not reacted to the end at a temperature."""
    return 1 - REACTS_TO_THE_END * belief.probability_mobile(temperature_c)


def mobile_from_c(belief: PairwiseBelief, up_to_c: float = 1700.0) -> float | None:
    """The least temperature, in steps of 5 C, at which a pair is likelier than not to react.

    None where that is above `up_to_c`.
    """
    grid = (5.0 * k for k in range(int(up_to_c / 5) + 1))
    return next((t for t in grid if belief.probability_mobile(t) > 0.5), None)


def starves(force_ev_per_atom: float, sigma_ev_per_atom: float) -> float:
    """Probability that a reaction stalls for want of a driving force."""
    spread = math.hypot(sigma_ev_per_atom, _SLUGGISH_SIGMA_EV)
    sluggish = float(ndtr((SLUGGISH_EV_PER_ATOM - force_ev_per_atom) / spread))
    return _STALLS_WHERE_SLUGGISH * sluggish


def is_none(force_ev_per_atom: float, sigma_ev_per_atom: float) -> float:
    """Probability that a driving force is truly none: P(force < 0)."""
    return float(ndtr(-force_ev_per_atom / max(sigma_ev_per_atom, _LEAST_ENERGY_SIGMA_EV)))


def evaporates(recipe: Recipe, temperature_c: float) -> dict[str, float]:
    """Probability that so much of an element evaporates that it spoils the product.

    Of the target's elements that may. Half of its highest at the temperature from which it leaves.
    """
    found: dict[str, float] = {}
    for element, (_, limit_c) in leaving(recipe).items():
        found[element] = _LOSS_SPOILS * float(ndtr((temperature_c - limit_c) / _VOLATILE_SIGMA_C))
    return found


def leaving(recipe: Recipe) -> dict[str, tuple[str, float]]:
    """By element that may evaporate: what leaves, and from what temperature in Celsius."""
    wanted = framework(parse(recipe.target.formula))
    found: dict[str, tuple[str, float]] = {}
    for oxide, limit_c in volatile_limits_c().items():
        element = evaporating_element(oxide)
        if share(recipe.target.formula, element) >= _TRACE:
            free = any(set(framework(parse(p))) == {element} for p in recipe.precursors)
            found[element] = oxide, limit_c - (_FREE_OXIDE_C if free else 0.0)
    for powder, limit_c in volatile_powders_c().items():
        if powder in recipe.precursors:
            for element in set(framework(parse(powder))) & set(wanted):
                if limit_c < found.get(element, ("", math.inf))[1]:
                    found[element] = powder, limit_c
    return found


def melts(
    recipe: Recipe, intermediates: Iterable[str], temperature_c: float
) -> dict[str, tuple[float, Temperature]]:
    """Probability that a solid melts and that it spoils the product, with its melting point.

    Of the target and the intermediates; of precursors less, and not of salts, which fall apart.
    """
    made = dict.fromkeys([recipe.target.formula, *intermediates], _MELT_OF_PRODUCT)
    bought = {p: _MELT_OF_PRECURSOR for p in recipe.precursors if not _is_salt(p)}
    found = {}
    for formula, harm in {**bought, **made}.items():
        point = melting(formula)
        chance = float(ndtr((temperature_c - point.mean_c) / point.sigma_c))
        found[formula] = harm * chance, point
    return found


def _is_salt(formula: str) -> bool:
    return any(parse(formula)[e] for e in ("C", "H", "N"))


def stays_unnamed(recipe: Recipe) -> float:
    """Probability that a product is a glass or a phase that no library has."""
    former = GLASS_FORMERS & set(framework(parse(recipe.target.formula)))
    return _GLASS_OF_FORMERS if former else _GLASS


def weighed_wrongly(recipe: Recipe, faults: Iterable[Fault]) -> float:
    """Probability that the amounts were off; high where somebody noticed it."""
    if any(_is_about(f, _WEIGHING) for f in faults):
        return _REPORTED
    return 1 - (1 - _WEIGHED_WRONG) ** len(recipe.precursors)


def telling(outcome: Outcome) -> list[Fault]:
    """The faults that may have changed the sample: not scans, nor weighing, which is told apart.

    Of temperatures, the profile as recorded tells more than that something was noticed.
    """
    recorded = _TEMPERATURE if outcome.profile else ()
    passed_over = (*_WEIGHING, *_HARMLESS, *recorded)
    return [f for f in outcome.faults if not _is_about(f, passed_over)]


def faulty(recipe: Recipe, outcome: Outcome) -> float:
    """Probability that something went wrong in the lab; high where it was reported or recorded."""
    return _REPORTED if telling(outcome) or off_profile(recipe, outcome) else _UNREPORTED


def off_profile(recipe: Recipe, outcome: Outcome) -> str:
    """How the furnace did something else than asked, in words; empty where it did not."""
    if not outcome.profile:
        return ""
    asked, fired = recipe.hottest, max(outcome.profile, key=lambda s: s.temperature_c)
    if abs(fired.temperature_c - asked.temperature_c) > _OFF_C:
        return f"the furnace was at {fired.temperature_c:g} C, not {asked.temperature_c:g} C"
    if fired.hold_h < _OFF_SHARE_OF_HOLD * asked.hold_h:
        return f"the furnace held {fired.hold_h:g} h, not {asked.hold_h:g} h"
    return ""


def _is_about(fault: Fault, words: Iterable[str]) -> bool:
    return any(word in fault.kind for word in words)
