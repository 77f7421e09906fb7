"""Records as people write them: a product, written down in one of many ways, and spoiled in one.

Each way says what must come of it, from how it spoiled the record and not from what the code did.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from agents.recording.terms import plain
from lab.manual.codes import LETTERS

PHASES = ("BaTiO3", "Ba2TiO4", "BaCO3", "TiO2", "BaTi2O5", "BaO", "Ba6Ti17O40")
FOREIGN = ("SrTiO3", "PbO", "YBa2Cu3O7", "Fe2O3")
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
HEADING = "experiment,phase,weight_fraction,sigma\n"

Shares = list[tuple[str, float]]


@dataclass(frozen=True)
class Draft:
    """What is typed, and what was meant; `told` is in the refusal, none where it is taken.

    `more` are other options of the command, and `deviation` the sigma that must be written down.
    """

    code: str
    text: str
    meant: Shares
    told: str | None = None
    deviation: float = 0.02
    csv: str | None = None
    more: dict[str, Any] = field(default_factory=dict)

    def given(self, **more: Any) -> "Draft":
        return replace(self, more={**self.more, **more})


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
    percent = rng.choice(["", "", "%", " %", " wt%", "wt.-%"])
    first = rng.random() < 0.25
    terms = []
    for name, share in shares:
        number = f"{share * 100:.0f}{percent}" if percent else f"{share:.2f}"
        formula, number = (
            name.translate(SUBSCRIPTS) if subscripts else name,
            number.replace(".", point if not percent else "."),
        )
        terms.append(f"{number} {formula}" if first else formula + sign + number)
    text = between.join(terms)
    return rng.choice(["", " ", "\n", "\ufeff"]) + text + rng.choice(["", " ", between, "\n\n"])


Spoiler = Callable[[random.Random, Draft], Draft]


def as_meant(_: random.Random, draft: Draft) -> Draft:
    return draft


def adds_up_to_more(rng: random.Random, draft: Draft) -> Draft:
    factor = rng.uniform(1.05, 1.99)
    spoiled = [(n, round(share * factor, 3)) for n, share in draft.meant]
    text = ",".join(f"{n}={share:.3f}" for n, share in spoiled)
    told = "at most 1" if any(share > 1 for _, share in spoiled) else "add up to 1."
    return replace(draft, text=text, told=told)


def tells_little(rng: random.Random, draft: Draft) -> Draft:
    text = ",".join(f"{n}={share * rng.uniform(0.01, 0.4):.4f}" for n, share in draft.meant)
    return replace(draft, text=text, told="if nobody could name the rest")


def negative(rng: random.Random, draft: Draft) -> Draft:
    minus = rng.choice(["-", "\N{MINUS SIGN}", "\N{EN DASH}"])
    (name, share), *rest = draft.meant
    text = ",".join([f"{name}={minus}{share}", *(f"{n}={s}" for n, s in rest)])
    return replace(draft, text=text, told="negative")


def unknown_phase(rng: random.Random, draft: Draft) -> Draft:
    name = rng.choice(["Perovskite", "BaTi03", "Xx2O3", "bto", "BaTiO3?", "αβγ", "Ba(TiO3"])
    return replace(draft, text=f"{name}=0.5,{draft.meant[0][0]}=0.5", told="no compound")


def other_capitals(rng: random.Random, draft: Draft) -> Draft:
    name = rng.choice(["batio3", "BATIO3", "BaTIO3", "Batio3", "bATiO3"])
    return replace(draft, text=f"{name}=0.9,TiO2=0.1", told="is it BaTiO3?")


def open_end(rng: random.Random, draft: Draft) -> Draft:
    end = rng.choice(["-x", "-δ", "\N{EN DASH}d", "-y"])
    return replace(draft, text=f"BaTiO3{end}=0.9", told="write it as BaTiO3")


def foreign_element(rng: random.Random, draft: Draft) -> Draft:
    name = rng.choice(FOREIGN)
    return replace(draft, text=f"BaTiO3=0.6 {name}=0.4", told="was weighed in")


def sigma_that_is_none(rng: random.Random, draft: Draft) -> Draft:
    sigma = rng.choice(["-0.02", "0", "1.5", "200%", "nan", "", "some", "-2%", "0.0.2", "0.5"])
    return replace(draft, told="--sigma").given(sigma=sigma)


def sigma_of_a_person(rng: random.Random, draft: Draft) -> Draft:
    return draft.given(sigma=rng.choice(["0,02", "2%", "2 %", " .02", "0.020"]))


def sigma_in_the_text(rng: random.Random, draft: Draft) -> Draft:
    """In per mille from 1 to 50; a sigma is in the unit of its number."""
    mille = rng.randint(1, 50)
    sign, percent = rng.choice(["±", " ± ", "+-", "+/-"]), rng.choice(["", "%", " %"])
    if rng.random() < 0.5:
        terms = [f"{n}={s * 100:.0f}{percent}{sign}{mille / 10:.1f}" for n, s in draft.meant]
    elif rng.random() < 0.5:
        terms = [f"{n}={s:.3f}{sign}{mille / 1000:.3f}" for n, s in draft.meant]
    else:
        terms = [f"{n} {s:.3f}({mille})" for n, s in draft.meant]
    return replace(draft, text=", ".join(terms), deviation=mille / 1000)


def sigma_in_the_text_that_is_none(rng: random.Random, draft: Draft) -> Draft:
    end = rng.choice(["=0.9±0.5", "=90%±40", "=0.9±0", "=90% ± -1", "=0.9±150%", " 0.9(300)"])
    return replace(draft, text=f"BaTiO3{end}", told="standard deviation")


def slip_in_the_code(rng: random.Random, draft: Draft) -> Draft:
    place = rng.randrange(len(draft.code))
    letter = rng.choice([x for x in LETTERS if x != draft.code[place]])
    code = draft.code[:place] + letter + draft.code[place + 1 :]
    return replace(draft, code=code, told="no code of an experiment")


def code_of_no_experiment(rng: random.Random, draft: Draft) -> Draft:
    code = rng.choice(["", "c-0009", "the first", "0", "00001", "c-000", "🙂"])
    five = len(code.replace("-", "")) == 5
    told = "no code of an experiment" if five else "no experiment of this bench"
    return replace(draft, code=code, told=told)


def code_as_typed(rng: random.Random, draft: Draft) -> Draft:
    code = draft.code
    typed = [code.lower(), f" {code} ", f"{code[:2]}-{code[2:]}", code.lower() + "\n"]
    return replace(draft, code=rng.choice(typed))


def of_another_target(_: random.Random, draft: Draft) -> Draft:
    return replace(draft, text="SrTiO3=0.9,TiO2=0.1", told="it would fit")


def twice_in_one_text(rng: random.Random, draft: Draft) -> Draft:
    between = rng.choice(["\n", ", ", " "])
    return replace(draft, text=draft.text + between + draft.text, told="is given twice")


def one_phase_twice(_: random.Random, draft: Draft) -> Draft:
    name, share = draft.meant[0]
    text = f"{name}={share / 2:.4f},{name}={share / 2:.4f}"
    return replace(draft, text=text, told="is given twice")


def percent_and_not(_: random.Random, draft: Draft) -> Draft:
    return replace(draft, text="BaTiO3=90%,TiO2=0.1", told="some are not")


def cut_off(rng: random.Random, draft: Draft) -> Draft:
    (name, share), *_ = draft.meant
    text = rng.choice([name, f"{name}=", "=", f"={share}", f"{name}=0.", f"{name}==0.5="])
    return replace(draft, text=text, told="fractions are 0" if text[-1] == "." else "cannot read")


def noise(rng: random.Random, draft: Draft) -> Draft:
    letters = "=,;%±-.\n\t \x00\x1b[31m\u202e\U0001f600'\"\\<>{}$()".replace("31", "")
    text = "".join(rng.choice(letters) for _ in range(rng.randint(0, 30)))
    said = plain(text).strip(" \t\r\n,;|")
    return replace(draft, text=text, told="cannot read" if said else "no phase is given")


def very_long(rng: random.Random, draft: Draft) -> Draft:
    return replace(draft, text=draft.text + " " * rng.randint(2001, 9000), told="letters")


def weighed_otherwise(rng: random.Random, draft: Draft) -> Draft:
    typed = ["TiO2=0.6849", "TiO₂ 684,9 mg", "0.6849 g TiO2", "BaCO3=1.6925;TiO2=0,6849"]
    return draft.given(weighed=rng.choice(typed))


def masses_that_are_none(rng: random.Random, draft: Draft) -> Draft:
    weighed, told = rng.choice(
        [
            ("TiO2=0.7,TiO2=0.7", "given twice"),
            ("SrCO3=1", "and no other"),
            ("much", "as masses"),
            ("", "no mass is given"),
            ("TiO2=7", "of another experiment"),
            ("TiO2=-0.7", "above 0"),
            ("TiO2=684.9", "write 684.9 mg"),
            ("TiO2=70%", "as masses"),
        ]
    )
    return replace(draft, told=told).given(weighed=weighed)


def with_a_note(rng: random.Random, draft: Draft) -> Draft:
    return draft.given(note=rng.choice(["white", "sintered, a little", "Ä 100 %"]))


def words_that_cannot_be_shown(rng: random.Random, draft: Draft) -> Draft:
    option = rng.choice(["note", "correct", "who"])
    text = rng.choice(["two\nlines", "\x1b[31m", "x" * 100_000])
    return replace(draft, told=f"--{option}").given(**{option: text})


def two_things_at_once(rng: random.Random, draft: Draft) -> Draft:
    return replace(draft, told="say one thing").given(**{rng.choice(["lost", "not_fired"]): True})


def in_a_file(rng: random.Random, draft: Draft) -> Draft:
    rows = "".join(f"{draft.code},{n},{s:.2f},\n" for n, s in draft.meant)
    rows = f"{HEADING}{rows}"
    return replace(draft, csv=rows.replace(",", ";") if rng.random() < 0.5 else rows)


def in_a_file_that_is_none(rng: random.Random, draft: Draft) -> Draft:
    row = f"{draft.code},BaTiO3,"
    rows, told = rng.choice(
        [
            (f"{HEADING}{row}0.9,0.5\n", "standard deviation"),
            (f"{HEADING}{row}0.9\n", "3 cells"),
            (f"{HEADING}{row}much,\n", "weight_fraction is"),
            (f"{HEADING}{draft.code},BaTiO3 0.5,1,\n", "without blanks"),
            (f"{HEADING}{draft.code},BATiO3,1,\n", "is it BaTiO3?"),
            (f"{HEADING}{row}0.5,\n{row}0.5,\n", "given twice"),
            (f"{HEADING}nowhere,BaTiO3,1,\n", "no experiment of this bench"),
            (HEADING, "tells of no experiment"),
            (HEADING.replace("sigma", "phase"), "two columns are phase"),
        ]
    )
    return replace(draft, csv=rows, told=told)


# As often as listed; what is taken must be of every kind, too.
SPOILERS: tuple[Spoiler, ...] = (
    as_meant, as_meant, as_meant, adds_up_to_more, tells_little, negative, unknown_phase,
    other_capitals, open_end, foreign_element, sigma_that_is_none, sigma_of_a_person,
    sigma_in_the_text, sigma_in_the_text_that_is_none, slip_in_the_code, code_of_no_experiment,
    code_as_typed, of_another_target, twice_in_one_text, one_phase_twice, percent_and_not, cut_off,
    noise, very_long, weighed_otherwise, masses_that_are_none, with_a_note,
    words_that_cannot_be_shown, two_things_at_once, in_a_file, in_a_file_that_is_none,
)  # fmt: skip


def second_result(_: random.Random, draft: Draft) -> Draft:
    return replace(draft, told="to put it right")


def second_result_with_a_note(_: random.Random, draft: Draft) -> Draft:
    return replace(draft, told="to put it right").given(note="read again")


def put_right(_: random.Random, draft: Draft) -> Draft:
    return draft.given(correct="read again")


def not_fired_after_all(_: random.Random, draft: Draft) -> Draft:
    more = {"phases": None, "not_fired": True, "correct": "it was not"}
    return replace(draft, told="off the shelf").given(**more)


# Of experiments that have a result.
SECOND: tuple[Spoiler, ...] = (
    second_result, second_result_with_a_note, put_right, not_fired_after_all,
)  # fmt: skip
