"""What kind of powder a formula is: oxidiser, fuel, ammonium salt, air-sensitive ...

Judged by composition alone: by which elements there are, and by the valence that the others leave
to one of them. Where that leaves a doubt, the more dangerous class is named. A hydrate is what its
salt is, save that water has nothing left to split in it.
"""

from collections.abc import Collection
from functools import lru_cache

from pymatgen.core import Element

from knowledge.chemistry import (
    anion_class,
    framework,
    identity,
    molecular_groups,
    parse,
    without_water,
)
from knowledge.errors import FormulaError

ALKALI = frozenset(("Li", "Na", "K", "Rb", "Cs"))
ALKALINE_EARTH = frozenset(("Mg", "Ca", "Sr", "Ba"))

CLASSES = {
    "oxidiser": "nitrates, nitrites, peroxides, permanganates, chromium(VI), halates, persulfates",
    "nitrate": "nitrates, and nitrites of alkali metals and alkaline earths",
    "peroxide": "peroxides and superoxides of alkali metals and alkaline earths",
    "chromium(VI)": "chromates, dichromates and CrO3",
    "perchlorate": "perchlorates and perbromates",
    "ammonium": "ammonium salts",
    "ammonium nitrate": "ammonium nitrate and nitrite",
    "azide": "azides",
    "cyanide": "cyanides and thiocyanates",
    "fuel": "carbon, sulphur, metal powders, sulfides, hydrides, nitrides, oxalates, organics",
    "organic": "carbon that is neither carbonate nor graphite: oxalates, acetates, citrates",
    "active metal": "powders of Al, Ti, Zr, Hf, alkali metals and alkaline earths",
    "thermite oxide": "oxides that give their oxygen to an active metal: CuO, Fe2O3, PbO ...",
    "air-sensitive": "metals, hydrides, nitrides, sulfides ... of alkali metals and earths",
}

# Never fired: detonate, or poison whoever opens the jar.
FORBIDDEN_POWDERS = ("perchlorate", "ammonium nitrate", "azide", "cyanide")
# Never in one charge: Bretherick's Handbook of Reactive Chemical Hazards.
INCOMPATIBLE = (
    ("oxidiser", "fuel"),
    ("oxidiser", "ammonium"),
    ("active metal", "thermite oxide"),
)

# These do not burn, so their powders may be fired with nitrates.
_NOBLE = frozenset(("Ag", "Au", "Pt", "Pd", "Rh", "Ir", "Ru", "Os"))
_ACTIVE_METALS = ALKALI | ALKALINE_EARTH | {"Al", "Ti", "Zr", "Hf"}
_THERMITE_METALS = frozenset(
    ("Ag", "Bi", "Co", "Cr", "Cu", "Fe", "Mn", "Mo", "Ni", "Pb", "Sb", "Sn", "Te", "V", "W")
)
_BURNING = frozenset(
    (
        "sulfide", "selenide", "telluride", "phosphide", "arsenide", "carbide", "silicide",
        "boride", "nitride", "hydride", "intermetallic",
    )
)  # fmt: skip
# Ceramics of carbon and nitrogen, which hold no cyanide.
_CARBONITRIDES = frozenset(("Ti", "Zr", "Hf", "V", "Nb", "Ta", "Cr", "B", "Si", "Al"))
# Cations of known valence: beside others, the valence of manganese or chromium is anyone's guess.
_PLAIN_CATIONS = ALKALI | ALKALINE_EARTH | {"Ag", "Zn", "Pb"}
# Oxidisers that composition alone does not give away.
_OTHER_OXIDISERS = frozenset(
    identity(f) for f in ("PbO2", "NaBiO3", "Na2S2O8", "K2S2O8", "(NH4)2S2O8")
)
# Where the highest common valence would hide the perchlorate of a late metal.
_VALENCES = {
    "H": 1, "O": -2, "F": -1, "Cl": -1, "Br": -1, "I": -1,
    "Mn": 2, "Fe": 2, "Co": 2, "Pb": 2, "Cr": 3, "Ce": 3, "Eu": 2,
}  # fmt: skip


@lru_cache(maxsize=100_000)
def classes(formula: str) -> frozenset[str]:
    """The names in CLASSES that a powder goes by. Raises FormulaError."""
    salt, water = without_water(formula)
    return _classes(salt) - {"air-sensitive"} if water else _classes(salt)


def _classes(formula: str) -> frozenset[str]:
    salts = identity("NH4NO3"), identity("NH4NO2")
    tests = {
        "nitrate": nitrate_groups(formula) > 0,
        "peroxide": _is_peroxide(formula),
        "chromium(VI)": _valence_left(formula, "Cr", _PLAIN_CATIONS) > 5.5,
        "perchlorate": any(_is_halate(formula, x, 5.9) for x in ("Cl", "Br")),
        "ammonium": ammonium_groups(formula) > 0,
        "ammonium nitrate": identity(formula) in salts,
        "azide": _is_azide(formula),
        "cyanide": _is_cyanide(formula),
        "organic": _is_organic(formula),
        "active metal": len(parse(formula)) == 1 and _elements(formula) <= _ACTIVE_METALS,
        "thermite oxide": anion_class(formula) == "oxide"
        and set(framework(parse(formula))) <= _THERMITE_METALS,
        "air-sensitive": _is_air_sensitive(formula),
    }
    tests["oxidiser"] = (
        any(tests[name] for name in ("nitrate", "peroxide", "chromium(VI)", "perchlorate"))
        or any(_is_halate(formula, x, 4.1) for x in ("Cl", "Br", "I"))
        or _valence_left(formula, "Mn", _PLAIN_CATIONS) > 5.5
        or identity(formula) in _OTHER_OXIDISERS
    )
    tests["fuel"] = tests["organic"] or (
        anion_class(formula) in _BURNING and not _elements(formula) <= _NOBLE
    )
    return frozenset(name for name, present in tests.items() if present)


@lru_cache(maxsize=100_000)
def is_a(formula: str, kind: str, hydrates: bool = False) -> bool:
    """Whether a powder belongs to a class of CLASSES, or is the compound that `kind` names.

    With `hydrates`, a compound stands for its hydrates too: right for what water of hydration does
    not change (lye burns), and wrong for what it does (AlCl3 fumes, AlCl3·6H2O hardly).
    """
    if kind in CLASSES:
        return kind in classes(formula)
    names = {identity(formula)}
    if hydrates:
        names.add(identity(without_water(formula)[0]))
    return identity(kind) in names


def is_powder(name: str) -> bool:
    """Whether a name is a class of CLASSES or a formula."""
    try:
        return name in CLASSES or bool(parse(name))
    except FormulaError:
        return False


@lru_cache(maxsize=100_000)
def nitrate_groups(formula: str) -> float:
    """Nitrates, and nitrites of alkali metals and alkaline earths, in one formula unit."""
    amount, metals = parse(formula), set(framework(parse(formula)))
    nitrogen, dry_oxygen = amount["N"], amount["O"] - amount["H"] / 2
    # By counting elements alone the water of Cr(NO3)3·9H2O would pass for ammonium.
    hydrate = metals == {"Cr"} and dry_oxygen >= 3 * nitrogen
    nitrite = bool(metals) and metals <= ALKALI | ALKALINE_EARTH and dry_oxygen >= 2 * nitrogen
    if nitrogen and not amount["C"] and (hydrate or nitrite):
        return float(nitrogen)
    return molecular_groups(formula).get("nitrate", 0.0)


@lru_cache(maxsize=100_000)
def ammonium_groups(formula: str) -> float:
    """Ammonium ions in one formula unit."""
    spare = float(parse(formula)["N"]) - nitrate_groups(formula)
    return min(molecular_groups(formula).get("ammonium", 0.0), spare)


def _elements(formula: str) -> set[str]:
    return {str(e) for e in parse(formula)}


def _valence_left(formula: str, element: str, beside: Collection[str]) -> float:
    """The valence that all other elements leave to one, 0 where metals not in `beside` are near."""
    amount = parse(formula)
    if not amount[element] or not set(framework(amount)) - {element} <= set(beside):
        return 0.0
    left = 0.0
    for other in _elements(formula) - {element}:
        left -= amount[other] * _valence(formula, other)
    return left / float(amount[element])


def _valence(formula: str, element: str) -> float:
    if element == "N":
        oxidised = nitrate_groups(formula) / float(parse(formula)["N"])
        return 5 * oxidised - 3 * (1 - oxidised)
    if element in _VALENCES:
        return _VALENCES[element]
    return float(max(Element(element).common_oxidation_states, default=0))


def _is_halate(formula: str, halogen: str, valence: float) -> bool:
    """Whether a halogen has at least a valence, in a salt with no more metal than halogen."""
    solid = framework(parse(formula))
    metals = sum(solid.values()) - solid.get(halogen, 0.0)
    return metals <= solid.get(halogen, 0.0) and _valence_left(formula, halogen, solid) > valence


def _is_peroxide(formula: str) -> bool:
    """Oxygen that alkali metals, earths and hydrogen cannot bring down to -2."""
    elements, amount = _elements(formula), parse(formula)
    if "O" not in elements or not elements - {"O"} <= ALKALI | ALKALINE_EARTH | {"H"}:
        return False
    charge = sum(amount[e] * (2 if e in ALKALINE_EARTH else 1) for e in elements - {"O"})
    return bool(0 < charge < 1.75 * amount["O"])


def _is_azide(formula: str) -> bool:
    amount = parse(formula)
    others = amount.num_atoms - amount["N"]
    return bool(0 < 3 * others <= amount["N"]) and not _elements(formula) & {"O", "C", "H"}


def _is_cyanide(formula: str) -> bool:
    amount, elements = parse(formula), _elements(formula)
    if elements & (_CARBONITRIDES | {"O"}):
        return False
    return bool(0 < amount["C"] == amount["N"]) and not amount["H"] > 4 * amount["N"]


def _is_organic(formula: str) -> bool:
    """Carbon with oxygen, too little of it for carbonate once water is taken off."""
    amount = parse(formula)
    carbon, oxygen = amount["C"], amount["O"]
    hydrogen = amount["H"] - 4 * ammonium_groups(formula)
    hydrogencarbonate = hydrogen <= carbon and oxygen >= 3 * carbon
    dry = oxygen - 3 * nitrate_groups(formula) - hydrogen / 2
    return bool(carbon and oxygen and dry < 3 * carbon and not hydrogencarbonate)


def _is_air_sensitive(formula: str) -> bool:
    """Compounds without oxygen or halogen that water splits, and hydrides of light metals."""
    elements, kind = _elements(formula), anion_class(formula)
    if kind not in _BURNING or "O" in elements or _is_cyanide(formula) or _is_azide(formula):
        return False
    hydride = "H" in elements and bool(elements & (ALKALI | ALKALINE_EARTH | {"Al"}))
    reactive = bool(elements & (ALKALI | ALKALINE_EARTH - {"Mg"}))
    return hydride or (reactive and kind != "boride")
