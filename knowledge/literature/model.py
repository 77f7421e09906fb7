"""The proposer that has read the literature: weights, calibrated, behind the Proposer protocol."""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from knowledge.chemistry import framework, parse, whole_formula
from knowledge.literature.answers import Spread, year_feature
from knowledge.literature.frequency import conventional
from knowledge.literature.language import ELEMENTS, brings, read_target, sources_asked
from knowledge.literature.proposer import Conditions, FiringEstimate, Proposal
from knowledge.threads import one_thread

if TYPE_CHECKING:
    from torch import Tensor

    from knowledge.literature.network import RecipeModel
    from knowledge.literature.search import FoundSet

WEIGHTS = "data/recipe_model"
# Below any probability of a set that the model can write.
_UNWRITABLE = 1e-12
# The likeliest sets of a target, which probabilities are shares among.
LIKELIEST = 12
# Sets that the firing of a target is averaged over.
_SETS_FOR_FIRING = 5
# Questions at a time from which more threads than one are faster.
_MANY, _PART = 32, 128
# Fewer papers than this with two elements in one target, and the model says so.
FEW_PAPERS = 3


@dataclass(frozen=True)
class Calibration:
    """How raw answers become probabilities that hold, fitted on recipes held out from training.

    Of a target's likeliest sets, each gets `coverage` times its share of their
    `probability ** sharpness`; what lies beyond them shares at most the rest. Distributions over
    the temperature are raised to `temperature_sharpness`.
    """

    sharpness: float = 1.0
    coverage: float = 0.999
    temperature_sharpness: float = 1.0


class LiteratureModel:
    """A model in a folder of weights. Implements Proposer. Nothing is read before it is asked."""

    name = "literature model"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._inventory: frozenset[str] | None = None
        self._extended: dict[tuple[str, ...], RecipeModel] = {}

    @cached_property
    def fingerprint(self) -> str:
        """Hash of configuration, weights, and the inventory if there is one."""
        from knowledge.literature.weights import weight_files

        digest = hashlib.sha256(repr(sorted(self._inventory or ())).encode())
        for path in weight_files(self.folder):
            digest.update(path.read_bytes())
        return digest.hexdigest()[:16]

    @property
    def precursors(self) -> Sequence[str]:
        """The precursors it has read of, most used first."""
        return tuple(self._model.config.precursors)

    @property
    def trained_on(self) -> dict[str, Any]:
        """How many `recipes` and `papers` it has read, and `until` which year."""
        return dict(self._model.config.trained_on)

    def propose(self, target: str, count: int = 10) -> list[Proposal]:
        """The likeliest precursor sets that balance, best first. Empty where no source is known.

        Raises FormulaError for what is no compound to be fired.
        """
        return self.propose_all([target], count)[0]

    def restricted_to(self, inventory: Sequence[str]) -> "LiteratureModel":
        """The same model, proposing nothing but what can be made from an inventory.

        Probabilities are then those among such sets. Raises FormulaError.
        """
        restricted = LiteratureModel(self.folder)
        restricted.__dict__["_model"] = self._model
        restricted._inventory = frozenset(whole_formula(p) for p in inventory if brings(p))
        return restricted

    def propose_all(self, targets: Sequence[str], count: int = 10) -> list[list[Proposal]]:
        """The same for many targets at once."""
        from knowledge.literature.search import likely_sets

        held = self._inventory
        model = self._model if held is None else self._knowing(held)

        def search(part: Sequence[str]) -> "list[list[FoundSet]]":
            with one_thread():
                return likely_sets(model, part, max(count, LIKELIEST), self._year, held)

        found = _side_by_side(search, targets)
        return [
            [
                Proposal(tuple(map(conventional, f.precursors)), p)
                for f, p in zip(sets[:count], self._calibrated(sets), strict=False)
            ]
            for sets in found
        ]

    def probabilities(self, target: str, sets: Sequence[Sequence[str]]) -> list[float]:
        """How likely the literature would use exactly these precursors, for each set.

        Above zero for any. Raises FormulaError.
        """
        from knowledge.literature.search import likely_sets, set_probabilities

        canonical = [[whole_formula(p) for p in s] for s in sets]
        needed = set(sources_asked(target))
        fits = [all(brings(p) and set(framework(parse(p))) <= needed for p in s) for s in canonical]
        model = self._knowing({p for s, fit in zip(canonical, fits, strict=True) if fit for p in s})
        writable = [s if fit else [] for s, fit in zip(canonical, fits, strict=True)]
        with one_thread():
            raw = set_probabilities(model, target, writable, self._year)
            likely = likely_sets(model, [target], LIKELIEST, self._year)[0]
        whole = sum(f.probability**self.calibration.sharpness for f in likely)
        share = self.calibration.coverage / max(whole, _UNWRITABLE)
        scaled = [share * p**self.calibration.sharpness if p > 0 else 0.0 for p in raw]
        return [min(1.0, max(p, _UNWRITABLE)) for p in scaled]

    def firing(self, target: str) -> FiringEstimate:
        """The hottest firing: mean and standard deviation over the likeliest precursor sets.

        Where no set is known it is read off the target alone.
        """
        proposals = self.propose(target, _SETS_FOR_FIRING) or [Proposal((), 1.0)]
        told = self.conditions_all([(target, p.precursors) for p in proposals])
        weights = np.array([p.probability for p in proposals])
        mixed = np.average([c.temperature_c.probabilities for c in told], axis=0, weights=weights)
        spread = Spread(told[0].temperature_c.values, mixed)
        return FiringEstimate(mean_c=spread.mean, sigma_c=spread.sigma)

    def conditions(self, target: str, precursors: Sequence[str]) -> Conditions:
        """What papers would fire a target at from given precursors, whatever they are."""
        return self.conditions_all([(target, precursors)])[0]

    def conditions_all(self, recipes: Sequence[tuple[str, Sequence[str]]]) -> list[Conditions]:
        """The same for many pairs of target and precursors at once."""
        import torch

        from knowledge.literature.network import ConditionNetwork
        from knowledge.literature.search import as_batch

        sets = [[whole_formula(p) for p in precursors] for _, precursors in recipes]
        model = self._knowing({p for s in sets for p in s})
        position = {p: i for i, p in enumerate(model.config.precursors)}
        most = max(map(len, sets), default=0)
        rows = [[position[p] for p in s] + [len(position)] * (most - len(s)) for s in sets]
        answers: list[Conditions] = []
        with _threads_for(len(recipes)), torch.inference_mode():
            known = [
                (m, model.bottles(m.reader))
                for m in model.conditions
                if isinstance(m, ConditionNetwork)
            ]
            for start in range(0, len(recipes), 256):
                part = recipes[start : start + 256]
                batch = as_batch([target for target, _ in part], self._year)
                named = torch.tensor(rows[start : start + 256], dtype=torch.long)
                shares: dict[str, list[Tensor]] = {}
                for member, bottles in known:
                    memory, mask = member.reader.targets(batch, model.descriptors)
                    scored = member(memory, mask, named, bottles)
                    for head, scores in scored.items():
                        shares.setdefault(head, []).append(torch.softmax(scores, dim=-1))
                mean = {h: torch.stack(s).mean(0).double().numpy() for h, s in shares.items()}
                answers += [self._told(mean, row) for row in range(len(part))]
        return answers

    def doubts(self, target: str) -> list[str]:
        """Why a target is far from anything read: one line each, none where it is not."""
        papers, token = self._model.papers, read_target(target)
        said = []
        for i, a in enumerate(token.elements):
            alone = int(papers[a, a])
            if alone < FEW_PAPERS:
                said.append(f"{_papers(alone)} {ELEMENTS[a]} in a target")
                continue
            for b in token.elements[i + 1 :]:
                together = int(papers[a, b])
                if together < FEW_PAPERS <= int(papers[b, b]):
                    said.append(
                        f"{_papers(together)} {ELEMENTS[a]} and {ELEMENTS[b]} in one target"
                    )
        return said

    def silence(self, target: str) -> str:
        """Why there is no proposal for a target."""
        if self._inventory is not None:
            return (
                f"nothing in the inventory ({', '.join(sorted(self._inventory))}) balances to "
                f"{target}: add precursors that bring its other elements"
            )
        counts = self._model.counts.sum((1, 2))
        lacking = [e for e in sources_asked(target) if counts[ELEMENTS.index(e)] == 0]
        if lacking:
            return (
                f"no published precursor is known for {', '.join(lacking)} in {target}: give "
                "precursors yourself, athanor pathway TARGET --precursors A,B"
            )
        return f"no set of known precursors balances to {target}: is the formula as meant?"

    @cached_property
    def calibration(self) -> Calibration:
        """What the weights come with."""
        return Calibration(**self._model.config.calibration)

    @cached_property
    def _model(self) -> "RecipeModel":
        from knowledge.literature.weights import read_model

        return read_model(self.folder)

    @cached_property
    def _year(self) -> float:
        return year_feature(float(self._model.config.trained_on["until"]))

    def _knowing(self, precursors: Sequence[str] | set[str] | frozenset[str]) -> "RecipeModel":
        """The model with these precursors among those it knows."""
        known = set(self._model.config.precursors)
        extras = tuple(sorted(set(precursors) - known))
        if not extras:
            return self._model
        if extras not in self._extended:
            self._extended.clear()  # one at a time: each holds all weights
            self._extended[extras] = self._model.extended(extras)
        return self._extended[extras]

    def _calibrated(self, found: "Sequence[FoundSet]") -> list[float]:
        weights = [f.probability**self.calibration.sharpness for f in found]
        whole, beyond = sum(weights[:LIKELIEST]), sum(weights[LIKELIEST:])
        share = self.calibration.coverage / max(whole, _UNWRITABLE)
        rest = 1 - self.calibration.coverage
        tail = share if share * beyond <= rest else rest / beyond
        return [w * (share if i < LIKELIEST else tail) for i, w in enumerate(weights)]

    def _told(self, shares: "dict[str, np.ndarray[Any, Any]]", row: int) -> Conditions:
        values = self._model.config.answers
        heat = shares["temperature_c"][row] ** self.calibration.temperature_sharpness
        hold, gases, firings = (shares[n][row] for n in ("hold_h", "atmosphere", "firings"))
        return Conditions(
            temperature_c=Spread(values["temperature_c"], heat / heat.sum()),
            hold_h=Spread(values["hold_h"], hold),
            atmosphere=dict(zip(values["atmosphere"], gases.tolist(), strict=True)),
            firings=dict(zip(values["firings"], firings.tolist(), strict=True)),
        )


def _side_by_side(
    search: "Callable[[Sequence[str]], list[list[FoundSet]]]", targets: Sequence[str]
) -> "list[list[FoundSet]]":
    """The answers for many targets, so many parts at a time as torch has threads.

    One search on one thread beside another is faster than both on all threads, one by one.
    """
    import torch

    if len(targets) < _MANY:
        return search(targets)
    parts = [targets[start : start + _PART] for start in range(0, len(targets), _PART)]
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        return [sets for found in pool.map(search, parts) for sets in found]


def _threads_for(questions: int) -> AbstractContextManager[None]:
    return one_thread() if questions < _MANY else nullcontext()


def _papers(count: int) -> str:
    return (
        f"{count} papers read have" if count > 1 else f"{'one' if count else 'no'} paper read has"
    )


@lru_cache(maxsize=1)
def literature_model() -> LiteratureModel:
    """The model with the weights that come with the project."""
    return LiteratureModel(Path(str(files("knowledge.literature").joinpath(WEIGHTS))))
