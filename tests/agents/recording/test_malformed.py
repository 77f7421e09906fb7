"""Ten thousand records as people get them wrong: taken as meant, or refused and nothing changed.

A product is drawn, written down as some people write, and spoiled in one of the ways below. Each
way says what must come of it, from how it spoiled the record and not from what the code did.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from agents.recording.notebook import write
from agents.recording.result import phases_of, sigma_of
from agents.recording.said import Said, outcome_of
from knowledge.errors import AthanorError
from lab.manual import BenchBook, Record
from lab.manual.codes import LETTERS
from tests.agents.recording.bench import all_of, bench

RECORDS, A_BENCH = 10_000, 40
PHASES = ("BaTiO3", "Ba2TiO4", "BaCO3", "TiO2", "BaTi2O5", "BaO", "Ba6Ti17O40")
FOREIGN = ("SrTiO3", "PbO", "YBa2Cu3O7", "Fe2O3")
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")

Shares = list[tuple[str, float]]


@dataclass(frozen=True)
class Draft:
    """What is typed, and what was meant; `told` is in the refusal, none where it is taken."""

    code: str
    text: str
    meant: Shares
    sigma: str = "0.02"
    told: str | None = None


def product(rng: random.Random) -> Shares:
    """Some phases whose hundredths add up to 100."""
    names = rng.sample(PHASES, rng.randint(1, 4))
    cuts = sorted(rng.sample(range(1, 100), len(names) - 1))
    hundredths = [b - a for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]
    return [(name, n / 100) for name, n in zip(names, hundredths, strict=True)]


def written(rng: random.Random, shares: Shares) -> str:
    """A product as one of many people writes it."""
    sign, between = rng.choice(["=", ": ", " = ", " "]), rng.choice([",", ", ", "; ", "\n", " | "])
    point, subscripts = rng.choice([".", ","]), rng.random() < 0.3
    percent = rng.choice(["", "", "%", " %"])
    terms = []
    for name, share in shares:
        number = f"{share * 100:.0f}{percent}" if percent else f"{share:.2f}"
        formula = name.translate(SUBSCRIPTS) if subscripts else name
        terms.append(formula + sign + number.replace(".", point))
    text = between.join(terms)
    return rng.choice(["", " ", "\n", "\ufeff"]) + text + rng.choice(["", " ", between, "\n\n"])


Spoiler = Callable[[random.Random, Draft], Draft]


def as_meant(_: random.Random, draft: Draft) -> Draft:
    return draft


def adds_up_to_more(rng: random.Random, draft: Draft) -> Draft:
    factor = rng.uniform(1.05, 2)
    spoiled = [(n, share * factor) for n, share in draft.meant]
    text = ",".join(f"{n}={share:.3f}" for n, share in spoiled)
    return replace(draft, text=text, told="at most 1" if len(spoiled) == 1 else "")


def tells_little(rng: random.Random, draft: Draft) -> Draft:
    text = ",".join(f"{n}={share * rng.uniform(0.01, 0.4):.4f}" for n, share in draft.meant)
    return replace(draft, text=text, told="")


def negative(rng: random.Random, draft: Draft) -> Draft:
    minus = rng.choice(["-", "\N{MINUS SIGN}", "\N{EN DASH}"])
    (name, share), *rest = draft.meant
    text = ",".join([f"{name}={minus}{share}", *(f"{n}={s}" for n, s in rest)])
    return replace(draft, text=text, told="negative")


def unknown_phase(rng: random.Random, draft: Draft) -> Draft:
    name = rng.choice(["Perovskite", "BaTi03", "Xx2O3", "bto", "BaTiO3?", "αβγ", "Ba(TiO3"])
    return replace(draft, text=f"{name}=0.5,{draft.meant[0][0]}=0.5", told="no compound")


def foreign_element(rng: random.Random, draft: Draft) -> Draft:
    name = rng.choice(FOREIGN)
    return replace(draft, text=f"BaTiO3=0.6 {name}=0.4", told="was weighed in")


def sigma_that_is_none(rng: random.Random, draft: Draft) -> Draft:
    sigma = rng.choice(["-0.02", "0", "1.5", "200%", "nan", "", "some", "-2%", "0.0.2", "1e9"])
    return replace(draft, sigma=sigma, told="--sigma")


def sigma_of_a_person(rng: random.Random, draft: Draft) -> Draft:
    return replace(draft, sigma=rng.choice(["0,02", "2%", "2 %", " .02", "0.020"]))


def slip_in_the_code(rng: random.Random, draft: Draft) -> Draft:
    place = rng.randrange(len(draft.code))
    letter = rng.choice([x for x in LETTERS if x != draft.code[place]])
    code = draft.code[:place] + letter + draft.code[place + 1 :]
    return replace(draft, code=code, told="no code of an experiment")


def code_of_no_experiment(rng: random.Random, draft: Draft) -> Draft:
    code = rng.choice(["", "c-0009", "the first", "0", "00001", "c-000", "🙂"])
    return replace(draft, code=code, told="")


def code_as_typed(rng: random.Random, draft: Draft) -> Draft:
    code = draft.code
    typed = [code.lower(), f" {code} ", f"{code[:2]}-{code[2:]}", code.lower() + "\n"]
    return replace(draft, code=rng.choice(typed))


def of_another_target(_: random.Random, draft: Draft) -> Draft:
    return replace(draft, text="SrTiO3=0.9,TiO2=0.1", told="it would fit")


def twice_in_one_text(rng: random.Random, draft: Draft) -> Draft:
    between = rng.choice(["\n", ",", " "])
    return replace(draft, text=draft.text + between + draft.text, told="")


def one_phase_twice(_: random.Random, draft: Draft) -> Draft:
    name, share = draft.meant[0]
    text = f"{name}={share / 2:.4f},{name}={share / 2:.4f}"
    return replace(draft, text=text, told="twice")


def percent_and_not(_: random.Random, draft: Draft) -> Draft:
    return replace(draft, text="BaTiO3=90%,TiO2=0.1", told="some are not")


def cut_off(rng: random.Random, draft: Draft) -> Draft:
    (name, share), *_ = draft.meant
    text = rng.choice([name, f"{name}=", "=", f"={share}", f"{name}=0.", f"{name}==0.5="])
    told = "only 0" if text.endswith("0.") else ""
    told = "all fractions are 0" if text.endswith("0.") else told
    return replace(draft, text=text, told=told)


def noise(rng: random.Random, draft: Draft) -> Draft:
    letters = "=,;%±-.\n\t \x00\x1b[31m\u202e\U0001f600'\"\\<>{}$()"
    text = "".join(rng.choice(letters) for _ in range(rng.randint(0, 30)))
    return replace(draft, text=text, told="")


def very_long(rng: random.Random, draft: Draft) -> Draft:
    return replace(draft, text=draft.text + " " * rng.randint(2001, 9000), told="letters")


# As often as listed; what is taken must be of every kind, too.
SPOILERS: tuple[Spoiler, ...] = (
    as_meant, as_meant, as_meant, adds_up_to_more, tells_little, negative, unknown_phase,
    foreign_element, sigma_that_is_none, sigma_of_a_person, slip_in_the_code,
    code_of_no_experiment, code_as_typed, of_another_target, twice_in_one_text, one_phase_twice,
    percent_and_not, cut_off, noise, very_long,
)  # fmt: skip


def record(book: BenchBook, draft: Draft) -> bool:
    """What `athanor record` does with a draft; whether anything was new. Raises AthanorError."""
    experiment = book.find(draft.code)
    known = [experiment.recipe.target.formula, *experiment.recipe.precursors]
    said = Said(phases_of(draft.text, sigma_of(draft.sigma), known))
    outcome = outcome_of(experiment, said, book.experiments())
    [result] = write(book, [(experiment, Record(outcome, "ada"))])
    return result.changed


def holds(book: BenchBook, code: str, meant: Shares) -> None:
    """The result of an experiment is what was meant, to the last digit."""
    outcome = book.find(code).outcome
    assert outcome is not None
    found = {p.formula: p.weight_fraction for p in outcome.phases}
    assert found == {n: pytest.approx(share, abs=1e-12) for n, share in meant}
    assert {p.sigma for p in outcome.phases} == {0.02}
    assert outcome.unidentified_weight_fraction == 0


def test_ten_thousand_records(tmp_path: Path) -> None:
    rng = random.Random(20)
    came_of: Counter[str] = Counter()
    for number in range(RECORDS // A_BENCH):
        book = bench(tmp_path / str(number))
        for _ in range(A_BENCH):
            experiment = book.find(rng.choice(["c-0001", "c-0002"]))
            meant = product(rng)
            spoiler = rng.choice(SPOILERS)
            draft = spoiler(rng, Draft(experiment.code, written(rng, meant), meant))
            came_of[_handed_in(book, draft, experiment.outcome is not None)] += 1
        book.close()
    assert came_of.total() == RECORDS
    assert came_of["taken"] > 1.9 * (RECORDS // A_BENCH)  # nearly each of the two got a result
    assert came_of["refused"] > RECORDS / 2
    assert came_of["has a result"] > RECORDS / 10


def _handed_in(book: BenchBook, draft: Draft, has_one: bool) -> str:
    """Hand a draft in, and hold what came of it against what must."""
    before = all_of(book)
    try:
        changed = record(book, draft)
    except AthanorError as error:
        assert all_of(book) == before, draft
        line = str(error)
        assert "\n" not in line, draft
        assert line.isprintable(), draft
        if draft.told is None:  # it was written well, and the experiment had a result
            assert has_one, (draft, line)
            assert "to put it right" in line, draft
            return "has a result"
        assert draft.told in line, (draft, line)
        return "refused"
    assert draft.told is None, draft
    holds(book, draft.code, draft.meant)
    if changed:
        assert not has_one, draft
        after = all_of(book)
        assert not record(book, draft)  # pasted twice
        assert all_of(book) == after
        return "taken"
    assert all_of(book) == before
    return "the same"
