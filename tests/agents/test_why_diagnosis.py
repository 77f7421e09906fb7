"""Textbook failures and what a chemist would say of them; and what holds for any outcome."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.history import CompletedExperiment
from agents.why.case import Case, steps
from agents.why.diagnosis import Finding, diagnose
from agents.why.explanation import case_of
from agents.why.records import Cause
from knowledge.energies import EnergyStack
from knowledge.outcome import Fault
from knowledge.reactions import ReactionGraph
from knowledge.recipe import HeatingStep
from tests.agents.why_cases import (
    candidates,
    computed,
    experiment,
    history,
    reaction,
    recipe,
    written,
)


def case(
    done: CompletedExperiment,
    graph: ReactionGraph | None = None,
    others: tuple[CompletedExperiment, ...] = (),
) -> Case:
    return case_of(done, history(done, *others), candidates(done.recipe.target.formula), graph)


def verdict(
    done: CompletedExperiment,
    graph: ReactionGraph | None = None,
    others: tuple[CompletedExperiment, ...] = (),
) -> tuple[Finding, dict[Cause, float]]:
    """The likeliest finding, and all probabilities."""
    found = diagnose(case(done, graph, others))
    return found[0], {f.cause: f.probability for f in found}


def batio3(temperature_c: float, energies: EnergyStack, **told: object) -> CompletedExperiment:
    fired = recipe("BaTiO3", ("BaCO3", "TiO2"), temperature_c)
    return experiment(fired, computed(fired, energies)[0], **told)  # type: ignore[arg-type]


def lead(temperature_c: float, force_mev: float = 80, **told: object) -> CompletedExperiment:
    fired = recipe("PbTiO3", ("PbO", "TiO2"), temperature_c)
    made = reaction({"PbO": 1, "TiO2": 1}, {"TiPbO3": 1}, force_mev)
    return experiment(fired, written(fired, (made, {"TiPbO3": 1})), **told)  # type: ignore[arg-type]


def test_both_precursors_left_at_600_c_is_kinetics(energies: EnergyStack) -> None:
    """BaCO3 lets go of nothing before some 800 C, with titania or without."""
    done = batio3(600, energies, phases={"BaCO3": 0.712, "TiO2": 0.288})
    found, _ = verdict(done)
    assert found.cause == "kinetics"
    assert found.probability > 0.9
    assert set(found.way.subject) == {"BaCO3", "TiO2"}


def test_the_energies_say_the_same(energies: EnergyStack) -> None:
    done = batio3(600, energies, phases={"BaCO3": 0.712, "TiO2": 0.288})
    _, graph = computed(done.recipe, energies)
    told = case(done, graph)
    assert told.possible is not None
    assert told.possible.to_any is not None  # they could react, and have not
    assert diagnose(told)[0].cause == "kinetics"


def test_lithium_poor_phases_at_1100_c_are_a_loss_of_lithium(energies: EnergyStack) -> None:
    """Of Li4Ti5O12 with 40 % rutile a third of the lithium has gone."""
    fired = recipe("Li4Ti5O12", ("Li2CO3", "TiO2"), 1100)
    pathway, _ = computed(fired, energies)
    done = experiment(fired, pathway, {"Li4Ti5O12": 0.6, "TiO2": 0.4})
    found, _ = verdict(done)
    assert found.cause == "volatility"
    assert found.way.subject == ("Li",)
    assert case(done).balance[0].missing > 0.3
    # The same phases at 800 C, where lithium stays: the last step has not ended.
    mild = recipe("Li4Ti5O12", ("Li2CO3", "TiO2"), 800)
    cooler = experiment(mild, computed(mild, energies)[0], {"Li4Ti5O12": 0.6, "TiO2": 0.4})
    assert verdict(cooler)[1]["volatility"] < verdict(done)[1]["volatility"]


def test_lead_titanate_that_lost_lead() -> None:
    found, _ = verdict(lead(1050, phases={"PbTiO3": 0.8, "TiO2": 0.2}))
    assert found.cause == "volatility"
    assert found.way.subject == ("Pb",)


def test_all_of_the_lead_is_still_there_at_600_c() -> None:
    """0.736 to 0.264 is as it was weighed in."""
    found, told = verdict(lead(600, phases={"PbO": 0.736, "TiO2": 0.264}))
    assert found.cause == "kinetics"
    assert told["volatility"] < 0.01


def test_a_melt(energies: EnergyStack) -> None:
    """YBa2Cu3O7 melts incongruently near 1015 C in air."""
    fired = recipe("YBa2Cu3O7", ("Y2O3", "BaCO3", "CuO"), 1100)
    done = experiment(fired, computed(fired, energies)[0], {"Y2BaCuO5": 0.35}, 0.65)
    found, _ = verdict(done)
    assert found.cause == "melting"
    assert found.way.subject == ("YBa2Cu3O7",)


def test_60_percent_unidentified_far_below_any_melting_point(energies: EnergyStack) -> None:
    found, told = verdict(batio3(1000, energies, phases={"BaTiO3": 0.4}, unidentified=0.6))
    assert found.cause == "amorphous"
    assert told["amorphous"] > 0.5


def test_a_reported_fault_explains_it(energies: EnergyStack) -> None:
    trip = Fault(kind="furnace trip", stage="box furnace 1", message="it lost its heating")
    phases = {"BaTiO3": 0.55, "BaCO3": 0.28, "TiO2": 0.17}
    silent = batio3(1250, energies, phases=phases)
    reported = batio3(1250, energies, phases=phases, faults=(trip,))
    cold = batio3(
        1250, energies, phases=phases, profile=(HeatingStep(temperature_c=700, hold_h=0),)
    )
    assert verdict(reported)[0].cause == "fault"
    assert verdict(silent)[1]["fault"] < 0.2
    # A furnace that was at 700 C is a fault, or the pair did not react there: both are true.
    assert verdict(cold)[1]["fault"] + verdict(cold)[1]["kinetics"] > 0.9


def test_a_wrong_mass_that_was_noticed(energies: EnergyStack) -> None:
    """A tenth more barium than balanced: Ba2TiO4 beside the target."""
    noticed = Fault(kind="wrong mass", stage="balance", message="1.1 g of BaCO3 were weighed")
    phases = {"BaTiO3": 0.85, "Ba2TiO4": 0.15}
    found, _ = verdict(batio3(1250, energies, phases=phases, faults=(noticed,)))
    assert found.cause == "weighing"


def test_an_intermediate_with_little_driving_force_left() -> None:
    """Pairs that others showed to be mobile, 15 meV/atom left, and only the intermediates."""
    fired = recipe("BaTiO3", ("BaCO3", "TiO2"), 1200)
    first = reaction({"BaCO3": 1.5, "TiO2": 1}, {"Ba2TiO4": 0.5, "BaTi2O5": 0.25}, 270)
    last = reaction({"Ba2TiO4": 1 / 3, "BaTi2O5": 1 / 3}, {"BaTiO3": 1}, 15, sigma_mev=5)
    pathway = written(fired, (first, {"Ba2TiO4": 1 / 3, "BaTi2O5": 1 / 3}), (last, {"BaTiO3": 1}))
    done = experiment(fired, pathway, {"Ba2TiO4": 0.6, "BaTi2O5": 0.4})
    made = experiment(
        recipe("BaTiO3", ("BaCO3", "TiO2"), 1150), pathway, {"BaTiO3": 0.99}, 0.01, name="made"
    )
    found, _ = verdict(done, others=(made,))
    assert found.cause == "intermediate"
    assert set(found.way.subject) == {"Ba2TiO4", "BaTi2O5"}
    # With 200 meV/atom left it took nothing.
    strong = last.model_copy(update={"driving_force_ev_per_atom": 0.2})
    left = {"Ba2TiO4": 1 / 3, "BaTi2O5": 1 / 3}
    driven = experiment(
        fired,
        written(fired, (first, left), (strong, {"BaTiO3": 1})),
        {"Ba2TiO4": 0.6, "BaTi2O5": 0.4},
    )
    assert verdict(driven)[1]["intermediate"] < 0.1


def test_a_rival_that_nothing_predicted() -> None:
    """The energies give the target 1 +- 30 meV/atom, and two other compounds are there instead."""
    fired = recipe("PbTiO3", ("PbO", "TiO2"), 750)
    made = reaction({"PbO": 1, "TiO2": 1}, {"TiPbO3": 1}, 1, sigma_mev=30)
    rival = experiment(
        fired, written(fired, (made, {"TiPbO3": 1})), {"PbTi3O7": 0.6, "Pb3TiO5": 0.4}
    )
    found, _ = verdict(rival)
    assert found.cause == "energies"


def test_what_could_not_react_any_more_was_not_slow(energies: EnergyStack) -> None:
    """Of phases that nothing drives, less is put down to kinetics than without asking."""
    fired = recipe("BaTiO3", ("BaCO3", "TiO2"), 1200)
    pathway, graph = computed(fired, energies)
    done = experiment(fired, pathway, {"BaTiO3": 0.6, "Ba2TiO4": 0.4})
    asked = case(done, graph)
    assert asked.possible is not None
    assert asked.possible.to_any is None
    blind = {f.cause: f.probability for f in diagnose(case(done))}
    told = {f.cause: f.probability for f in diagnose(asked)}
    assert told["kinetics"] < blind["kinetics"]


def test_other_experiments_count_and_its_own_do_not(energies: EnergyStack) -> None:
    """Having seen the pair react at 1000 C, one believes less that it stalled at 1100 C."""
    left = {"BaCO3": 0.3, "TiO2": 0.2, "BaTiO3": 0.5}
    done = batio3(1100, energies, phases=left)
    seen = batio3(1000, energies, phases={"BaTiO3": 0.98}, unidentified=0.02, name="other")
    alone, informed = case(done), case(done, others=(seen,))
    pair = ("BaCO3", "TiO2")
    assert alone.before.belief(pair, "air").evidence == ()
    assert informed.before.belief(pair, "air").evidence == ("other",)
    stalled = [
        next(f.chance for f in diagnose(c) if f.cause == "kinetics") for c in (alone, informed)
    ]
    assert stalled[1] < stalled[0]


def test_without_a_pathway_the_precursors_were_to_react() -> None:
    fired = recipe("BaTiO3", ("BaCO3", "TiO2"), 700)
    done = experiment(fired, written(fired), {"BaCO3": 0.7, "TiO2": 0.3})
    assert [s.pair for s in steps(case(done))] == [("BaCO3", "TiO2")]
    assert verdict(done)[0].cause == "kinetics"
    burnt = fired.model_copy(
        update={
            "precursors": {**fired.precursors, "C": 1.0},
            "gases_out": {"CO2": 2.0},
            "gases_in": {"O2": 1.0},
            "equation": "BaCO3 + TiO2 + C + O2 -> BaTiO3 + 2 CO2",
        }
    )
    sooty = experiment(burnt, written(burnt), {"BaCO3": 0.7, "TiO2": 0.3})
    assert [s.pair for s in steps(case(sooty))] == [("BaCO3", "TiO2")]
    alone = recipe("BaO", ("BaCO3",), 700)
    assert verdict(experiment(alone, written(alone), {"BaCO3": 1.0}))[0].cause == "kinetics"


FORMULAS = (
    "BaTiO3", "BaCO3", "TiO2", "BaO", "Ba2TiO4", "BaTi2O5", "Fe2O3", "LiMn2O4", "Al2O3", "H2O", "C",
)  # fmt: skip
FAULTS = ("furnace trip", "wrong mass", "failed scan", "mislabelled phase", "something new")


@settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    weights=st.lists(st.floats(0, 1), min_size=1, max_size=6),
    formulas=st.permutations(FORMULAS),
    unidentified=st.floats(0, 1),
    temperature_c=st.sampled_from([300.0, 600.0, 900.0, 1200.0, 1600.0]),
    faults=st.lists(st.sampled_from(FAULTS), max_size=2),
)
def test_any_outcome_has_causes_whose_probabilities_add_up(
    energies: EnergyStack,
    weights: list[float],
    formulas: list[str],
    unidentified: float,
    temperature_c: float,
    faults: list[str],
) -> None:
    whole = sum(weights) + unidentified or 1.0
    phases = {f: w / whole for f, w in zip(formulas, weights, strict=False)}
    unnamed = max(1 - sum(phases.values()), 0.0)
    told = [Fault(kind=kind, stage="somewhere", message="as told") for kind in faults]
    done = batio3(temperature_c, energies, phases=phases, unidentified=unnamed, faults=told)
    _, graph = computed(done.recipe, energies)
    for found in (diagnose(case(done)), diagnose(case(done, graph))):
        assert sum(f.probability for f in found) == pytest.approx(1, abs=1e-9)
        assert sum(f.prior for f in found) == pytest.approx(1, abs=1e-9)
        assert all(0 <= f.probability <= 1 for f in found)
        assert [f.probability for f in found] == sorted(
            (f.probability for f in found), reverse=True
        )
        assert len({f.cause for f in found}) == len(found)
