"""Procedures as tasks: every action in one of them, in order, and nothing of it left unsaid."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.errors import RecordError
from knowledge.recipe import ATMOSPHERES, Cooling, HeatingStep, Recipe, Target
from lab.alabos.tasks import Task, Unmapped, rules, tasks
from lab.alabos.wire import submission
from lab.procedure import Action, Bench, Cool, Fill, Heat, Mix, Procedure, Scan, Weigh, procedure
from tests.lab.alabos.model import validate
from tests.lab.alabos.stand_in import TASK_TYPES, TASKS

RULES = rules(TASKS, TASK_TYPES)
GAS = st.sampled_from(sorted(ATMOSPHERES))
STEPS = st.lists(
    st.builds(
        lambda t, h, r, gas, again: HeatingStep(
            temperature_c=t, hold_h=h, ramp_c_per_min=r, atmosphere=ATMOSPHERES[gas],
            regrind_before=again,
        ),
        st.floats(100, 1500), st.floats(0, 100), st.floats(0.1, 20), GAS, st.booleans(),
    ),
    min_size=1, max_size=6,
)  # fmt: skip
POWDERS = st.sampled_from([("BaCO3", "TiO2"), ("BaO", "TiO2"), ("BaO2", "TiO2")])
BENCHES = st.builds(
    Bench, batch_g=st.floats(0.1, 20), crucible=st.sampled_from(["alumina", "zirconia"]),
    mixing_min=st.floats(1, 60), grinding_min=st.floats(1, 60), scan_min=st.floats(1, 60),
)  # fmt: skip
COOLINGS = st.builds(lambda r, g: Cooling(rate_c_per_min=r, atmosphere=ATMOSPHERES[g]),
                     st.floats(0.1, 20), GAS)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(POWDERS, STEPS, COOLINGS, BENCHES)
def test_tasks_cover_the_procedure_once_and_in_order(
    powders: tuple[str, ...], steps: Sequence[HeatingStep], cooling: Cooling, bench: Bench
) -> None:
    recipe = Recipe.balanced(Target(formula="BaTiO3"), powders, tuple(steps), cooling)
    done = procedure(recipe, bench)
    found = tasks(done, RULES)
    assert tuple(a for task in found for a in task.actions) == done.actions
    assert [a for task in found for a in said(task)] == [plain(a) for a in done.actions]
    sent = submission("c-0001", recipe, found)
    validate(sent)
    assert [t["prev_tasks"] for t in sent["tasks"]] == [
        [n - 1] if n else [] for n in range(len(found))
    ]


def plain(action: Action) -> dict[str, Any]:
    """What an action says, a gas by its name, which stands for one gas in the envelope."""
    told = action.model_dump(mode="json")
    if isinstance(action, Heat | Cool):
        told["atmosphere"] = action.atmosphere.name
    return told


def said(task: Task) -> list[dict[str, Any]]:
    """The actions that the parameters of the default configuration tell, read by hand."""
    told = task.parameters
    if task.type == "PowderDosing":
        powders = [{"kind": "weigh", **powder} for powder in told["powders"]]
        mix, fill = {"kind": "mix", "minutes": told["mixing_min"]}, told["crucible"]
        return [*powders, mix, {"kind": "fill", "crucible": fill}]
    if task.type == "Heating":
        return [action for step in told["profile"] for action in fired(step)]
    if task.type == "RecoverPowder":
        grind = {"kind": "grind", "minutes": told["grinding_min"]}
        again = "refill_crucible" in told
        fill = [{"kind": "fill", "crucible": told["refill_crucible"]}] if again else []
        return [{"kind": "recover"}, grind, *fill]
    angles = {"from_deg": told["from_deg"], "to_deg": told["to_deg"]}
    return [{"kind": "scan", **angles, "minutes": told["scan_min"]}]


def fired(step: dict[str, Any]) -> list[dict[str, Any]]:
    assert step["hold_min"] == pytest.approx(step["hold_h"] * 60, abs=1e-8)  # rounded to 9 digits
    heat = {k: step[k] for k in ("temperature_c", "hold_h", "ramp_c_per_min", "atmosphere")}
    cool = {"rate_c_per_min": step["cooling_c_per_min"], "atmosphere": step["cooling_atmosphere"]}
    return [{"kind": "heat", **heat}, {"kind": "cool", **cool}]


def simple(*steps: float) -> Procedure:
    made = tuple(HeatingStep(temperature_c=t, hold_h=4) for t in steps or (1100.0,))
    return procedure(Recipe.balanced(Target(formula="BaTiO3"), ("BaCO3", "TiO2"), made))


def with_heating(**rule: Any) -> Sequence[Any]:
    """The default rules, with another one for heating."""
    heating = {"pattern": ["heat", "cool"], "type": "Heating", **rule}
    return [TASKS[0], heating, *TASKS[2:]]


def test_a_task_for_each_firing_under_the_servers_own_names() -> None:
    told = rules(
        with_heating(
            parameters={
                "heating_temperature": "temperature_c", "heating_time": "hold_min",
                "ramp": {"up": "ramp_c_per_min", "down": "cooling_c_per_min"},
                "gas": ["atmosphere", "cooling_atmosphere"], "furnace": {"literal": "=box 1"},
                "low": False, "number": 3,
            },
        ),
        TASK_TYPES,
    )  # fmt: skip
    found = tasks(simple(900, 1100), told)
    assert [t.type for t in found] == [
        "PowderDosing", "Heating", "Heating", "RecoverPowder", "Diffraction",
    ]  # fmt: skip
    assert found[2].parameters == {
        "heating_temperature": 1100.0, "heating_time": 240.0, "ramp": {"up": 5.0, "down": 5.0},
        "gas": ["air", "air"], "furnace": "=box 1", "low": False, "number": 3,
    }  # fmt: skip


def test_powders_in_milligrams_under_other_names() -> None:
    dosing = {**TASKS[0], "parameters": {
        "inputs": {"each": "powders", "give": {"PowderName": "formula", "TargetMass": "mass_mg"}},
        "mixing_min": "mixing_min", "crucible": "crucible",
    }}  # fmt: skip
    found = tasks(simple(), rules([dosing, *TASKS[1:]], TASK_TYPES))
    # 2 g BaTiO3 (233.19 g/mol) of BaCO3 (197.34) and TiO2 (79.87), one each
    assert [p["PowderName"] for p in found[0].parameters["inputs"]] == ["BaCO3", "TiO2"]
    masses = [p["TargetMass"] for p in found[0].parameters["inputs"]]
    assert masses == pytest.approx([1692.5, 685.0], abs=0.1)


def test_formulas_with_dots_are_values_only() -> None:
    made = (HeatingStep(temperature_c=1100, hold_h=4),)
    recipe = Recipe.balanced(Target(formula="La0.7Sr0.3MnO3"), ("La2O3", "SrCO3", "Mn2O3"), made)
    sent = submission("La0.7Sr0.3MnO3-$x", recipe, tasks(procedure(recipe), RULES))
    validate(sent)
    assert sent["tasks"][0]["parameters"]["target"] == "La0.7Sr0.3MnO3"
    other = submission("La0-7Sr0-3MnO3--x", recipe, tasks(procedure(recipe), RULES))
    assert sent["name"] != other["name"]


def test_several_values_need_a_list() -> None:
    told = rules(
        with_heating(
            repeats=True,
            parameters={"t": "temperature_c", "h": "hold_h"},
            unsaid=["heat.ramp_c_per_min", "heat.atmosphere", "cool.rate_c_per_min",
                    "cool.atmosphere"],
        ),
        TASK_TYPES,
    )  # fmt: skip
    assert tasks(simple(1100), told)[1].parameters == {"t": 1100.0, "h": 4.0}
    with pytest.raises(Unmapped, match=r"temperature_c has several values \(900.0, 1100.0\)"):
        tasks(simple(900, 1100), told)


def test_what_no_rule_takes_is_named() -> None:
    with pytest.raises(Unmapped, match=r"no rule of lab.tasks takes action 8, grind"):
        tasks(
            simple(),
            rules([*TASKS[:2], {"pattern": ["recover"], "type": "RecoverPowder"}], TASK_TYPES),
        )
    odd = Procedure(recipe_id="r", target="BaTiO3", target_g=2, actions=(Mix(minutes=1),))
    with pytest.raises(Unmapped, match="takes action 1, mix"):
        tasks(odd, RULES)


def test_a_run_of_one_kind_counts_as_one() -> None:
    actions = (
        *(Weigh(formula="TiO2", mass_g=1.0 + n) for n in range(5)),
        Mix(minutes=1), Fill(crucible="alumina"), Scan(minutes=3), Scan(minutes=3),
    )  # fmt: skip
    done = Procedure(recipe_id="r", target="BaTiO3", target_g=2, actions=actions)
    assert [len(t.actions) for t in tasks(done, RULES)] == [7, 2]


WRONG = {
    "a strange type": ({"type": "Alchemy", "parameters": {"a": "actions"}}, "kills its exp"),
    "an unknown kind": ({"pattern": ["heat", "cook"]}, "names kinds of actions"),
    "a kind twice": ({"pattern": ["heat", "heat"]}, "none twice in a row"),
    "no quantity": ({"parameters": {"t": "temperature"}}, "no quantity: give one of temp"),
    "a key with a dot": ({"parameters": {"a.b": "profile"}}, "MongoDB takes text without"),
    "a literal key": ({"parameters": {"a": {"literal": {"$b": 1}}, "p": "profile"}}, "MongoDB"),
    "something unsaid": ({"parameters": {"t": "temperature_c"}}, "takes cool and says nothing"),
    "unsaid nothing": ({"parameters": {"p": "profile"}, "unsaid": ["heat.x"]}, "one of cool.atmos"),
    "no list": ({"parameters": {"p": {"each": "actions", "give": {"a": "b"}}}}, "is no list"),
    "no part": ({"parameters": {"p": {"each": "profile", "give": {"a": "mass_g"}}}}, "one of temp"),
    "no number": ({"parameters": {"p": "profile", "n": float("nan")}}, "something that JSON has"),
    "no switch": ({"parameters": {"p": "profile"}, "repeats": "yes"}, "true or false"),
    "another key": ({"parameters": {"p": "profile"}, "colour": 1}, "is no rule"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_rules_that_are_none(name: str) -> None:
    changes, said = WRONG[name]
    with pytest.raises(RecordError, match=said) as error:
        rules(with_heating(**changes), TASK_TYPES)
    assert str(error.value).startswith("lab.tasks.1")
    assert str(error.value).isprintable()
