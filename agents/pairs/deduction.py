"""What a powder before and after a firing says about pairs of solids.

Known are the solids that were there earlier (weighed in, or left by the same mixture at the next
lower temperature), those found at the end, and the pathway predicted.

1. A phase that nobody weighed in came from a pair of what was there before. Where only one pair
   balances to it, that pair has reacted; where several do, the predicted pathway may say which.
2. A predicted step whose product is found has run, and so have the steps that its own reactants
   came from; a prediction is believed less than a balance.
3. Two solids found side by side are inert up to this temperature if nothing new may have come
   from them. So is a salt that is still there, and made nothing new.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, combinations

from agents.pairs.sources import Pair, Products, elements, is_salt, makes, origins

# How often each way to conclude is wrong.
_BY_BALANCE = 0.02
_BY_BALANCE_LATER = 0.1  # the phase may have come from others that are new too
_BY_PREDICTION = 0.2
_BY_ABSENCE = 0.3  # a solid is gone, into what nobody saw
_WEIGHED_IN = 0.05  # left side by side: too coarse or too short, rather than inert
_FORMED = 0.07  # side by side, but perhaps only since cooling

Step = tuple[Pair, frozenset[str]]


@dataclass(frozen=True)
class Powder:
    """The solids of one mixture, all by identity.

    `weighed_in`: the precursors; `earlier`: what there was just before this temperature; `there`:
    what was found in earnest; `listed`: what was found at all; `steps`: pairs and products that
    were predicted, in order.
    """

    weighed_in: frozenset[str]
    earlier: frozenset[str]
    there: frozenset[str]
    listed: frozenset[str]
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Conclusion:
    """That a pair has reacted, to these solids (sorted), or has not; and how far it is doubted."""

    pair: Pair
    reacted: bool
    products: Products
    doubt: float


@lru_cache(maxsize=50_000)
def conclude(powder: Powder) -> tuple[Conclusion, ...]:
    """What a powder says about pairs: first those that have reacted, each pair once."""
    reasoning = _Reasoning(powder)
    reasoning.by_balance()
    reasoning.by_prediction()
    reasoning.by_absence()
    reacted = [
        Conclusion(pair, True, tuple(sorted(products)), doubt)
        for pair, (products, doubt) in sorted(reasoning.reacted.items())
    ]
    inert = [Conclusion(pair, False, (), doubt) for pair, doubt in reasoning.inert()]
    return (*reacted, *inert)


class _Reasoning:
    """The pairs that have reacted, what they gave and how far that is doubted, one way after the
    other, surest first: a guess adds nothing to what a balance has shown."""

    def __init__(self, powder: Powder) -> None:
        self._powder = powder
        self.reacted: dict[Pair, tuple[frozenset[str], float]] = {}
        self._new = powder.there - powder.weighed_in
        # Every pair that a phase may have come from, of all that ever was in the powder.
        self._ways = origins(powder.weighed_in | powder.earlier | powder.there, powder.listed)
        self._made_by: dict[str, Pair] = {}  # by balance
        self._told: set[str] = set()  # phases of which it is told where they are from

    def by_balance(self) -> None:
        """Credit the one pair, of those that were there earlier, that balances to a new phase."""
        powder = self._powder
        # What was there at a lower temperature too is explained from the bottle.
        direct = {
            phase: self._ways_from(
                phase, powder.weighed_in if phase in powder.earlier else powder.earlier
            )
            for phase in sorted(self._new)
        }
        # Where one pair may have made all that is new, nothing else need have happened.
        one_pair = len({*chain.from_iterable(direct.values())}) == 1 and all(direct.values())
        for phase, pairs in direct.items():
            ways = pairs or self._ways_from(phase, powder.earlier | powder.there)
            if len(ways) == 1:
                ((pair, products),) = ways.items()
                sure = pairs and (one_pair or len(self._ways[phase]) == 1)
                self._credit(pair, products, _BY_BALANCE if sure else _BY_BALANCE_LATER)
                self._made_by[phase] = pair
                self._told.add(phase)

    def by_prediction(self) -> None:
        """Credit the predicted steps that lead to a new phase, back to what was weighed in."""
        powder = self._powder
        made_by = dict(powder.steps)
        leading = [
            (pair, products & powder.listed)
            for pair, products in made_by.items()
            if any(self._may_lead(pair, phase, made_by) for phase in products & self._new)
        ]
        waiting = [pair for pair, _ in leading]
        for pair, products in leading:
            self._credit(pair, products, _BY_PREDICTION)
            self._told |= products
        traced = set(waiting)
        while waiting:
            for reactant in set(waiting.pop()) - powder.weighed_in - powder.there:
                makers = [pair for pair, made in made_by.items() if reactant in made]
                if len(makers) == 1 and makers[0] not in traced:
                    self._credit(makers[0], (), _BY_PREDICTION)
                    traced.add(makers[0])
                    waiting.append(makers[0])

    def _may_lead(self, pair: Pair, phase: str, predicted: Mapping[Pair, frozenset[str]]) -> bool:
        """Whether a predicted step may have made a phase, given the pair that balances to it.

        Where that pair is predicted for something else, this step may follow it; where it is not
        predicted at all, the prediction is off.
        """
        by_balance = self._made_by.get(phase)
        if by_balance is None or by_balance == pair:
            return True
        return by_balance in predicted and phase not in predicted[by_balance]

    def by_absence(self) -> None:
        """Credit the one first step predicted for a solid that is gone, if nothing else tells."""
        gone = self._powder.earlier - self._powder.listed
        if not self._new <= self._told:
            return  # it may be in what nobody can explain
        for solid in sorted(gone - {s for pair in self.reacted for s in pair}):
            pairs = {p for p, _ in self._powder.steps if solid in p}
            first = [p for p in pairs if self._powder.earlier.issuperset(p)]
            if len(first) == 1:
                self._credit(first[0], (), _BY_ABSENCE)

    def inert(self) -> Iterator[tuple[Pair, float]]:
        """Pairs side by side, and salts, that may have made nothing of what is there, and doubt."""
        powder = self._powder
        made = powder.listed - powder.weighed_in
        makers = {pair for phase in made for pair in self._ways[phase]}
        changing = {pair[0] for pair, _ in powder.steps if len(pair) == 1}
        for solid in sorted(powder.there & powder.weighed_in):
            pair: Pair = (solid,)
            tells = is_salt(solid) or solid in changing
            if tells and pair not in makers and pair not in self.reacted:
                yield pair, _WEIGHED_IN
        for pair in combinations(sorted(powder.there), 2):
            if pair not in makers and pair not in self.reacted and not self._may_hide(pair):
                yield pair, _WEIGHED_IN if powder.weighed_in.issuperset(pair) else _FORMED

    def _may_hide(self, pair: Pair) -> bool:
        """Whether two solids side by side need not be inert.

        What they made may have gone on into a phase of unknown origin, or have fallen apart into
        them. And if gases alone tell them apart, they have nothing to react to.
        """
        powder = self._powder
        held = elements(pair[0]) | elements(pair[1])
        unknown = powder.listed - powder.weighed_in - self._made_by.keys() - set(pair)
        gone = (powder.weighed_in | powder.earlier) - powder.listed
        if powder.weighed_in.issuperset(pair):  # never were anything else
            gone = frozenset()
        return (
            makes(pair[:1], pair[1:])
            or any(held <= elements(phase) for phase in unknown)
            or any(makes(pair, (phase,)) for phase in gone)
        )

    def _credit(self, pair: Pair, products: Iterable[str], doubt: float) -> None:
        known, before = self.reacted.get(pair, (frozenset(), doubt))
        made = known.union(products) if doubt <= before else known
        self.reacted[pair] = made, min(doubt, before)

    def _ways_from(self, phase: str, solids: frozenset[str]) -> dict[Pair, Products]:
        """The pairs of some solids that a phase may have come from, and what else they gave."""
        return {p: made for p, made in self._ways[phase].items() if solids.issuperset(p)}
