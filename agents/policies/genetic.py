"""A genetic algorithm over precursor sets and conditions.

A recipe's genes are the source of each element of the target, a temperature, a hold and an
atmosphere. Parents are drawn from the best recipes so far, the likelier the higher their rank
(linear ranking: Baker, 1985); a child takes each gene from either of them (uniform crossover), and
a gene changes at times to any other that a candidate has. What is born need not be a recipe that
balances, nor one not made yet: the untried candidate nearest to it is. Genetic algorithms are among
what ARROWS3 was compared with (Szymanski et al., Nat. Commun. 14, 6956 (2023)).
"""

import numpy as np
from numpy.typing import NDArray

from agents.candidates import Candidate, Candidates
from agents.history import History, Suggestion
from agents.policies.onehot import Observed, OneHot, Rows, Vector, whole
from agents.policies.protocol import Choice, generator, suggestions
from knowledge.chemistry import framework, parse
from knowledge.errors import AthanorError

Flags = NDArray[np.bool_]


class GeneticPolicy:
    """Implements Policy.

    The first `population` experiments are drawn at random; the `population` best so far are the
    parents after that. `mutation` is the probability that a gene changes, 0 to 1.
    """

    name = "genetic"

    def __init__(
        self, candidates: Candidates, seed: int, population: int = 10, mutation: float = 0.1
    ) -> None:
        if not 0 <= mutation <= 1:
            raise AthanorError(f"mutation is {mutation}: it must be a probability, 0 to 1")
        self._candidates, self._seed = candidates, seed
        self._population, self._mutation = whole("population", population), mutation
        self._table, self._genome = OneHot(candidates), Genome(candidates)

    def suggest(self, history: History, count: int) -> list[Suggestion]:
        """The candidate nearest to a child, for each experiment asked for another child."""
        chance = generator(self._seed, history)
        left = chance.permutation(self._table.left(history))
        seen = self._table.observed(history)
        choices: list[Choice] = []
        while len(choices) < count and len(left):
            if len(seen) < self._population:
                nearest, why = 0, f"drawn at random, one of the first {self._population}"
            else:
                parents = self._parents(seen, chance)
                child = self._genome.child(parents, self._mutation, chance)
                nearest = int(np.argmin(self._genome.distance(child, left)))
                why = f"the untried recipe nearest to a child of {self._told(parents)}"
            choices.append(Choice(self._table.items[left[nearest]], why))
            left = np.delete(left, nearest)
        return suggestions(self.name, self._candidates, history, choices)

    def _parents(self, seen: Observed, chance: np.random.Generator) -> Rows:
        """Rows of two of the best; the best of n is n times likelier than the last of them."""
        shuffled = chance.permutation(len(seen))
        best = shuffled[np.argsort(-seen.yields[shuffled], kind="stable")][: self._population]
        weight = np.arange(len(best), 0, -1, dtype=float)
        drawn = chance.choice(best, min(2, len(best)), replace=False, p=weight / weight.sum())
        return np.asarray(seen.rows[drawn])

    def _told(self, parents: Rows) -> str:
        return " and ".join(f"'{self._table.items[row].recipe}'" for row in parents)


class Genome:
    """The genes of every candidate, and how far a candidate is from a set of genes.

    A gene is a position among the values that it takes in some candidate: for each element of the
    target the precursors that bring it, the others (carbon), temperature, hold and atmosphere.
    """

    def __init__(self, candidates: Candidates) -> None:
        recipes = [c.recipe for c in candidates.items]
        precursors = sorted({p for r in recipes for p in r.precursors})
        elements = framework(parse(candidates.target.formula))
        self._used = np.array([[p in r.precursors for p in precursors] for r in recipes])
        brings = np.array([[e in framework(parse(p)) for p in precursors] for e in elements])
        slots = np.vstack([brings, ~brings.any(axis=0)])
        each = [np.unique(self._used & b, axis=0, return_inverse=True) for b in slots]
        self._sources: list[Flags] = [values for values, _ in each]
        self._conditions = _conditions(candidates.items)
        found = [np.unique(column, return_inverse=True) for column in self._conditions.T]
        self._values = [values for values, _ in found]
        self.genes = np.column_stack([inverse for _, inverse in (*each, *found)])

    def child(self, parents: Rows, mutation: float, chance: np.random.Generator) -> Rows:
        """Genes, each of either parent, or with probability `mutation` any. shape: (genes,)."""
        length = self.genes.shape[1]
        born = self.genes[chance.choice(parents, length), np.arange(length)]
        kinds = [len(v) for v in (*self._sources, *self._values)]
        return np.where(chance.random(length) < mutation, chance.integers(kinds), born)

    def distance(self, genes: Rows, rows: Rows) -> Vector:
        """Precursors in which candidates differ from what the genes say, and their conditions.

        The whole range of temperature, of hold, or another atmosphere, counts as one precursor.
        shape: (len(rows),).
        """
        elements = len(self._sources)
        parts = [s[g] for s, g in zip(self._sources, genes[:elements], strict=True)]
        wanted = np.any(parts, axis=0)
        asked = [v[g] for v, g in zip(self._values, genes[elements:], strict=True)]
        apart = np.abs(self._conditions[rows] - asked)
        apart[:, 2] = apart[:, 2] > 0
        return np.asarray((self._used[rows] != wanted).sum(axis=1) + apart.sum(axis=1))


def _conditions(items: tuple[Candidate, ...]) -> Vector:
    """Temperature and logarithm of the hold, each from 0 to 1, and the number of the atmosphere."""
    steps = [c.recipe.hottest for c in items]
    gases = sorted({s.atmosphere.content_id for s in steps})
    x = np.array(
        [[s.temperature_c, np.log1p(s.hold_h), gases.index(s.atmosphere.content_id)] for s in steps]
    )
    span = np.ptp(x[:, :2], axis=0)
    x[:, :2] = (x[:, :2] - x[:, :2].min(axis=0)) / np.where(span > 0, span, 1.0)
    return x
