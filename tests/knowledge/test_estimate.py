"""The shipped ensemble against measured enthalpies, DFT energies, and what must always hold."""

import csv
import gzip
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.energy_dataset import part
from knowledge.chemistry import parse
from knowledge.data_folder import dataset
from knowledge.energies import embedded_table
from knowledge.energies.estimate import EstimatedEnergies, default_estimate, encode
from knowledge.errors import FormulaError, NoEnergyError, RecordError

TABLE = "thermo/formation_energies.csv.gz"
# Standard enthalpies of formation at 298 K, kJ per mole of formula: CRC Handbook of Chemistry and
# Physics, 97th edition, section 5.
MEASURED_KJ_PER_MOL = {
    "MgO": -601.6, "CaO": -634.9, "BaO": -548.0, "Al2O3": -1675.7, "SiO2": -910.7,
    "TiO2": -944.0, "Y2O3": -1905.3, "La2O3": -1793.7, "ZnO": -350.5, "ZrO2": -1100.6,
    "Li2O": -597.9, "Nb2O5": -1899.5, "NaCl": -411.2, "CaF2": -1228.0, "AlN": -318.0,
}  # fmt: skip
KJ_PER_MOL = 96.48533212
# Mean absolute error of corrected DFT against measured enthalpies, eV/atom: Kirklin et al., npj
# Comput. Mater. 1, 15010 (2015), who find 0.08 between measurements of one compound.
DFT_AGAINST_MEASUREMENT = 0.1


@pytest.fixture(scope="module")
def ensemble() -> EstimatedEnergies:
    return default_estimate()


@pytest.mark.parametrize("formula", MEASURED_KJ_PER_MOL)
def test_known_compounds(ensemble: EstimatedEnergies, formula: str) -> None:
    measured = MEASURED_KJ_PER_MOL[formula] / KJ_PER_MOL / parse(formula).num_atoms
    found = ensemble.energy(formula)
    assert found.kind == "estimate"
    assert not found.corrected
    allowed = 2 * np.hypot(found.sigma_ev_per_atom, DFT_AGAINST_MEASUREMENT)
    assert found.ev_per_atom == pytest.approx(measured, abs=allowed)


def test_the_embedded_table_lies_within_the_stated_sigmas(ensemble: EstimatedEnergies) -> None:
    """Most of it was trained on, so nine in ten within 1.645 sigma is the least to ask."""
    phases = [e for e in embedded_table().system(ensemble.elements) if len(parse(e.formula)) > 1]
    energies, sigmas = ensemble.estimate([e.formula for e in phases])
    off = np.abs(energies - [e.ev_per_atom for e in phases])
    assert len(phases) > 100
    assert (off < 1.645 * sigmas).mean() > 0.9


amounts = st.dictionaries(
    st.sampled_from(["Li", "Ba", "La", "Ti", "Mn", "Fe", "Co", "P", "N", "O", "F"]),
    st.integers(1, 12),
    min_size=2,
    max_size=6,
)


@given(amounts, st.integers(2, 9), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_neither_scale_nor_order_matters(numbers: dict[str, int], scale: int, random) -> None:  # type: ignore[no-untyped-def]
    plain = "".join(f"{e}{n}" for e, n in numbers.items())
    shuffled = list(numbers.items())
    random.shuffle(shuffled)
    whole = "".join(f"{e}{n * scale}" for e, n in shuffled)
    fractional = "".join(f"{e}{n / 8}" for e, n in shuffled)
    energies, sigmas = default_estimate().estimate([plain, whole, fractional])
    # One unit of the fifth decimal that is given: float32 sums differ in the seventh.
    assert np.ptp(energies) <= 1.01e-5
    assert np.ptp(sigmas) <= 1.01e-5
    assert np.isfinite(energies).all()
    assert (sigmas > 0).all()


def test_a_batch_answers_as_one_by_one(ensemble: EstimatedEnergies) -> None:
    formulas = ["BaTiO3", "NaCl", "Fe", "La0.7Sr0.3MnO3", "Ba2YCu3O7", "KAl(SO4)2·12H2O"]
    energies, sigmas = ensemble.estimate(formulas)
    for formula, energy, sigma in zip(formulas, energies, sigmas, strict=True):
        alone = ensemble.energy(formula)
        assert alone.ev_per_atom == pytest.approx(energy, abs=1.01e-5)
        assert alone.sigma_ev_per_atom == pytest.approx(sigma, abs=1.01e-5)
    assert energies[2] == sigmas[2] == 0
    again, _ = EstimatedEnergies(ensemble.weights).estimate(formulas)
    assert (again == energies).all()
    assert all(len(answer) == 0 for answer in ensemble.estimate([]))


def test_solid_solutions_lie_near_their_end_members(ensemble: EstimatedEnergies) -> None:
    """No jump on the way from LaMnO3 to SrMnO3, and no step above 0.1 eV/atom for each 0.1."""
    series = [f"La{1 - x / 10:.1f}Sr{x / 10:.1f}MnO3" for x in range(1, 10)]
    energies, _ = ensemble.estimate(["LaMnO3", *series, "SrMnO3"])
    assert (np.abs(np.diff(energies)) < 0.1).all()


def test_room_left_for_more_elements_changes_nothing(ensemble: EstimatedEnergies) -> None:
    elements, fractions = encode(["BaTiO3", "Li3PO4"], ensemble.elements)
    wider = [np.pad(part, ((0, 0), (0, 4))) for part in (elements, fractions)]
    for narrow, wide in zip(
        ensemble.members(elements, fractions), ensemble.members(*wider), strict=True
    ):
        # Sums of float32 in another order.
        assert wide == pytest.approx(narrow, abs=1e-4)


def test_elements_never_seen_are_named(ensemble: EstimatedEnergies) -> None:
    with pytest.raises(NoEnergyError, match=r"XeRnO3: .* Xe, Rn"):
        ensemble.estimate(["BaO", "XeRnO3"])
    with pytest.raises(NoEnergyError, match="Rn"):
        ensemble.energy("Rn")
    with pytest.raises(FormulaError):
        ensemble.energy("Qq2O3")


def test_fingerprint_follows_the_weights(ensemble: EstimatedEnergies, tmp_path: Path) -> None:
    content = bytearray(ensemble.weights.read_bytes())
    same, other = tmp_path / "same.safetensors", tmp_path / "other.safetensors"
    same.write_bytes(content)
    content[-1] ^= 1
    other.write_bytes(content)
    assert EstimatedEnergies(same).fingerprint == ensemble.fingerprint
    assert EstimatedEnergies(other).fingerprint != ensemble.fingerprint


def test_weights_that_are_not_there_or_not_weights(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="cannot read"):
        EstimatedEnergies(tmp_path / "none.safetensors").energy("MgO")
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"no weights")
    with pytest.raises(RecordError, match="holds no ensemble"):
        EstimatedEnergies(broken).energy("MgO")


def test_importing_energies_and_fingerprint_need_no_torch() -> None:
    code = (
        "import sys, knowledge.energies\n"
        "from knowledge.energies.estimate import default_estimate\n"
        "default_estimate().fingerprint, default_estimate().source\n"
        "print('torch' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"


def test_one_formula_takes_milliseconds(ensemble: EstimatedEnergies) -> None:
    ensemble.energy("BaTiO3")
    took = []
    for _ in range(5):
        start = time.process_time()
        ensemble.energy("BaTiO3")
        took.append(time.process_time() - start)
    assert min(took) < 0.05


def test_weights_are_small_and_their_record_is_theirs(ensemble: EstimatedEnergies) -> None:
    assert ensemble.weights.stat().st_size < 12_000_000
    record = json.loads(ensemble.weights.with_suffix(".json").read_text(encoding="utf-8"))
    assert record["fingerprint"] == ensemble.fingerprint
    assert record["ensemble"] == ensemble.source
    held_out = record["held_out"]
    assert held_out["mae_mev_per_atom"] <= 75
    assert all(85 <= c <= 95 for c in held_out["coverage_of_90_percent"]["by_third_of_sigma"])
    assert held_out["crps_mev_per_atom"] < held_out["crps_best_constant_sigma_mev_per_atom"]


@pytest.mark.needs(TABLE)
def test_held_out_formulas_are_as_far_off_as_recorded(ensemble: EstimatedEnergies) -> None:
    with gzip.open(dataset(TABLE), "rt", encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))[::12]
    held_out = [r for r in rows if part(r["formula"]) == "test" and len(parse(r["formula"])) > 1]
    energies, sigmas = ensemble.estimate([r["formula"] for r in held_out])
    wanted = np.array([float(r["formation_energy_ev_per_atom"]) for r in held_out])
    off = np.abs(energies - wanted)
    assert len(held_out) > 1000
    record = json.loads(ensemble.weights.with_suffix(".json").read_text(encoding="utf-8"))
    # Some 1,200 formulas whose errors spread by some 1.4 times their mean: 4 % to a deviation.
    assert 1000 * off.mean() == pytest.approx(record["held_out"]["mae_mev_per_atom"], rel=0.16)
    covered = [off[t] <= 1.645 * sigmas[t] for t in np.array_split(np.argsort(sigmas), 3)]
    # 400 formulas to a third: 1.5 % to a deviation, beside the 85 to 95 % that are asked for.
    assert all(0.82 < c.mean() < 0.98 for c in covered)
