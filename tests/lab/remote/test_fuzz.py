"""Ten thousand answers that are wrong somehow: each is a status that holds together, or none."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.outcome import Outcome
from lab import Pending, Refused, Status, Unknown, Unreachable, Unsubmitted
from lab.remote import remote_lab, wire
from lab.web import messages
from tests.lab.remote.answers import DESCRIBED, MEASURED, ODD, STATUSES, mutated, whole, written
from tests.lab.remote.stand_in import HELLO, StandIn, http, says

MESSAGES = [whole(status) for status in STATUSES]
REFUSAL = wire.refusal_message(Refused("furnace temperature", "1650 C", "allowed are 100 to 1400"))


def read(body: bytes) -> Status | None:
    """The status in an answer about e1; none where it was found wanting, in one line."""
    try:
        status = wire.read_status(messages.message(body), "e1")
    except Unreachable as error:
        assert_one_line(str(error))
        return None
    assert_holds_together(status)
    return status


def assert_one_line(text: str) -> None:
    assert text.isprintable()
    assert len(text) < 400


def assert_holds_together(status: Status) -> None:
    """Counted again here, from the numbers alone."""
    if isinstance(status, Pending):
        assert status.stage.isprintable()
        return
    if isinstance(status, Unknown | Unsubmitted):
        assert status.reason.isprintable()
        return
    assert isinstance(status, Outcome)
    assert status.experiment_id == "e1"
    shares = [p.weight_fraction for p in status.phases] + [status.unidentified_weight_fraction]
    assert all(type(x) is float and 0 <= x <= 1 for x in shares)
    assert all(type(p.sigma) is float and 0 <= p.sigma <= 1 for p in status.phases)
    if status.status == "measured":  # 0.02 is what refinement may miss; the rest is rounding
        assert abs(math.fsum(shares) - 1) <= 0.02 + 1e-12
    else:
        assert not status.phases
    assert math.isfinite(status.lab_time_h)
    for fault in status.faults:
        assert (fault.kind + fault.stage + fault.message).isprintable()
    # What a campaign does with it next.
    assert Outcome.from_json(status.to_json()) == status
    assert 0 <= status.weight_fraction("BaTiO3") <= 1.02


@pytest.mark.parametrize("status", STATUSES, ids=lambda s: getattr(s, "status", type(s).__name__))
def test_what_holds_together_arrives(status: Status) -> None:
    assert read(messages.body_of(wire.status_message(status, "e1"))) == status


def test_ten_thousand_mutated_answers() -> None:
    rng = random.Random(20240)
    # The outcome with all its parts has most places to go wrong.
    seen = [read(mutated(rng.choice([*MESSAGES, *MESSAGES[:1] * 7]), rng)) for _ in range(10_000)]
    outcomes = [s for s in seen if isinstance(s, Outcome)]
    assert sum(s is None for s in seen) > 3_000
    assert len(outcomes) > 100  # changes that do no harm: the reader does not refuse everything


def test_mutated_refusals_and_descriptions() -> None:
    rng = random.Random(7)
    for _ in range(1_000):
        try:
            refusal = wire.read_refusal(messages.message(mutated(REFUSAL, rng)))
            assert all(x.isprintable() for x in (refusal.rule, refusal.value, refusal.limit))
        except Unreachable as error:
            assert_one_line(str(error))
        try:
            found = messages.message(mutated(DESCRIBED.model_dump(mode="json"), rng))
            described = messages.record(wire.Description, found, "lab")
            assert described.name.isprintable()
            assert all(formula.isprintable() for formula in described.inventory)
        except Unreachable as error:
            assert_one_line(str(error))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(ODD),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(sorted({key for message in MESSAGES for key in message}))


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(body: bytes) -> None:
    assert read(body) is None or body.strip().startswith(b"{")


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(MESSAGES), st.dictionaries(KEYS, JSON, max_size=3))
def test_any_json_in_any_place(message: dict[str, object], changes: dict[str, object]) -> None:
    read(written({**message, **changes}, random.Random(0)).encode("utf-8", "surrogatepass"))


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(list(Outcome.model_fields)), JSON)
def test_any_json_in_any_place_of_an_outcome(field: str, value: object) -> None:
    outcome = {**MEASURED.model_dump(mode="json"), field: value}
    told = {"experiment_id": "e1", "status": "outcome", "outcome": outcome}
    read(written(told, random.Random(0)).encode("utf-8", "surrogatepass"))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=5),
    st.floats(0, 1),
    st.sampled_from(["measured", "failed", "refused", "cancelled"]),
)
def test_whatever_the_fractions(fractions: list[float], rest: float, status: str) -> None:
    """Just those pass that add up to one within 0.02 and are of a sample that was measured."""
    phases = [{"formula": "BaTiO3", "weight_fraction": x, "sigma": 0.1} for x in fractions]
    outcome = {"experiment_id": "e1", "status": status, "phases": phases}
    outcome["unidentified_weight_fraction"] = rest
    body = messages.body_of({"experiment_id": "e1", "status": "outcome", "outcome": outcome})
    off = abs(math.fsum([*fractions, rest]) - 1)
    if abs(off - 0.02) > 1e-9:  # at the edge itself rounding decides
        assert (read(body) is not None) == (status == "measured" and off < 0.02)


def test_two_hundred_through_a_socket() -> None:
    rng = random.Random(99)
    bodies = [mutated(rng.choice(MESSAGES), rng) for _ in range(200)]
    with StandIn([says(HELLO), *(says(http(body)) for body in bodies), says(b"")]) as server:
        far = remote_lab(server.url, timeout_s=20)
        for body in bodies:
            alone = read(body)
            if alone is not None and "now_h" not in messages.message(body):
                assert far.poll("e1") == alone
                continue
            with pytest.raises(Unreachable) as error:
                far.poll("e1")
            assert_one_line(str(error.value))
            assert str(error.value).startswith(f"the lab at 127.0.0.1:{server.port} answered what")
