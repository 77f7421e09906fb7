"""Worth buying: what is promised of a purchase comes true when it is on the shelf."""

from collections.abc import Mapping, Sequence

import pytest

from agents.candidates import CandidateGrid, gather
from agents.configured_policy import recorded_part
from agents.history import CompletedExperiment, History
from agents.policies.athanor import AthanorPolicy
from agents.posterior import Posterior
from agents.purchases import LEAST_GAIN, Known, Purchase, Wanted, wanted
from agents.stocked import Shelf
from knowledge.balance import amounts
from knowledge.chemistry import identity, molar_mass_g_per_mol
from knowledge.energies import EnergyStack
from knowledge.errors import AthanorError, NoEnergyError
from knowledge.literature import UninformedProposer, frequency_proposer
from knowledge.recipe import Target
from lab.inventory import Inventory
from lab.procedure import Bench
from lab.safety import Envelope
from tests.agents.lab_by_hand import gave

TARGET = Target(formula="BaTiO3")
GRID = CandidateGrid(spacing_c=100, span_sigmas=1, hold_h=(4.0,))
FEW = 3  # of literature's sets: with BaCO3, Ba(NO3)2 and BaO
WIDE = CandidateGrid(spacing_c=100, hold_h=(4.0,))
POOR = ("BaO2", "TiO2")


@pytest.fixture(scope="module")
def known(energies: EnergyStack) -> Known:
    return Known(energies, frequency_proposer(), GRID)


@pytest.fixture(scope="module")
def wide(energies: EnergyStack) -> Known:
    return Known(energies, frequency_proposer(), WIDE)


@pytest.fixture(scope="module")
def poor(known: Known) -> Wanted:
    """What is worth buying beside BaO2 and TiO2."""
    return wanted(TARGET, shelf_of(Inventory(POOR)), known)


def shelf_of(stock: Inventory, **limits: float) -> Shelf:
    return Shelf(stock.formulas, stock.free_g, Envelope(**limits))


def with_(wanted: Wanted, *powders: str) -> Purchase:
    return next(p for p in wanted.purchases if set(p.grams) == set(powders))


def best_by_hand(known: Known, formulas: Sequence[str], powder: str = "") -> float:
    """The best chance at the first decision of a campaign that has these powders."""
    envelope, history = Envelope(), History(target=TARGET)
    found = gather(
        TARGET, formulas, lambda r: envelope.check(r, formulas), known.energies, known.proposer,
        known.grid,
    )  # fmt: skip
    chances = Posterior(found, history).probability
    return max(
        chance
        for chance, c in zip(chances, found.items, strict=True)
        if not powder or powder in c.recipe.precursors
    )


def test_chances_are_those_of_a_campaign_with_and_without_the_purchase(
    known: Known, poor: Wanted
) -> None:
    found = poor
    now = best_by_hand(known, POOR)
    assert found.chance_now == pytest.approx(now)
    for powder in ("BaO", "BaCO3"):
        purchase = with_(found, powder)
        then = best_by_hand(known, [*POOR, powder], powder)
        assert purchase.best.chance == pytest.approx(then)
        assert purchase.gain == pytest.approx(then - now)
        assert purchase.then == pytest.approx(best_by_hand(known, [*POOR, powder]))
        assert powder in purchase.best.recipe.precursors


@pytest.mark.parametrize("formulas", [POOR, ("BaCO3", "TiO2")])
def test_what_was_promised_comes_true_once_it_is_bought(
    known: Known, formulas: Sequence[str]
) -> None:
    """And the policy then says the same of the recipe that it chooses first."""
    stock = Inventory([{"formula": f, "grams": 50} for f in formulas])
    first = wanted(TARGET, shelf_of(stock), known, FEW).purchases[0]
    assert first.gain >= LEAST_GAIN
    for powder, grams in first.grams.items():
        stock.restock({"formula": powder, "grams": grams * (1 + 1e-6)}, numbered=True)
    after = wanted(TARGET, shelf_of(stock), known, FEW)
    assert after.now == first.best
    assert after.chance_now == first.then
    assert not any(set(p.grams) == set(first.grams) for p in after.purchases)
    envelope = Envelope()
    campaign = gather(
        TARGET, stock.formulas, lambda r: envelope.check(r, stock.formulas), known.energies,
        known.proposer, known.grid,
    )  # fmt: skip
    suggested = AthanorPolicy(campaign).suggest(History(target=TARGET), 1)[0]
    # six digits are told of a probability
    assert suggested.reason.probability_of_success == pytest.approx(after.chance_now, abs=5.1e-7)


def test_the_highest_gain_comes_first_and_no_gain_is_called_none(wide: Known) -> None:
    found = wanted(TARGET, shelf_of(Inventory(["BaCO3", "TiO2"])), wide)
    gains = [p.gain for p in found.purchases]
    assert gains == sorted(gains, reverse=True)
    assert [p.worth_it for p in found.purchases] == [gain >= LEAST_GAIN for gain in gains]
    assert with_(found, "BaO").worth_it
    assert not with_(found, "BaO2").worth_it
    assert all("TiO2" not in p.grams and "BaCO3" not in p.grams for p in found.purchases)


def test_grams_are_those_of_a_batch(poor: Wanted) -> None:
    """Of 2 g of target: grams by moles and molar masses."""
    moles = Bench().batch_g / molar_mass_g_per_mol("BaTiO3")
    assert with_(poor, "BaCO3").grams == pytest.approx(
        {"BaCO3": moles * molar_mass_g_per_mol("BaCO3")}
    )
    needed = amounts("BaTiO3", ("BaCO3", "Ti2O3"))
    assert needed is not None
    assert with_(poor, "BaCO3", "Ti2O3").grams == pytest.approx(
        {f: n * moles * molar_mass_g_per_mol(f) for f, n in needed.items()}
    )


def test_too_little_on_the_shelf_is_as_good_as_nothing(known: Known) -> None:
    def ask(grams: float) -> Wanted:
        stock = Inventory(["TiO2", {"formula": "BaO", "grams": grams}])
        return wanted(TARGET, shelf_of(stock), known, FEW)

    short, enough = ask(1.3), ask(1.4)  # 1.315 g make a batch
    assert short.now is None
    assert "too little is left" in short.why_none
    assert with_(short, "BaO").then == pytest.approx(enough.chance_now)
    assert not any("BaO" in p.grams for p in enough.purchases)
    promised = Inventory(["TiO2", {"formula": "BaO", "grams": 1.4}])
    promised.reserve("e1", {"BaO": 0.5})
    assert with_(wanted(TARGET, shelf_of(promised), known, FEW), "BaO").grams["BaO"] < 1.4


def test_an_empty_shelf_is_told_whole_sets(known: Known) -> None:
    found = wanted(TARGET, shelf_of(Inventory()), known)
    assert (found.now, found.chance_now) == (None, 0)
    assert "nothing there brings Ba, Ti" in found.why_none
    assert with_(found, "BaCO3", "TiO2").sets == (("BaCO3", "TiO2"),)
    assert with_(found, "BaCO3", "TiO2").literature == pytest.approx(
        known.proposer.propose("BaTiO3", 1)[0].probability
    )
    assert found.useless["Ba(NO3)2 + TiO2"].startswith("no table has an energy of Ba(NO3)2")


def test_powders_that_complete_several_sets_count_for_all_of_them(poor: Wanted) -> None:
    both = with_(poor, "BaCO3", "Ti2O3")
    assert set(both.sets) == {("BaCO3", "TiO2"), ("BaCO3", "Ti2O3")}
    assert both.literature > with_(poor, "BaCO3").literature
    assert both.gain > with_(poor, "BaCO3").gain + LEAST_GAIN  # else the smaller one alone
    keys = [frozenset(map(identity, p.grams)) for p in poor.purchases]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        ({"max_temperature_c": 500.0}, "furnace temperature"),
        ({"forbidden_elements": ("Ba",)}, "forbidden elements"),
    ],
)
def test_what_the_envelope_refuses_is_not_worth_buying(
    known: Known, limits: Mapping[str, float], why: str
) -> None:
    found = wanted(TARGET, shelf_of(Inventory(POOR), **limits), known)
    assert found.purchases == ()
    assert why in found.useless["BaCO3"]
    assert why in found.why_none


def test_what_a_campaign_saw_counts(wide: Known) -> None:
    """BaO2 failed wherever it was tried: it is left, another precursor gains, nothing is again."""
    fresh, envelope = wanted(TARGET, shelf_of(Inventory(POOR)), wide, FEW), Envelope()
    campaign = gather(
        TARGET, POOR, lambda r: envelope.check(r, POOR), wide.energies, wide.proposer, wide.grid
    )
    history = History(target=TARGET)
    for number in range(2):
        suggestion = AthanorPolicy(campaign).suggest(history, 1)[0]
        name = f"c-{number:04d}"
        done = CompletedExperiment(
            experiment_id=name, suggestion=suggestion, outcome=gave(name, 0.05)
        )
        history = history.model_copy(update={"completed": (*history.completed, done)})
    seen = Known(wide.energies, wide.proposer, wide.grid, history)
    found = wanted(TARGET, shelf_of(Inventory(POOR)), seen, FEW)
    assert found.chance_now < fresh.chance_now
    assert found.now is not None
    assert found.now.recipe.content_id not in history.tried
    left = [c for c in campaign.items if c.recipe.content_id not in history.tried]
    chances = dict(zip(campaign.items, Posterior(campaign, history).probability, strict=True))
    assert found.chance_now == pytest.approx(max(chances[c] for c in left))
    # What was tried teaches, too, when nothing is left of its powders.
    titania = shelf_of(Inventory(["TiO2"]))
    used_up, untold = wanted(TARGET, titania, seen, FEW), wanted(TARGET, titania, wide, FEW)
    assert used_up.now is None
    taught = with_(used_up, "BaO")
    assert taught.gain == taught.best.chance < with_(untold, "BaO").best.chance - LEAST_GAIN


def test_targets_without_an_answer(known: Known, energies: EnergyStack) -> None:
    with pytest.raises(NoEnergyError):
        wanted(Target(formula="BaNb2O6"), shelf_of(Inventory(POOR)), known)
    silent = Known(energies, UninformedProposer(), GRID)
    assert wanted(TARGET, shelf_of(Inventory(POOR)), silent).purchases == ()


def test_limits_are_those_of_a_campaigns_settings() -> None:
    """As the journal keeps them: plain values that name what they are of."""
    told = {"lab": {"envelope": {"_target_": "lab.safety.Envelope", "max_temperature_c": 900}}}
    assert recorded_part(told, "lab", "envelope") == Envelope(max_temperature_c=900)
    assert recorded_part(told, "lab", "bench") is None
    assert recorded_part({}, "energies") is None
    with pytest.raises(AthanorError, match="nowhere"):
        recorded_part({"energies": {"_target_": "nowhere.Energies"}}, "energies")
