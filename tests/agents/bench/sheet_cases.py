"""Sheets of experiments as a person is given them, and pages read as a browser would."""

from collections.abc import Sequence
from html.parser import HTMLParser

from hypothesis import strategies as st

from agents.bench.failures import Expectation, expectation
from agents.bench.sheet import Sheet, sheet
from agents.history import CompletedExperiment, History
from knowledge.energies import EnergyStack
from knowledge.recipe import AIR, OXYGEN, Atmosphere, Cooling, HeatingStep, Recipe, Target
from lab.inventory import Inventory
from lab.manual import AtBench
from lab.manual.codes import code_of
from lab.procedure import (
    Action,
    Bench,
    Cool,
    Fill,
    Grind,
    Heat,
    Mix,
    Procedure,
    Recover,
    Scan,
    Weigh,
    procedure,
)
from tests.agents.why_cases import candidates, computed, suggestion

ENDLESS = Inventory(["BaCO3", "TiO2", "Y2O3", "CuO", "PbO", "La2O3", "SrCO3", "Mn2O3"])
SEALED = Atmosphere(name="mine", partial_pressures_atm={"O2": 0.05, "CO2": 0.3}, flowing=False)


def barium_titanate(*steps: HeatingStep, cooling: Cooling | None = None) -> Recipe:
    """From the carbonate, by default fired once at 1025 C."""
    steps = steps or (HeatingStep(temperature_c=1025, hold_h=4),)
    return Recipe.balanced(Target(formula="BaTiO3"), ("BaCO3", "TiO2"), steps, cooling)


def at_bench(recipe: Recipe, bench: Bench | None = None, done: Procedure | None = None) -> AtBench:
    """A recipe that a person was given, to be done as usual or in another way."""
    name = f"{recipe.target.formula}-athanor-1a2b3c4d-0003"
    steps = done or procedure(recipe, bench)
    return AtBench(name, code_of(name), recipe, steps, "2026-11-29T07:00:00.000+00:00")


def plain_sheet(recipe: Recipe, bench: Bench | None = None, stock: Inventory = ENDLESS) -> Sheet:
    """The sheet of a recipe, without a campaign."""
    return sheet(at_bench(recipe, bench), stock)


def expected_of(recipe: Recipe, energies: EnergyStack, *seen: CompletedExperiment) -> Expectation:
    """What a campaign that saw some experiments expects of a recipe, by the energies given."""
    pathway, _ = computed(recipe, energies)
    history = History(target=recipe.target, completed=seen)
    return expectation(suggestion(recipe, pathway), history, candidates(recipe.target.formula))


def done_by_hand(actions: Sequence[Action]) -> Procedure:
    """Actions as a procedure."""
    return Procedure(recipe_id="r", target="BaTiO3", target_g=2, actions=tuple(actions))


_minutes = st.floats(0.1, 1e4)
_gases = st.sampled_from([AIR, OXYGEN, SEALED])
actions = st.one_of(
    st.builds(
        Weigh,
        formula=st.sampled_from(["BaCO3", "TiO2", "La0.7Sr0.3MnO3"]),
        mass_g=st.floats(1e-3, 50),
    ),
    st.builds(Mix, minutes=_minutes),
    st.builds(Fill, crucible=st.sampled_from(["alumina", "zirconia", "<b>gold</b> & co"])),
    st.builds(
        Heat,
        temperature_c=st.floats(100, 1700),
        hold_h=st.floats(0, 200),
        ramp_c_per_min=st.floats(0.1, 50),
        atmosphere=_gases,
    ),
    st.builds(Cool, rate_c_per_min=st.floats(0.1, 50), atmosphere=_gases),
    st.builds(Recover),
    st.builds(Grind, minutes=_minutes),
    st.builds(Scan, from_deg=st.floats(5, 20), to_deg=st.floats(60, 140), minutes=_minutes),
)

_VOID = {"meta", "br", "path", "polyline", "line"}


class Read(HTMLParser):
    """A page taken apart: tags with attributes, and the text of each row of the table of steps.

    Raises AssertionError for tags that do not close in the order in which they opened.
    """

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.steps: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)
        if tag == "tr" and ("class", "step") in attrs:
            self.steps.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if "table" in self._open and self.steps:
            self.steps[-1] += data

    def count(self, tag: str, of_class: str | None = None) -> int:
        """How many tags there are, of a class."""
        return sum(
            name == tag and of_class in (None, attrs.get("class")) for name, attrs in self.tags
        )
