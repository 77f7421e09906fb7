"""The posterior over yields, and what its kernel knows."""

import numpy as np
import pytest
import torch

from agents.candidates import Candidates, assemble
from agents.censoring import Observed, to_probit
from agents.features import SOURCES, Featuriser
from agents.kernel import ENSEMBLE, ExpectedYield, Layout, RecipeKernel, inputs
from agents.reactivity import Reactivity
from agents.surrogate import Outcomes, Surrogate
from knowledge.energies import EnergyStack
from knowledge.errors import AthanorError
from knowledge.literature import UninformedProposer
from knowledge.recipe import HeatingStep, Recipe, Target

SETS = (
    ("BaO2", "CuO", "Y2O3"),
    ("BaO2", "CuCO3", "Y2O3"),
    ("BaCO3", "CuO", "Y2O3"),
    ("BaCO3", "Cu2O", "Y2O3"),
)
TEMPERATURES_C = (700.0, 900.0)


@pytest.fixture(scope="module")
def ybco(energies: EnergyStack) -> Candidates:
    """Four precursor sets at two temperatures; the sets in turn, cooler first."""
    target = Target(formula="YBa2Cu3O7")
    recipes = [
        Recipe.balanced(target, precursors, (HeatingStep(temperature_c=t, hold_h=4),))
        for precursors in SETS
        for t in TEMPERATURES_C
    ]
    return assemble(target, recipes, energies, UninformedProposer())


def row(precursors: tuple[str, ...], temperature_c: float) -> int:
    return 2 * SETS.index(precursors) + TEMPERATURES_C.index(temperature_c)


def surrogate(candidates: Candidates, yields: dict[int, float]) -> Surrogate:
    features = Featuriser(candidates).features(Reactivity(candidates.onset_priors))
    values = list(yields.values())
    return Surrogate(features, Outcomes.of(list(yields), values, [0.02] * len(values)))


def expected(candidates: Candidates, yields: dict[int, float]) -> np.ndarray:
    """Mean probit of each candidate over the ensemble."""
    found = surrogate(candidates, yields)
    return np.asarray(np.exp(found.log_weights) @ found.marginals()[0])


def test_a_twin_is_nearly_the_same_experiment(ybco: Candidates) -> None:
    """CuCO3 has become CuO before anything reacts, so its result tells more than Cu2O's would."""
    good = row(SETS[0], 900)
    gained = expected(ybco, {good: 0.98}) - expected(ybco, {})
    assert gained[row(SETS[1], 900)] > gained[row(SETS[2], 900)] > gained[row(SETS[3], 900)] > 0


def test_temperatures_are_ordered(ybco: Candidates) -> None:
    """A result goes with that of another set fired alike, less with one fired 200 K cooler."""
    features = Featuriser(ybco).features(Reactivity(ybco.onset_priors))
    x = inputs(features)
    k = RecipeKernel(Layout.of(features), ENSEMBLE[:1])(x).to_dense()[0]
    fired = k[row(SETS[0], 900)]
    assert fired[row(SETS[2], 900)] > fired[row(SETS[2], 700)] > 0


def test_the_posterior_is_that_of_the_textbook(ybco: Candidates) -> None:
    """Rasmussen & Williams, 2006, equations 2.25 and 2.26, for one member."""
    yields = {0: 0.3, 3: 0.6, 5: 0.8}
    features = Featuriser(ybco).features(Reactivity(ybco.onset_priors))
    member = ENSEMBLE[:1]
    outcomes = Outcomes.of(list(yields), list(yields.values()), [0.02] * 3)
    found = Surrogate(features, outcomes, member)
    x = inputs(features)
    k = RecipeKernel(Layout.of(features), member)(x).to_dense()[0].numpy()
    m = ExpectedYield(member)(x[None])[0].numpy()
    seen = list(yields)
    observed = Observed.of(np.array(list(yields.values())), np.full(3, 0.02))
    noisy = k[np.ix_(seen, seen)] + np.diag(observed.variance.numpy())
    gain = np.linalg.solve(noisy, k[seen]).T
    mean, variance = found.marginals()
    assert mean[0] == pytest.approx(m + gain @ (to_probit(outcomes.yields) - m[seen]), abs=1e-8)
    assert variance[0] == pytest.approx(np.diag(k - gain @ k[seen]), abs=1e-8)
    joint_mean, covariance = found.joint(np.arange(8))
    assert joint_mean[0] == pytest.approx(mean[0], abs=1e-8)
    assert np.diag(covariance[0]) == pytest.approx(variance[0], abs=1e-8)


def test_the_covariance_is_one(ybco: Candidates) -> None:
    features = Featuriser(ybco).features(Reactivity(ybco.onset_priors))
    x = inputs(features)
    kernel = RecipeKernel(Layout.of(features), ENSEMBLE)
    dense = kernel(x).to_dense()
    assert torch.linalg.eigvalsh(dense).min() > -1e-9
    assert torch.allclose(kernel(x, diag=True), dense.diagonal(dim1=-2, dim2=-1))


def test_replicates_count_as_one_recipe_and_are_no_surer_than_they_agree() -> None:
    found = Outcomes.of([4, 4, 7], [0.2, 0.8, 0.5], [0.02, 0.02, 0.02])
    assert found.rows.tolist() == [4, 7]
    assert found.yields == pytest.approx([0.5, 0.5])
    assert found.sigmas == pytest.approx([np.hypot(0.3, 0.02), 0.02])


def test_ten_thousand_identical_outcomes_are_one(ybco: Candidates) -> None:
    many = Outcomes.of([3] * 10_000, [0.4] * 10_000, [0.02] * 10_000)
    features = Featuriser(ybco).features(Reactivity(ybco.onset_priors))
    once = surrogate(ybco, {3: 0.4})
    assert Surrogate(features, many).marginals()[0] == pytest.approx(once.marginals()[0])


def test_many_outcomes_are_screened_by_the_best_and_some_others() -> None:
    rows = list(range(1000))
    part = Outcomes.of(rows, [r / 1000 for r in rows], [0.02] * 1000).part(100)
    assert len(part) == 100
    assert set(range(950, 1000)) <= set(part.rows.tolist())
    assert part.rows.min() == 0


@pytest.mark.parametrize("source", SOURCES)
def test_each_source_can_be_switched_off(ybco: Candidates, source: str) -> None:
    reactivity = Reactivity(ybco.onset_priors)
    with_all, without = (
        inputs(Featuriser(ybco, off).features(reactivity)) for off in ((), (source,))
    )
    if source == "literature":  # there is none to switch off
        assert torch.equal(with_all, without)
    else:
        assert with_all.shape != without.shape or not torch.allclose(with_all, without)


def test_an_unknown_source_is_told(ybco: Candidates) -> None:
    with pytest.raises(AthanorError, match="astrology: allowed in `without` are literature"):
        Featuriser(ybco, ["astrology"])


def test_the_nearest_experiment_is_the_twin(ybco: Candidates) -> None:
    seen = {row(SETS[1], 900): 0.5, row(SETS[3], 900): 0.5, row(SETS[0], 700): 0.1}
    near = surrogate(ybco, seen).nearest([row(SETS[0], 900)], 2)
    assert near[0][0] == row(SETS[1], 900)


def test_beyond_what_screens_all_outcomes_still_count(energies: EnergyStack) -> None:
    """With more recipes than the screen takes, marginals are those of all of them, as `joint`."""
    target = Target(formula="BaTiO3")
    recipes = [
        Recipe.balanced(target, s, (HeatingStep(temperature_c=600 + t, hold_h=h),))
        for s in (("BaO", "TiO2"), ("BaCO3", "TiO2"))
        for h in (2, 4, 8)
        for t in range(0, 500, 10)
    ]
    found = assemble(target, recipes, energies, UninformedProposer())
    features = Featuriser(found).features(Reactivity(found.onset_priors))
    measured = list(range(250))
    yields = [0.1 + 0.8 * (i % 50) / 50 for i in measured]
    posterior = Surrogate(features, Outcomes.of(measured, yields, [0.02] * 250))
    rows = np.array([260, 280, 299])
    mean, variance = posterior.marginals(rows)
    joint_mean, covariance = posterior.joint(rows)
    assert mean == pytest.approx(joint_mean, abs=1e-8)
    assert variance == pytest.approx(np.diagonal(covariance, axis1=1, axis2=2), abs=1e-8)
    assert not np.allclose(posterior.screened[0][:, rows], mean, atol=1e-3)
