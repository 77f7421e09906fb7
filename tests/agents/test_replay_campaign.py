"""A campaign's decisions, derived again from its journal."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from agents.campaign import Budget, Campaign
from agents.candidates import Candidates
from agents.configured_policy import recorded_policy
from agents.journal import Journal, rows
from agents.ledger import fold
from agents.past.campaign import PastCampaign, decisions, derive_again, past_campaign
from agents.policies.registry import named_policy
from agents.pursuit import Pursuit
from knowledge.errors import AthanorError, RecordError
from knowledge.outcome import Outcome, PhaseFraction
from knowledge.record import canonical_json
from lab.recorded import RecordedLab, RecordedResult

POLICIES = ("random", "thermo", "gp")


def settings(policy: str, seed: int = 4) -> dict[str, Any]:
    """What `athanor run` keeps of its configuration."""
    made = {"_target_": "agents.policies.registry.named_policy", "_partial_": True, "name": policy}
    return {"policy": made, "seed": seed}


def results(candidates: Candidates) -> list[RecordedResult]:
    """A result of every candidate, none of them a success."""
    count = len(candidates.items)
    found = []
    for number, candidate in enumerate(candidates.items):
        share = 0.05 + 0.8 * (7 * number % count) / count
        phases = (
            PhaseFraction(formula="BaTiO3", weight_fraction=share, sigma=0.02),
            PhaseFraction(formula="Ba2TiO4", weight_fraction=1 - share, sigma=0.02),
        )
        outcome = Outcome(experiment_id=str(number), phases=phases)
        found.append(RecordedResult(recipe=candidate.recipe, outcome=outcome))
    return found


def made(
    folder: Path,
    candidates: Candidates,
    policy: str = "random",
    parallel: int = 1,
    kept: dict[str, Any] | None = None,
) -> Path:
    """A folder as `athanor run` leaves it, after seven experiments."""
    journal = Journal.in_folder(folder, "past")
    kept = settings(policy) if kept is None else kept
    chooser = named_policy(policy, candidates, 4)
    lab = RecordedLab(results(candidates))
    pursuit = Pursuit.with_policy(candidates, chooser)
    Campaign([pursuit], lab, journal, Budget(7, parallel), {"settings": kept}).run()
    journal.close()
    (folder / "candidates.json").write_text(candidates.to_json(), encoding="utf-8")
    return folder


def rewrite(folder: Path, kind: str, place: int, change: dict[str, Any]) -> None:
    """Change fields of one event of a kind, as nobody should, and the chain with it."""
    journal = Journal.in_folder(folder, "past")
    events = journal.events()
    journal.close()
    number = [n for n, e in enumerate(events) if e.kind == kind][place]
    payload = {**events[number].payload}
    for key, value in change.items():
        payload[key] = {**payload[key], **value} if isinstance(value, dict) else value
    events[number] = replace(events[number], text=canonical_json(payload))
    engine = create_engine(f"sqlite:///{folder / 'journal.sqlite'}")
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM journal_events"))
        rows.add(connection, events, rows.End())
    engine.dispose()


def again(past: PastCampaign) -> str:
    return str(derive_again(past, recorded_policy(past.settings, past.candidates)))


@pytest.mark.parametrize("parallel", [1, 3])
@pytest.mark.parametrize("policy", POLICIES)
def test_every_decision_comes_out_equal(
    tmp_path: Path, candidates: Candidates, policy: str, parallel: int
) -> None:
    past = past_campaign(made(tmp_path, candidates, policy, parallel))
    found = derive_again(past, recorded_policy(past.settings, past.candidates))
    assert (found.equal, found.expected) == (7, None)


@pytest.mark.parametrize("parallel", [1, 3])
def test_what_a_decision_saw_is_what_the_journal_held(
    tmp_path: Path, candidates: Candidates, parallel: int
) -> None:
    """Against the journal folded up to each decision."""
    past = past_campaign(made(tmp_path, candidates, parallel=parallel))
    count = 0
    for history, batch in decisions(past):
        first = batch[0].decision_index
        at = [e for e in past.events if e.kind == "decided"][first].sequence
        before = [e for e in past.events if e.sequence < at]
        assert history == fold(before, past.candidates.target)
        count += len(batch)
    assert count == 7


def test_another_outcome_leads_elsewhere(tmp_path: Path, candidates: Candidates) -> None:
    """Of the GP, whose first choices are random, the first that a model makes differs."""
    folder = made(tmp_path, candidates, "gp")
    for place in range(3):
        lost = {"status": "failed", "phases": [], "unidentified_weight_fraction": 0.0}
        rewrite(folder, "finished", place, {"outcome": lost})
    found = again(past_campaign(folder))
    assert found.startswith("decision ")
    assert "expected" in found
    assert "got" in found


def test_another_decision_is_found(tmp_path: Path, candidates: Candidates) -> None:
    folder = made(tmp_path, candidates)
    past = past_campaign(folder)
    tried = {c.recipe.content_id for c in past.history.completed}
    other = next(c.recipe for c in past.candidates.items if c.recipe.content_id not in tried)
    was = past.history.completed[5].recipe
    rewrite(folder, "decided", 5, {"suggestion": {"recipe": other.model_dump(mode="json")}})
    changed = past_campaign(folder)
    found = derive_again(changed, recorded_policy(changed.settings, changed.candidates))
    assert found.equal == 5
    assert str(found) == f"decision 5 differs: expected {other}, got {was}"


def test_another_reason_is_found(tmp_path: Path, candidates: Candidates) -> None:
    folder = made(tmp_path, candidates)
    reason = past_campaign(folder).history.completed[2].suggestion.reason
    told = {**reason.model_dump(mode="json"), "why": "because"}
    rewrite(folder, "decided", 2, {"suggestion": {"reason": told}})
    found = again(past_campaign(folder))
    assert found == "decision 2 differs in its why: expected because, got drawn at random"


def test_another_seed_is_found(tmp_path: Path, candidates: Candidates) -> None:
    past = past_campaign(made(tmp_path, candidates))
    policy = recorded_policy(past.settings, past.candidates, seed=5)
    assert derive_again(past, policy).equal < 7


def test_a_campaign_that_code_put_together(tmp_path: Path, candidates: Candidates) -> None:
    past = past_campaign(made(tmp_path, candidates, kept={}))
    with pytest.raises(RecordError, match="does not tell policy and seed"):
        recorded_policy(past.settings, past.candidates)


def test_a_policy_that_is_not_there(candidates: Candidates) -> None:
    missing = settings("random") | {"policy": {"_target_": "nobody.Policy", "_partial_": True}}
    with pytest.raises(AthanorError, match="nobody"):
        recorded_policy(missing, candidates)


def test_candidates_that_are_others(tmp_path: Path, candidates: Candidates) -> None:
    folder = made(tmp_path, candidates)
    path = folder / "candidates.json"
    every = Candidates.from_json(path.read_text(encoding="utf-8"))
    fewer = every.model_copy(update={"items": every.items[1:]})
    path.write_text(fewer.to_json(), encoding="utf-8")
    with pytest.raises(RecordError, match="does not hold what the campaign chose from"):
        past_campaign(folder)
    path.unlink()
    with pytest.raises(RecordError, match="cannot read"):
        past_campaign(folder)


def test_a_folder_without_campaign(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="holds no campaign"):
        past_campaign(tmp_path)
