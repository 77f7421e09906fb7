"""What tasks leave becomes an outcome, or a question, and never what cannot be."""

from pathlib import Path
from typing import Any

import pytest

from knowledge.errors import RecordError
from knowledge.outcome import Outcome
from lab import Garbled, Unknown
from lab.alabos import AlabosLab
from lab.alabos.outcome import Results
from lab.alabos.wire import _time, errors
from tests.conformance.lab import recipe
from tests.lab.alabos.stand_in import StandIn, made

DONE = 40


def done(server: StandIn, folder: Path, **settings: Any) -> AlabosLab:
    """A lab whose experiment e1 is over."""
    lab = made(server.url, folder, **settings)
    lab.submit(recipe(), "e1")
    server.work(DONE)
    return lab


def outcome(lab: AlabosLab) -> Outcome:
    status = lab.poll("e1")
    assert isinstance(status, Outcome)
    return status


def phase(share: object, formula: object = "BaTiO3", **more: object) -> dict[str, object]:
    return {"formula": formula, "weight_fraction": share, **more}


def test_phases_sigma_profile_and_hours(server: StandIn, tmp_path: Path) -> None:
    """Dosing starts in hour 4 and the scan ends in hour 24: each state of a task takes an hour."""
    server.model.phases = lambda _: [phase(0.2, "Ba2TiO4"), phase(0.7, sigma=0.01)]
    found = outcome(done(server, tmp_path))
    assert [(p.formula, p.weight_fraction, p.sigma) for p in found.phases] == [
        ("BaTiO3", 0.7, 0.01), ("Ba2TiO4", 0.2, 0.05),
    ]  # fmt: skip
    assert found.unidentified_weight_fraction == pytest.approx(0.1)
    assert found.profile == recipe().steps  # nothing told: as planned
    assert found.lab_time_h == 20


def test_what_was_fired_where_a_lab_tells_it(server: StandIn, tmp_path: Path) -> None:
    server.model.profile = [{"temperature_c": 1093.5, "hold_h": 4.2}]
    [step] = outcome(done(server, tmp_path, results={"profile": "profile"})).profile
    assert (step.temperature_c, step.hold_h, step.ramp_c_per_min) == (1093.5, 4.2, 5.0)


def test_results_lie_where_the_configuration_says(server: StandIn, tmp_path: Path) -> None:
    model = server.model
    model.phases = lambda _: {"refined": [{"name": {"f": "BaTiO3"}, "wt": 1, "err": 0.5}]}
    places = {
        "phases": "phases.refined", "formula": "name.f", "weight_fraction": "wt", "sigma": "err",
    }  # fmt: skip
    [found] = outcome(done(server, tmp_path, results=places)).phases
    assert (found.formula, found.weight_fraction, found.sigma) == ("BaTiO3", 1.0, 0.5)


@pytest.mark.parametrize("told", [None, []])
def test_done_without_phases_is_a_question(server: StandIn, tmp_path: Path, told: object) -> None:
    """Which answers itself when somebody adds them."""
    server.model.phases = lambda _: told
    lab = done(server, tmp_path)
    status = lab.poll("e1")
    assert isinstance(status, Unknown)
    assert "look at the pattern, tell the phases with athanor amend" in status.reason
    for task in server.model.tasks.values():
        if task["type"] == "Diffraction":
            task["result"] = {"phases": [phase(0.9)]}
    assert outcome(lab).weight_fraction("BaTiO3") == 0.9


CANNOT_BE: dict[str, Any] = {
    "no list": "BaTiO3",
    "no share": [{"formula": "BaTiO3"}],
    "a text": [phase("0.9")],
    "true": [phase(True)],
    "percent": [phase(90)],
    "below 0": [phase(-0.1)],
    "too much": [phase(0.8), phase(0.4, "TiO2")],
    "no element": [phase(0.9, "Xx2O3")],
    "no name": [phase(0.9, 7)],
    "a name for a terminal": [phase(0.9, "Ba\x1b[2JTiO3")],
    "sigma": [phase(0.9, sigma=7)],
    "huge": [phase(10**400)],
    "many": [phase(1e-4)] * 2000,
}


@pytest.mark.parametrize("name", CANNOT_BE)
def test_what_cannot_be_is_no_outcome(server: StandIn, tmp_path: Path, name: str) -> None:
    server.model.phases = lambda _: CANNOT_BE[name]
    lab = done(server, tmp_path)
    for _ in range(2):
        with pytest.raises(Garbled, match="does not hold together") as error:
            lab.poll("e1")
        assert str(error.value).isprintable()
        assert len(str(error.value)) < 400


def test_an_outcome_stays_as_it_was(server: StandIn, tmp_path: Path) -> None:
    """Whatever the server says later, also to who opens the log again."""
    lab = done(server, tmp_path)
    first = outcome(lab)
    for task in server.model.tasks.values():
        task |= {"status": "ERROR", "result": None}
    server.down()
    assert outcome(lab) == first
    lab.close()
    assert outcome(made(server.url, tmp_path)) == first


def test_times_as_flask_and_as_iso_write_them() -> None:
    one, other = _time("Mon, 05 Jan 2026 08:00:00 GMT"), _time("2026-01-05T08:00:00")
    assert one == other is not None
    assert [_time(t) for t in (None, 7, "", "yesterday", "Mon, 99 Jan 2026")] == [None] * 5


def test_errors_are_one_line_whatever_they_are() -> None:
    assert (
        errors({"errors": [{"loc": ["name"], "msg": "a\nb"}]}) == '[{"loc":["name"],"msg":"a\\nb"}]'
    )
    assert errors({"reason": "no\x1b[2J"}) == "no [2J"
    assert errors({}) == "no reason given"


@pytest.mark.parametrize(
    "given",
    [{"phases": ""}, {"phases": "a..b"}, {"formula": 7}, {"profile": ""}, {"profile": 7},
     {"default_sigma": 2}, {"default_sigma": "0.1"}, {"colour": 1}, ["phases"]],
)  # fmt: skip
def test_places_that_are_none(given: Any) -> None:
    with pytest.raises(RecordError, match=r"lab\.results") as error:
        Results.of(given)
    assert str(error.value).isprintable()
