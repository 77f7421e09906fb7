"""Powders are promised, weighed out once, and free again where nothing was dosed."""

from pathlib import Path

import pytest

from knowledge.outcome import Outcome
from lab import Refused, Unreachable
from lab.alabos import AlabosLab
from tests.conformance.lab import recipe
from tests.lab.alabos.stand_in import StandIn, made

DONE = 40
NEEDED_G = recipe().masses_g(2.0)["BaCO3"]  # 1.69 of 4
LEFT_G = pytest.approx(4 - NEEDED_G, abs=1e-6)  # books are in micrograms


def stocked(server: StandIn, folder: Path) -> AlabosLab:
    lot = {"formula": "BaCO3", "lot": "A", "grams": 4}
    return made(server.url, folder, inventory=[lot, "TiO2"], inventory_file=folder / "stock.sqlite")


def grams(lab: AlabosLab) -> tuple[float, float]:
    """Of BaCO3: on the shelf, and promised to nobody."""
    return lab.stock.left_g("BaCO3"), lab.stock.free_g("BaCO3")


def test_from_promise_to_weighing(server: StandIn, tmp_path: Path) -> None:
    lab = stocked(server, tmp_path)
    lab.submit(recipe(), "e1")
    assert grams(lab) == (4, LEFT_G)
    lab.close()
    lab = stocked(server, tmp_path)
    assert grams(lab) == (4, LEFT_G)
    server.work(DONE)
    assert isinstance(lab.poll("e1"), Outcome)
    assert grams(lab) == (LEFT_G, LEFT_G)
    lab.close()
    assert grams(stocked(server, tmp_path)) == (LEFT_G, LEFT_G)


def test_killed_between_the_outcome_and_the_books(
    server: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is missing in the books is put right at the next start, once."""
    lab = stocked(server, tmp_path)
    lab.submit(recipe(), "e1")
    server.work(DONE)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(lab.stock, "use", killed)
    with pytest.raises(KeyboardInterrupt):
        lab.poll("e1")
    assert grams(lab) == (4, LEFT_G)
    lab.close()
    for _ in range(2):
        lab = stocked(server, tmp_path)
        assert grams(lab) == (LEFT_G, LEFT_G)
        lab.close()


def test_what_never_began_is_free_again(server: StandIn, tmp_path: Path) -> None:
    lab = stocked(server, tmp_path)
    lab.submit(recipe(), "e1")
    server.pick_up()
    lab.cancel("e1")
    assert grams(lab) == (4, 4)


def test_what_may_have_arrived_stays_promised(server: StandIn, tmp_path: Path) -> None:
    lab = stocked(server, tmp_path)
    server.trouble = lambda method, _: "reset before" if method == "POST" else None
    with pytest.raises(Unreachable):
        lab.submit(recipe(), "e1")
    assert grams(lab) == (4, LEFT_G)


def test_a_shelf_that_runs_short_refuses(server: StandIn, tmp_path: Path) -> None:
    lab = stocked(server, tmp_path)
    for name in ("e1", "e2"):
        lab.submit(recipe(), name)
    for ask in (lambda: lab.check(recipe()), lambda: lab.submit(recipe(), "e3")):
        with pytest.raises(Refused) as refusal:
            ask()
        assert refusal.value.rule == "inventory"
    assert server.asked("POST", "/api/experiment/submit") == 2


@pytest.mark.parametrize("fired", [True, False])
def test_what_a_person_tells_settles_the_books(
    server: StandIn, tmp_path: Path, fired: bool
) -> None:
    """An answer to a question: its powders are used, or free again; then it stays so."""
    lab = stocked(server, tmp_path)
    lab.submit(recipe(), "e1")  # and its experiment manager never picks it up
    assert grams(lab) == (4, LEFT_G)
    told = Outcome(experiment_id="e1", status="failed" if fired else "cancelled")
    left = (LEFT_G, LEFT_G) if fired else (4, 4)
    for _ in range(2):
        lab.amended(told)
        assert grams(lab) == left
        assert lab.poll("e1") == told
    lab.amended(Outcome(experiment_id="nobody's", status="failed"))
    lab.amended(Outcome(experiment_id="e1", status="failed"))  # told for ever
    assert lab.poll("e1") == told
    assert grams(lab) == left


def test_a_promise_made_before_a_kill_is_no_lack(server: StandIn, tmp_path: Path) -> None:
    """2 x 1.69 g of 4 g: what was promised to this very experiment does not count against it."""
    lab = stocked(server, tmp_path)
    for name in ("e1", "e2"):
        lab.stock.reserve(name, recipe().masses_g(2.0))  # killed before the log had it
    lab.submit(recipe(), "e1")
    lab.submit(recipe(), "e2")
    with pytest.raises(Refused, match="promised to others"):
        lab.submit(recipe(), "e3")
