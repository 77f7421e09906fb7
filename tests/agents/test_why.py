"""An explanation as a whole: every kind of ending, the surprise, neighbours, what is lacking."""

import math

import pytest

from agents.candidates import Candidates
from agents.history import CompletedExperiment, History, PendingExperiment, Suggestion
from agents.why.explanation import Background, explain, find, neighbours, surprise_of
from agents.why.records import Accusation, Explanation, Paper
from knowledge.errors import AthanorError, RecordError
from knowledge.outcome import Fault, Outcome
from tests.agents.why_cases import candidates as by_hand
from tests.agents.why_cases import experiment, reaction, recipe, suggestion, written


def suggested(temperature_c: float = 1000, index: int = 0, chance: float = 0.5) -> Suggestion:
    fired = recipe("BaTiO3", ("BaCO3", "TiO2"), temperature_c)
    made = reaction({"BaCO3": 1, "TiO2": 1}, {"BaTiO3": 1}, 150)
    return suggestion(fired, written(fired, (made, {"BaTiO3": 1})), index, chance)


def ended(status: str, *faults: Fault) -> CompletedExperiment:
    outcome = Outcome.model_validate(
        {"experiment_id": "camp-0000", "status": status, "faults": faults}
    )
    return CompletedExperiment(experiment_id="camp-0000", suggestion=suggested(), outcome=outcome)


def measured(
    name: str, temperature_c: float, index: int = 0, **phases: float
) -> CompletedExperiment:
    told = suggested(temperature_c, index)
    return experiment(
        told.recipe, told.reason.pathway, phases, 1 - sum(phases.values()), name=name, index=index
    )


def of(*completed: CompletedExperiment, pending: tuple[PendingExperiment, ...] = ()) -> History:
    return History(target=suggested().recipe.target, completed=completed, pending=pending)


def told(done: CompletedExperiment, candidates: Candidates) -> Explanation:
    return explain(done, of(done), candidates)


def test_a_missed_yield(candidates: Candidates) -> None:
    found = told(measured("camp-0000", 700, BaCO3=0.712, TiO2=0.288), candidates)
    assert found.verdict == "missed"
    assert found.likeliest is not None
    assert found.likeliest.cause == "kinetics"
    assert found.likeliest.says in found.says
    assert "BaCO3 + TiO2 did not react to the end at 700 C" in found.says
    assert found.likeliest.temperature_c is not None
    assert found.likeliest.temperature_c > 700
    assert sum(c.probability for c in found.causes) == pytest.approx(1)
    assert any(r.candidate for r in found.repairs)
    assert [b.element for b in found.balance] == ["Ba", "Ti"]
    assert Explanation.from_json(found.to_json()) == found


def test_a_yield_just_missed_says_so(candidates: Candidates) -> None:
    near = told(measured("camp-0000", 1200, BaTiO3=0.89, BaCO3=0.11), candidates)
    far = told(measured("camp-0000", 1200, BaTiO3=0.5, BaCO3=0.5), candidates)
    assert "within the error of the measurement" in near.says
    assert "within the error" not in far.says


def test_a_success_has_nothing_to_explain(candidates: Candidates) -> None:
    found = told(measured("camp-0000", 1200, BaTiO3=0.97), candidates)
    assert found.verdict == "made"
    assert found.causes == found.repairs == ()
    assert found.likeliest is None
    assert "BaCO3 + TiO2 react by 1200 C" in found.says


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("failed", "nothing was measured: it was spilled"),
        ("refused", "it was never fired: it was spilled"),
        ("cancelled", "it was cancelled: it was spilled"),
    ],
)
def test_what_has_no_result(status: str, says: str, candidates: Candidates) -> None:
    spilled = Fault(kind="spilled sample", stage="robot", message="it was spilled")
    found = told(ended(status, spilled), candidates)
    assert found.verdict == status
    assert found.says == says
    assert found.surprise is None
    if status == "failed":
        (cause,), (again,) = found.causes, found.repairs
        assert (cause.cause, cause.probability) == ("fault", 1.0)
        assert "it was spilled" in cause.evidence[0]
        assert again.recipe == found.recipe
    else:
        assert found.causes == ()
    assert "no reason was given" in told(ended(status), candidates).says


def test_a_pending_one_says_what_is_hoped_for(candidates: Candidates) -> None:
    waiting = PendingExperiment(experiment_id="camp-0001", suggestion=suggested(chance=0.3))
    found = explain(waiting, of(pending=(waiting,)), candidates)
    assert found.verdict == "pending"
    assert "success was given 30%" in found.says
    assert "what comes of it" in found.says
    assert found.pathway == ("BaCO3 + TiO2 -> BaTiO3  (150 meV/atom)",)


def test_papers_and_what_is_lacking(candidates: Candidates) -> None:
    paper = Paper(
        target="BaTiO3", precursors=("BaCO3", "TiO2"), temperature_c=1100, year=2008,
        doi="10.1007/s10832-007-9070-1", likeness=1.0,
    )  # fmt: skip
    known = Background(papers=lambda _: (paper,), notes=("no energies",))
    done = measured("camp-0000", 1200, BaTiO3=0.97)
    found = explain(done, of(done), candidates, known)
    assert found.papers == (paper,)
    assert found.notes == ("no energies",)


def test_surprise_in_bits_and_in_standard_deviations() -> None:
    """Given 1/8, a success has three bits; given 7/8, a fifth of one."""
    done = measured("e", 1200, BaTiO3=0.97)
    reason = done.suggestion.reason

    def with_reason(**changes: float) -> CompletedExperiment:
        new = done.suggestion.model_copy(update={"reason": reason.model_copy(update=changes)})
        return done.model_copy(update={"suggestion": new})

    assert surprise_of(with_reason(probability_of_success=1 / 8)).bits == pytest.approx(3)
    calm = surprise_of(with_reason(probability_of_success=7 / 8))
    assert calm.bits == pytest.approx(math.log2(8 / 7))
    assert calm.z is None
    assert "no surprise" in calm.says
    # 0.67 +- 0.12 was predicted, and a recipe varies by 0.05: 0.97 is 0.3 / 0.13 above.
    predicted = with_reason(predicted_yield=0.67, predicted_yield_sigma=0.12)
    assert surprise_of(predicted).z == pytest.approx(0.3 / 0.13)
    impossible = surprise_of(with_reason(probability_of_success=0.0))
    assert impossible.bits == pytest.approx(math.log2(1000))
    assert "a great surprise" in impossible.says


def test_neighbours_are_those_named_else_the_nearest() -> None:
    done = [measured(f"camp-{i:04d}", t, i, BaTiO3=0.5) for i, t in enumerate((700, 1150, 1000))]
    last = measured("camp-0003", 1200, 3, BaTiO3=0.6)
    history = of(*done, last)
    assert [n.experiment_id for n in neighbours(last, history)] == [
        "camp-0001", "camp-0002", "camp-0000",
    ]  # fmt: skip
    reason = last.suggestion.reason.model_copy(update={"evidence": ("camp-0000", "gone")})
    named = last.model_copy(
        update={"suggestion": last.suggestion.model_copy(update={"reason": reason})}
    )
    (near,) = neighbours(named, history)
    assert near.experiment_id == "camp-0000"
    assert near.yield_fraction == pytest.approx(0.5)
    assert "unidentified 0.50" in near.outcome


def test_found_by_id_or_by_the_number_of_the_attempt() -> None:
    done, second = measured("camp-0000", 900, BaTiO3=1.0), measured("camp-0001", 950, 1, BaTiO3=1.0)
    history = of(second, done)
    assert find(history, "camp-0001") == second
    assert find(history, "1") == done
    with pytest.raises(AthanorError, match=r"no experiment '3'.*camp-0000, camp-0001"):
        find(history, "3")
    with pytest.raises(AthanorError, match="none yet"):
        find(of(), "1")


def test_causes_must_add_up() -> None:
    waiting = PendingExperiment(experiment_id="e", suggestion=suggested())
    half = Accusation(cause="melting", probability=0.5, prior=0.5, says="it melted")
    with pytest.raises(RecordError, match=r"add up to 0.5"):
        explain(waiting, of(), by_hand("BaTiO3")).model_copy(update={"causes": (half,)})
