"""Training on made-up compounds whose energy has a closed form, and the measures of the result."""

import csv
import gzip
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from experiments.energy_dataset import EnergyDataset, element_descriptors, part, read_dataset
from experiments.energy_metrics import (
    above_hull,
    best_constant_crps,
    calibration_table,
    coverage_by_third,
    gaussian_crps,
)
from experiments.energy_training import MemberTraining, TrainingSettings
from experiments.muon import orthogonalised
from experiments.train_energies import TABLE, score, train, write_weights
from knowledge.energies.estimate import EstimatedEnergies, calibrated_sigma
from knowledge.energies.network import NetworkSettings
from knowledge.errors import NoEnergyError

ELECTRONEGATIVITY = {
    "Li": 0.98, "Na": 0.93, "Mg": 1.31, "Ca": 1.00, "Ti": 1.54, "Fe": 1.83, "Zn": 1.65,
    "Al": 1.61, "Si": 1.90, "O": 3.44, "S": 2.58, "Cl": 3.16,
}  # fmt: skip
TINY = NetworkSettings(width=16, heads=2, layers=1, head_width=16, head_layers=1)


def energy(amounts: dict[str, int]) -> float:
    """Pauling's picture: -0.5 eV for each pair, by the square of their difference."""
    atoms = sum(amounts.values())
    return -0.5 * sum(
        amounts[a] * amounts[b] / atoms**2 * (ELECTRONEGATIVITY[a] - ELECTRONEGATIVITY[b]) ** 2
        for a, b in combinations(amounts, 2)
    )


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Networks this small only wait for each other on more."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a few hundred made-up binaries and ternaries."""
    rows: dict[str, float] = {}
    for size, subscripts in ((2, ((1, 1), (1, 2), (2, 1), (2, 3))), (3, ((1, 1, 3), (2, 1, 4)))):
        for elements in combinations(ELECTRONEGATIVITY, size):
            for numbers in subscripts:
                amounts = dict(zip(elements, numbers, strict=True))
                rows["".join(f"{e}{n if n > 1 else ''}" for e, n in amounts.items())] = energy(
                    amounts
                )
    folder = tmp_path_factory.mktemp("data")
    path = folder / TABLE
    path.parent.mkdir()
    with gzip.open(path, "wt", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(["formula", "formation_energy_ev_per_atom"])
        writer.writerows([(e, 0.0) for e in ELECTRONEGATIVITY])
        writer.writerows(rows.items())
    return folder


@pytest.fixture(scope="module")
def data(table: Path) -> EnergyDataset:
    return read_dataset(table / TABLE)


def member(data: EnergyDataset, folder: Path, **changes: float) -> MemberTraining:
    plan = TrainingSettings(epochs=3, batch=64, network=TINY, **changes)  # type: ignore[arg-type]
    rows = data.rows("train")
    return MemberTraining(data, rows, element_descriptors(data.symbols), 7, plan, folder)


def test_a_killed_training_goes_on_as_if_never_killed(data: EnergyDataset, tmp_path: Path) -> None:
    whole = member(data, tmp_path / "whole")
    whole.run(lambda _: None)

    def die(line: str) -> None:
        raise KeyboardInterrupt(line)

    steps = []
    for _ in range(4):
        killed = member(data, tmp_path / "killed", checkpoint_every_s=0.0)
        with pytest.raises(KeyboardInterrupt):
            killed.run(die)
        steps.append(killed.step)
    assert steps == [1, 2, 3, 4]
    resumed = member(data, tmp_path / "killed")
    assert resumed.step == 4
    resumed.run(lambda _: None)
    assert resumed.done
    for name, tensor in whole.averaged.items():
        assert torch.equal(tensor, resumed.averaged[name]), name


def test_a_checkpoint_of_other_settings_is_not_taken_over(
    data: EnergyDataset, tmp_path: Path
) -> None:
    member(data, tmp_path).run(lambda _: None)
    rows, descriptors = data.rows("train"), element_descriptors(data.symbols)
    other = TrainingSettings(epochs=4, batch=64, network=TINY)
    with pytest.raises(SystemExit, match="other settings"):
        MemberTraining(data, rows, descriptors, 7, other, tmp_path)


def test_from_table_to_estimates(data: EnergyDataset, tmp_path: Path) -> None:
    """Two members learn the closed form, and the weights say what they hold."""
    plan = TrainingSettings(epochs=15, batch=64, network=TINY)
    weights = tmp_path / "weights.safetensors"
    write_weights(data, train(data, plan, range(2), tmp_path), weights)
    metrics = score(weights, data, tmp_path)
    # The spread of the energies is what the best constant guess would be off by.
    spread = 1000 * float(data.energies[data.rows("test")].std())
    assert metrics["held_out"]["mae_mev_per_atom"] < spread / 4
    ensemble = EstimatedEnergies(weights)
    assert ensemble.source == (
        f"ensemble of 2 composition networks, trained on {len(data.rows('train'))} DFT energies"
    )
    assert metrics["fingerprint"] == ensemble.fingerprint
    with pytest.raises(NoEnergyError, match="Ba"):
        ensemble.energy("BaO")


class TestSplit:
    def test_is_the_md5_of_the_reduced_formula(self) -> None:
        """`printf NaCl | md5sum`, as a number, ends in 73 of a hundred, and so on."""
        assert part("NaCl") == part("BaTiO3") == part("MgO") == "train"
        assert part("O3TiBa") == part("Ba2Ti2O6") == part("BaTiO3")

    def test_parts_are_disjoint_and_of_their_sizes(self, data: EnergyDataset) -> None:
        rows = {name: set(data.rows(name).tolist()) for name in ("train", "calibrate", "test")}
        assert not rows["train"] & rows["test"]
        assert not rows["train"] & rows["calibrate"]
        assert not rows["calibrate"] & rows["test"]
        # 15 % of the compounds, within four standard deviations of a binomial.
        compounds = len(data.formulas) - len(ELECTRONEGATIVITY)
        expected, spread = 0.15 * compounds, (compounds * 0.15 * 0.85) ** 0.5
        assert abs(len(rows["test"]) - expected) < 4 * spread

    def test_sodium_nitride_is_no_missing_value(self, tmp_path: Path) -> None:
        path = tmp_path / "table.csv.gz"
        with gzip.open(path, "wt") as lines:
            lines.write("formula,formation_energy_ev_per_atom\nNaN,0.3\n")
        assert read_dataset(path).symbols == ("N", "Na")


class TestMeasures:
    def test_crps_is_the_integral_of_the_squared_difference_of_distributions(self) -> None:
        grid = np.linspace(-12, 12, 200_001)
        for error, sigma in ((0.0, 1.0), (1.3, 0.5), (-0.7, 2.0)):
            squared = (norm.cdf(grid / sigma) - (grid >= error)) ** 2
            integral = float(np.trapezoid(squared, grid))
            # The grid resolves the step at the error to 1e-4.
            assert gaussian_crps(np.array([error]), sigma) == pytest.approx(integral, abs=2e-4)

    def test_best_constant_sigma_of_gaussian_errors_is_their_own(self) -> None:
        errors = np.random.default_rng(0).normal(0, 0.07, 20_000)
        sigma, score = best_constant_crps(errors)
        # The spread of 20,000 draws is known to 0.5 %.
        assert sigma == pytest.approx(0.07, rel=0.02)
        assert score < gaussian_crps(errors, 0.05)

    @pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
    def test_calibration_makes_90_percent_of_any_errors_hold(self, scale: float) -> None:
        rng = np.random.default_rng(1)
        raw = rng.uniform(0.02, 0.2, 20_000)
        errors = rng.laplace(0, scale * raw)
        table = calibration_table(raw[:10_000], np.abs(errors[:10_000]))
        covered = coverage_by_third(errors[10_000:], calibrated_sigma(raw[10_000:], table))
        # 3,333 to a third: a standard deviation of 0.5 %, as much again from the table.
        assert covered == pytest.approx([90, 90, 90], abs=3)

    @given(st.lists(st.floats(1e-3, 1.0), min_size=8, max_size=60), st.integers(0, 99))
    @settings(deadline=None)
    def test_calibrated_sigma_never_falls(self, raw: list[float], seed: int) -> None:
        errors = np.random.default_rng(seed).exponential(0.1, len(raw))
        table = calibration_table(np.array(raw), errors)
        assert (np.diff(table[0]) >= 0).all()
        assert (np.diff(table[1]) >= -1e-12).all()

    def test_height_above_the_hull_by_the_lever_rule(self) -> None:
        phases = {"Mg": 0.0, "O2": 0.0, "MgO": -3.0, "MgO2": -1.9}
        # MgO2 against 2/3 of its atoms in MgO and 1/3 in oxygen.
        assert above_hull("MgO2", -1.9, phases) == pytest.approx(0.1)
        assert above_hull("MgO", -3.0, phases) == 0.0


@pytest.mark.parametrize("shape", [(2, 8, 8), (3, 4, 10), (3, 10, 4)])
def test_orthogonalised_keeps_directions_and_evens_lengths(shape: tuple[int, int, int]) -> None:
    matrices = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    result = orthogonalised(matrices)
    # Bounds of the quintic's fixed cycle; small singular values may lag behind.
    values = torch.linalg.svdvals(result)
    assert values.max() < 1.25
    assert values.min() > 0.3
    # U V^T has a positive product with U S V^T along every direction.
    u, _, vh = torch.linalg.svd(matrices, full_matrices=False)
    assert (torch.diagonal(u.mT @ result @ vh.mT, dim1=1, dim2=2) > 0.3).all()
