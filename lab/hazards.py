"""What a person at the bench needs to know about a recipe: powders, dust, gas and vapours.

Nothing is refused here; that is the envelope's business (`lab.safety`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from knowledge.chemistry import framework, parse
from knowledge.recipe import Recipe
from lab.crucibles import evaporating_element, share, volatile_limits_c
from lab.data import table
from lab.evolved_gas import evolved_ml, in_ml
from lab.powders import INCOMPATIBLE, classes, is_a
from lab.procedure import DEFAULT_BATCH_G

_BRETHERICK = "Bretherick's Handbook of Reactive Chemical Hazards"
# Less than this is said of no sample.
_WORTH_SAYING_ML = 1.0
_MUCH_GAS_ML = 200.0
# Oxides are felt to evaporate some way below the limit of a furnace.
_NEAR_LIMIT_C = 150.0
_TRACE = 0.01
# What water of hydration does not change. What is weighed with its water must not be dried.
_ALSO_OF_HYDRATES = ("corrosive", "toxic")


@dataclass(frozen=True)
class Hazard:
    """One thing to know: the rule it falls under, what it is, what to do, and who says so."""

    rule: str
    what: str
    advice: str
    source: str

    def __str__(self) -> str:
        return f"{self.what}: {self.advice}"


def hazards(recipe: Recipe, batch_g: float = DEFAULT_BATCH_G) -> tuple[Hazard, ...]:
    """What to know before firing a charge for a mass of target: powders first, then the furnace.

    A pure function of recipe and batch; gases are those of `lab.evolved_gas`, estimates included.
    """
    grams = recipe.masses_g(batch_g)
    known = [
        Hazard(rule, what.format(f"{grams[powder]:.3g} g {powder}"), advice, source)
        for powder in recipe.precursors
        for rule, what, advice, source in _of_powder(powder)
    ]
    known += _of_mixture(tuple(recipe.precursors))
    known += _of_gases(evolved_ml(recipe, batch_g))
    known += _of_vapours(recipe)
    return tuple(dict.fromkeys(known))


@lru_cache(maxsize=10_000)
def _of_powder(powder: str) -> tuple[tuple[str, str, str, str], ...]:
    """Rule, text with a place for the grams, advice and source."""
    found = [
        (row["kind"], f"{{}} is {_predicate(row['kind'])}", row["advice"], row["source"])
        for row in table("handling")
        if is_a(powder, row["powder"], hydrates=row["kind"] in _ALSO_OF_HYDRATES)
    ]
    found += [
        ("glove box", f"{{}} {row['why']}", "weigh and mix it in a glove box", row["source"])
        for row in table("glove_box")
        if is_a(powder, row["powder"])
    ]
    if "air-sensitive" in classes(powder):
        found.append(
            (
                "glove box",
                "{} reacts with moist air",
                "weigh and mix it in a glove box",
                _BRETHERICK,
            )
        )
    for row in table("dusts"):
        if row["element"] in framework(parse(powder)):
            limit = f"{row['element']} in air below {row['limit_mg_per_m3']} mg/m3"
            found.append(
                (
                    "toxic dust",
                    f"{{}}: {row['effect']}",
                    f"weigh and grind under extraction, {limit}",
                    row["source"],
                )
            )
    return tuple(found)


def _predicate(kind: str) -> str:
    nouns = ("oxidiser", "ammonium salt", "flammable powder")
    article = "an" if kind[0] in "aeiou" else "a"
    return f"{article} {kind}" if kind in nouns else kind


def _of_mixture(powders: tuple[str, ...]) -> Iterator[Hazard]:
    for one, other in INCOMPATIBLE:
        first = [p for p in powders if is_a(p, one)]
        second = [p for p in powders if is_a(p, other)]
        if first and second:
            what = f"{', '.join(first)} ({one}) with {', '.join(second)} ({other})"
            yield Hazard(
                "incompatible powders", what, "may flash or explode: do not grind", _BRETHERICK
            )


def _of_gases(evolved: dict[str, float]) -> Iterator[Hazard]:
    for row in table("toxic_gases"):
        amount_ml = evolved.get(row["gas"], 0.0)
        if amount_ml >= _WORTH_SAYING_ML:
            yield Hazard(
                "toxic gas",
                f"gives off up to {in_ml(amount_ml)} {row['gas']}, which {row['effect']}",
                "vent the furnace into the extraction",
                row["source"],
            )
    total_ml = sum(evolved.values())
    if total_ml >= _MUCH_GAS_ML:
        yield Hazard(
            "evolved gas",
            f"gives off {in_ml(total_ml)} of gas in all",
            "fill the crucible to a third, lid ajar, and heat slowly",
            "balanced reaction, at 25 C and 1 atm",
        )


def _of_vapours(recipe: Recipe) -> Iterator[Hazard]:
    hottest_c = recipe.hottest.temperature_c
    for row in table("volatile_oxides"):
        oxide, limit_c = row["oxide"], volatile_limits_c()[row["oxide"]]
        held = share(recipe.target.formula, evaporating_element(oxide)) >= _TRACE
        if held and hottest_c > limit_c - _NEAR_LIMIT_C:
            yield Hazard(
                "volatile charge",
                f"{oxide} evaporates at {hottest_c:g} C",
                "cover the crucible; it settles in furnace and exhaust, and amounts shift",
                row["source"],
            )
