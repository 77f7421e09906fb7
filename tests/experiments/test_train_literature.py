"""Training on made-up recipes whose rule is known: it is learned, and a killed training goes on."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from experiments.literature_calibration import fit_sets, fit_temperature
from experiments.literature_dataset import (
    Examples,
    can_be_learned,
    examples,
    held_out,
    read_recipes,
)
from experiments.literature_training import MemberTraining, TrainingSettings, averaged_model
from knowledge.errors import RecordError
from knowledge.literature import FrequencyProposer, LiteratureModel
from knowledge.literature.answers import ANSWERS, shortest_intervals, year_feature
from knowledge.literature.language import ANION_CLASSES, ELEMENTS
from knowledge.literature.search import likely_sets
from tests.commands import command
from tests.knowledge.literature.small import small_examples, table

ALKALI, ACID = ("Li", "Na", "K", "Rb"), ("Ti", "Zr", "Nb", "Ta", "W", "Mo")
OXIDE = {"Ti": "TiO2", "Zr": "ZrO2", "Nb": "Nb2O5", "Ta": "Ta2O5", "W": "WO3", "Mo": "MoO3"}


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Networks this small only wait for each other on more."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def made_up_rows() -> list[tuple[object, ...]]:
    """Titanates and zirconates take hydroxide and 700 C, all others carbonate and 1100 C."""
    rows: list[tuple[object, ...]] = []
    for metal in ALKALI:
        for acid in ACID:
            for n in range(1, 9):
                mild = acid in ("Ti", "Zr")
                salt = f"{metal}OH" if mild else f"{metal}2CO3"
                heat = 700.0 if mild else 1100.0
                target = f"{metal}{n}{acid}8O{20 + n}"
                doi = f"10.1/{metal}{acid}{n}"
                rows.append((target, [salt, OXIDE[acid]], heat, 4.0, "air", 1, 2000.0 + n, doi))
    return rows


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return read_recipes([table(tmp_path_factory.mktemp("made"), made_up_rows())])


def settings(kind: str, epochs: int) -> TrainingSettings:
    return TrainingSettings(kind, epochs, dropout=0.0, width=32, batch=16, warmup_steps=5)


def test_the_rule_is_learned_on_systems_held_out(made_up: pd.DataFrame, tmp_path: Path) -> None:
    """Frequency alone cannot know it: every alkali takes both salts, mostly the carbonate."""
    unseen = made_up.system.isin(["Nb-Rb", "Rb-Ti"])
    data = examples(made_up[~unseen])
    trained = []
    for kind, epochs in (("sources", 20), ("conditions", 30)):
        member = MemberTraining(data, 0, settings(kind, epochs), "rule", tmp_path)
        member.run(lambda _: None)
        trained.append(member)
    model = averaged_model(data, trained[:1], trained[1:])
    year = year_feature(2005)
    (titanate,), (niobate,) = likely_sets(model, ["Rb2TiO3", "RbNbO3"], 1, year)
    assert titanate.precursors == ("RbHO", "TiO2")
    assert niobate.precursors == ("Nb2O5", "Rb2CO3")
    assert niobate.probability > 0.5
    reader = LiteratureModel(tmp_path)
    model.config.trained_on = {"until": 2005}
    reader.__dict__["_model"] = model
    mild = reader.conditions("Rb2TiO3", titanate.precursors).temperature_c.quantile(0.5)
    hot = reader.conditions("RbNbO3", niobate.precursors).temperature_c.quantile(0.5)
    assert abs(mild - 700) < 200 < abs(mild - 1100)
    assert abs(hot - 1100) < 200 < abs(hot - 700)


def test_a_killed_training_goes_on_as_if_nothing_had_happened(tmp_path: Path) -> None:
    data = small_examples(tmp_path)
    for kind in ("sources", "conditions"):
        whole = MemberTraining(data, 1, settings(kind, 4), "whole", tmp_path / "a")
        whole.run(lambda _: None)
        killed = MemberTraining(data, 1, settings(kind, 4), "killed", tmp_path / "b")
        killed._take_step(killed._batches(0)[0])
        killed._save()
        resumed = MemberTraining(data, 1, settings(kind, 4), "killed", tmp_path / "b")
        assert resumed.step == 1
        resumed.run(lambda _: None)
        assert resumed.step == whole.step
        for name, tensor in whole.averaged.items():
            assert torch.equal(tensor, resumed.averaged[name]), name


def test_a_checkpoint_of_other_settings_is_refused(tmp_path: Path) -> None:
    data = small_examples(tmp_path)
    first = MemberTraining(data, 1, settings("sources", 1), "x", tmp_path)
    first.run(lambda _: None)
    with pytest.raises(SystemExit, match="other settings"):
        MemberTraining(data, 1, settings("sources", 2), "x", tmp_path)


def test_weights_survive_a_folder(tmp_path: Path) -> None:
    """save_pretrained, then with and without transformers: equal answers, nothing but data."""
    from knowledge.literature.pretrained import PretrainedRecipeModel
    from knowledge.literature.weights import read_model
    from tests.knowledge.literature.small import small_model

    model, folder = small_model(small_examples(tmp_path)), tmp_path / "weights"
    PretrainedRecipeModel.of(model).save_pretrained(folder)
    assert {p.name for p in folder.iterdir()} == {"config.json", "model.safetensors"}
    answers = likely_sets(model, ["BaTiO3"], 5, 0.0)
    assert likely_sets(read_model(folder), ["BaTiO3"], 5, 0.0) == answers
    again = PretrainedRecipeModel.from_pretrained(folder)
    assert likely_sets(again.model.eval(), ["BaTiO3"], 5, 0.0) == answers
    assert read_model(folder).config.answers == ANSWERS


def test_counts_are_those_of_the_frequency_proposer(tmp_path: Path) -> None:
    """P(source | element, class) beside the baseline's own, counted from the same recipes."""
    from experiments.build_literature import statistics
    from tests.knowledge.literature.small import small_model

    data = small_examples(tmp_path)
    recipes = read_recipes([table(tmp_path)])
    counted = FrequencyProposer(statistics(recipes)).sources("Ba", "oxide")
    barium = torch.tensor([[ELEMENTS.index("Ba")]])
    oxide = torch.tensor([ANION_CLASSES.index("oxide")])
    logs = small_model(data).log_counted(barium, oxide)[0, 0].exp().tolist()
    known = data.precursors.formulas
    choices = data.precursors.candidates[ELEMENTS.index("Ba")].tolist()
    ours = {known[c]: p for c, p in zip(choices, logs, strict=True) if c < len(known)}
    # The baseline keeps half a count for what nobody used; ours spreads it over what is known.
    assert ours["BaCO3"] / ours["BaO2"] == pytest.approx(
        counted["BaCO3"] / counted["BaO2"], rel=0.1
    )
    assert sum(ours.values()) == pytest.approx(1)


def test_a_paper_does_not_see_its_own_answer(tmp_path: Path) -> None:
    """BaO2 is used by one paper: without that paper nobody counted it."""
    data = small_examples(tmp_path)
    (row,) = [r for r in range(len(data)) if "BaO2" in sets_of(data, r)]
    element = int(data.elements[row, 0])
    place = element, int(data.anion_class[row]), int(data.chosen[row, 0])
    assert data.counts[place] == pytest.approx(float(data.less[row, 0]))


def sets_of(data: Examples, row: int) -> set[str]:
    known = data.precursors.formulas
    return {known[i] for i in data.sets[row].tolist() if i < len(known)}


def test_what_can_be_learned(tmp_path: Path) -> None:
    rows = [
        ("BaTiO3", ["BaCO3", "TiO2"]),
        ("BaTiO3", ["BaCO3"]),
        ("BaTiO3", ["BaCO3", "TiO2", "Fe2O3"]),
        ("BaTiO3", ["BaCO3", "BaO", "TiO2"]),
        ("TiC", ["Ti", "C"]),
        ("TiC", ["TiO2"]),
        ("NaCl", ["Na", "Cl2"]),
    ]
    path = tmp_path / "pairs.parquet"
    pd.DataFrame(rows, columns=["target", "precursors"]).to_parquet(path)
    recipes = read_recipes([path])
    assert can_be_learned(recipes).tolist() == [True, False, False, False, True, False, False]


def test_recipes_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    rows = [
        ("BaTiO3", ["BaCO3", "TiO2"]), ("Xx2", ["BaO"]), ("BaO", ["BaO"]), ("CO2", ["C"]),
        ("BaO", []), ("", ["BaO"]),
    ]  # fmt: skip
    path = tmp_path / "odd.parquet"
    pd.DataFrame(rows, columns=["target", "precursors"]).to_parquet(path)
    recipes = read_recipes([path])
    assert len(recipes) == 1
    assert recipes.attrs["left_out"] == 5


def test_cells_that_say_nothing_are_missing(tmp_path: Path) -> None:
    path = tmp_path / "blanks.parquet"
    cells = {"target": ["BaTiO3"], "precursors": [["BaCO3", "TiO2"]], "temperature_c": [None],
             "year": ["unknown"], "doi": [None], "atmosphere": [None]}  # fmt: skip
    pd.DataFrame(cells).to_parquet(path)
    (row,) = read_recipes([path]).itertuples()
    assert np.isnan(row.temperature_c)
    assert np.isnan(row.year)
    assert row.doi == "row 0"


def test_tables_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "other.parquet"
    pd.DataFrame({"formula": ["BaTiO3"]}).to_parquet(path)
    with pytest.raises(RecordError, match="lacks the column target, precursors"):
        read_recipes([path])
    path.write_text("no parquet")
    with pytest.raises(RecordError, match="cannot read"):
        read_recipes([path])


def test_series_weigh_as_much_as_single_compounds(tmp_path: Path) -> None:
    """Ten compositions of one paper and system share the weight of one."""
    rows = [(f"Ba{i}Sr{10 - i}Ti10O30", ["BaCO3", "SrCO3", "TiO2"], 1200.0, 4.0, "air", 1, 2000.0,
             "10.1/series") for i in range(1, 10)]  # fmt: skip
    recipes = read_recipes([table(tmp_path, [*rows, (*rows[0][:-1], "10.1/other")])])
    assert recipes.groupby("doi").weight.sum().tolist() == pytest.approx([1, 1])
    assert len(examples(recipes).groups) == 2


def test_splits_keep_systems_and_years_apart(made_up: pd.DataFrame) -> None:
    by_system = held_out(made_up, "system")
    assert not set(made_up.system[by_system]) & set(made_up.system[~by_system])
    late = made_up.assign(year=made_up.year + 8)
    assert set(late.year[held_out(late, "year")]) == {2014.0, 2015.0, 2016.0}
    assert not held_out(made_up, "none").any()


def test_calibration_recovers_what_was_bent() -> None:
    """Hits drawn from shares raised to 0.5 and 0.9 of the whole: fitted back from the raw ones."""
    rng = np.random.default_rng(0)
    raw = rng.dirichlet(np.full(6, 0.5), size=20_000)
    raw = -np.sort(-raw, axis=1)
    bent = raw**0.5
    probability = 0.9 * bent[:, 0] / bent.sum(axis=1)
    hit = rng.random(len(raw)) < probability
    sharpness, coverage = fit_sets(raw.tolist(), hit)
    assert sharpness == pytest.approx(0.5, abs=0.05)  # 20,000 draws
    assert coverage == pytest.approx(0.9, abs=0.03)


def test_calibrated_intervals_hold_nine_in_ten() -> None:
    """Distributions half as wide as the errors they stand for."""
    rng = np.random.default_rng(0)
    grid = np.array(ANSWERS["temperature_c"], dtype=float)
    centre = rng.uniform(900, 1300, 4000)
    claimed = np.exp(-0.5 * ((grid - centre[:, None]) / 60) ** 2)
    claimed /= claimed.sum(axis=1, keepdims=True)
    value = centre + rng.normal(0, 120, len(centre))
    power = fit_temperature(grid, claimed, value)
    assert power == pytest.approx(0.25, abs=0.03)  # a Gaussian to a power p has sigma / sqrt(p)
    shares = claimed**power / (claimed**power).sum(axis=1, keepdims=True)
    low, high = shortest_intervals(grid, shares, 0.9)
    assert ((low <= value) & (value <= high)).mean() == pytest.approx(0.9, abs=0.01)


def test_the_command_from_tables_to_weights(made_up: pd.DataFrame, tmp_path: Path) -> None:
    """One epoch on a made-up data folder: every split, the calibration, weights and their card."""
    (tmp_path / "literature").mkdir()
    rows = made_up_rows()
    late = [(*row[:6], row[6] + 8, row[7]) for row in rows]
    table(tmp_path / "literature", late)
    weights = tmp_path / "weights"
    done = command(
        "experiments.train_literature", "--members", 1, "--epochs", 1, "--processes", 1,
        "--checkpoints", tmp_path / "c", "--weights", weights, env={"ATHANOR_DATA": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    model = LiteratureModel(weights)
    assert model.trained_on["recipes"] == len(made_up)
    assert model.propose("LiNbO3", 3)
    card = (weights / "card.md").read_text()
    assert "chemical systems held out" in card
    assert "years held out" in card
    assert set(json.loads((weights / "scores.json").read_text())) == {"system", "year"}
