"""What the outcome of an experiment says about pairs of solids.

Known are the solids that were there earlier (weighed in, or left by the same mixture at the next
lower temperature), those found at the end, and the pathway predicted.

1. A phase that nobody weighed in came from a pair of what was there before. Where only one pair
   balances to it, that pair has reacted; where several do, the predicted pathway may say which.
2. A predicted step whose product is found has run, and so have the steps that its own reactants
   came from; a prediction is believed less than a balance.
3. Two solids found side by side are inert up to this temperature if nothing new may have come
   from them. So is a salt that is still there, and made nothing new.
4. What failed says nothing. The share that stayed unidentified weakens all the rest: it may be the
   missing product, or hide what is called gone. A phase with an element that nobody weighed in is
   not identified either.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, combinations

from agents.history import CompletedExperiment
from agents.reactivity_sources import Pair, Products, elements, is_salt, origins
from knowledge.chemistry import identity
from knowledge.kinetics_observation import NO_WORD, PairObservation
from knowledge.outcome import Outcome
from knowledge.reactions import Pathway

# Less than this of a phase is left over, not unreacted; and no product is built on it.
_LEFT_OVER = 0.05
# Less than this of a phase is not to be told from the background.
_TRACE = 0.02
# A powder of which more is unidentified does not show what there was on the way up.
_CLEAR = 0.05

# How often each way to conclude is wrong.
_BY_BALANCE = 0.02
_BY_BALANCE_LATER = 0.1  # the phase may have come from others that are new too
_BY_PREDICTION = 0.2
_BY_ABSENCE = 0.3  # a solid is gone, into what nobody saw
_WEIGHED_IN = 0.05  # left side by side: too coarse or too short, rather than inert
_FORMED = 0.07  # side by side, but perhaps only since cooling
# What is doubted more than this is not worth keeping.
_MOST_DOUBT = 0.4

Step = tuple[Pair, frozenset[str]]


@dataclass(frozen=True)
class Evidence:
    """What one experiment shows, all solids by identity.

    `weighed_in`: the precursors; `earlier`: solids that there were before this temperature;
    `there`: those found in earnest; `listed`: those found at all; `unidentified`: weight
    fraction, 0 to 1; `steps`: pairs and products that were predicted, in order.
    """

    experiment_id: str
    temperature_c: float
    atmosphere: str
    weighed_in: frozenset[str]
    earlier: frozenset[str]
    there: frozenset[str]
    listed: frozenset[str]
    unidentified: float
    steps: tuple[Step, ...]


def observations_of(
    completed: Iterable[CompletedExperiment], campaign: str = "", lab: str = ""
) -> list[PairObservation]:
    """Everything that experiments say about pairs. The order they come in makes no difference.

    The same mixture fired cooler shows what there was on the way up.
    """
    return [
        observation
        for evidence in evidence_of(completed)
        for observation in deduce(evidence, campaign, lab)
    ]


def evidence_of(completed: Iterable[CompletedExperiment]) -> Iterator[Evidence]:
    """What each experiment with a result shows, given those with the same precursors and gas."""
    mixtures: dict[tuple[frozenset[str], str], dict[float, list[CompletedExperiment]]] = {}
    for experiment in completed:
        if experiment.measured:
            step = experiment.recipe.hottest
            solids = frozenset(identity(p) for p in experiment.recipe.precursors)
            same = mixtures.setdefault((solids, step.atmosphere.name), {})
            same.setdefault(step.temperature_c, []).append(experiment)
    for (solids, gas), by_temperature in mixtures.items():
        earlier = solids
        for temperature_c in sorted(by_temperature):
            here = by_temperature[temperature_c]
            for experiment in here:
                yield Evidence(
                    experiment_id=experiment.experiment_id,
                    temperature_c=temperature_c,
                    atmosphere=gas,
                    weighed_in=solids,
                    earlier=earlier,
                    there=_found(experiment.outcome, _LEFT_OVER),
                    listed=_found(experiment.outcome, _TRACE),
                    unidentified=_unexplained(experiment.outcome, solids),
                    steps=_steps(experiment.suggestion.reason.pathway),
                )
            outcomes = [e.outcome for e in here]
            clear = [o for o in outcomes if _unexplained(o, solids) <= _CLEAR]
            earlier = frozenset().union(*(_found(o, _TRACE) for o in clear)) or earlier


@lru_cache(maxsize=20_000)
def deduce(evidence: Evidence, campaign: str = "", lab: str = "") -> tuple[PairObservation, ...]:
    """The observations of pairs that one experiment amounts to, at its hottest temperature."""
    conclusions = _Conclusions(evidence)
    conclusions.by_balance()
    conclusions.by_prediction()
    conclusions.by_absence()
    told = [(p, True, sorted(made), d) for p, (made, d) in sorted(conclusions.reacted.items())]
    told += [(pair, False, [], doubt) for pair, doubt in conclusions.inert()]
    found = []
    for pair, reacted, products, doubt in told:
        weakened = round(doubt + (NO_WORD - doubt) * evidence.unidentified, 2)
        if weakened <= _MOST_DOUBT:
            found.append(
                PairObservation(
                    pair=pair,
                    atmosphere=evidence.atmosphere,
                    temperature_c=evidence.temperature_c,
                    reacted=reacted,
                    products=tuple(products),
                    source=evidence.experiment_id,
                    campaign=campaign,
                    lab=lab,
                    doubt=weakened,
                )
            )
    return tuple(found)


class _Conclusions:
    """The pairs that have reacted, what they gave and how far that is doubted, one way after the
    other, surest first: a guess adds nothing to what a balance has shown."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self.reacted: dict[Pair, tuple[frozenset[str], float]] = {}
        self._new = evidence.there - evidence.weighed_in
        self._ways = {phase: self._every_way(phase) for phase in evidence.listed}
        self._made_by: dict[str, Pair] = {}  # by balance
        self._told: set[str] = set()  # phases of which it is told where they are from

    def by_balance(self) -> None:
        """Credit the one pair, of those that were there earlier, that balances to a new phase."""
        direct = {phase: self._direct_ways(phase) for phase in sorted(self._new)}
        # Where one pair may have made all that is new, nothing else need have happened.
        one_pair = len({*chain.from_iterable(direct.values())}) == 1 and all(direct.values())
        for phase, pairs in direct.items():
            ways = pairs or self._later_ways(phase)
            if len(ways) == 1:
                ((pair, products),) = ways.items()
                sure = pairs and (one_pair or len(self._ways[phase]) == 1)
                self._credit(pair, products, _BY_BALANCE if sure else _BY_BALANCE_LATER)
                self._made_by[phase] = pair
                self._told.add(phase)

    def by_prediction(self) -> None:
        """Credit the predicted steps that lead to a new phase, back to what was weighed in."""
        evidence = self._evidence
        made_by = dict(evidence.steps)
        leading = [
            (pair, products & evidence.listed)
            for pair, products in made_by.items()
            if any(self._may_lead(pair, phase, made_by) for phase in products & self._new)
        ]
        waiting = [pair for pair, _ in leading]
        for pair, products in leading:
            self._credit(pair, products, _BY_PREDICTION)
            self._told |= products
        traced = set(waiting)
        while waiting:
            for reactant in set(waiting.pop()) - evidence.weighed_in - evidence.there:
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
        gone = self._evidence.earlier - self._evidence.listed
        if not self._new <= self._told:
            return  # it may be in what nobody can explain
        for solid in sorted(gone - {s for pair in self.reacted for s in pair}):
            pairs = {p for p, _ in self._evidence.steps if solid in p}
            first = [p for p in pairs if self._evidence.earlier.issuperset(p)]
            if len(first) == 1:
                self._credit(first[0], (), _BY_ABSENCE)

    def inert(self) -> Iterator[tuple[Pair, float]]:
        """Pairs side by side, and salts, that may have made nothing of what is there, and doubt."""
        evidence = self._evidence
        made = evidence.listed - evidence.weighed_in
        makers = {pair for phase in made for pair in self._ways[phase]}
        changing = {pair[0] for pair, _ in evidence.steps if len(pair) == 1}
        for solid in sorted(evidence.there & evidence.weighed_in):
            pair: Pair = (solid,)
            tells = is_salt(solid) or solid in changing
            if tells and pair not in makers and pair not in self.reacted:
                yield pair, _WEIGHED_IN
        for pair in combinations(sorted(evidence.there), 2):
            if pair not in makers and pair not in self.reacted and not self._may_hide(pair):
                yield pair, _WEIGHED_IN if evidence.weighed_in.issuperset(pair) else _FORMED

    def _may_hide(self, pair: Pair) -> bool:
        """Whether what a pair made may have gone on into a phase of unknown origin.

        Or whether the two differ by gases alone, so that they have nothing to react to.
        """
        one, other = map(elements, pair)
        unknown = self._evidence.listed - self._evidence.weighed_in - self._made_by.keys()
        return one == other or any(one | other <= elements(q) for q in unknown - set(pair))

    def _credit(self, pair: Pair, products: Iterable[str], doubt: float) -> None:
        known, before = self.reacted.get(pair, (frozenset(), doubt))
        made = known.union(products) if doubt <= before else known
        self.reacted[pair] = made, min(doubt, before)

    def _direct_ways(self, phase: str) -> Mapping[Pair, Products]:
        """The pairs it may come from of those there just before, or in the bottle if it was too."""
        evidence = self._evidence
        before = evidence.weighed_in if phase in evidence.earlier else evidence.earlier
        return origins(before, evidence.listed)[phase]

    def _later_ways(self, phase: str) -> Mapping[Pair, Products]:
        """The pairs it may come from of those there just before, or found beside it."""
        others = (self._evidence.earlier | self._evidence.there) - {phase}
        return origins(others, self._evidence.listed)[phase]

    def _every_way(self, phase: str) -> Mapping[Pair, Products]:
        """Every pair that the phase may have come from, of all that ever was in the powder."""
        evidence = self._evidence
        others = (evidence.weighed_in | evidence.earlier | evidence.there) - {phase}
        return origins(others, evidence.listed)[phase]


def _steps(pathway: Pathway) -> tuple[Step, ...]:
    return tuple(
        (
            tuple(sorted({identity(f) for f in step.reaction.reactants})),
            frozenset(identity(f) for f in step.reaction.products),
        )
        for step in pathway.steps
    )


def _unexplained(outcome: Outcome, weighed_in: frozenset[str]) -> float:
    """Weight fraction of what is not identified, or cannot be what it is said to be; 0 to 1."""
    brought = frozenset().union(*(elements(s) for s in weighed_in))
    alien = (p.weight_fraction for p in outcome.phases if not elements(p.formula) <= brought)
    return min(outcome.unidentified_weight_fraction + sum(alien), 1.0)


def _found(outcome: Outcome, least: float) -> frozenset[str]:
    return frozenset(identity(p.formula) for p in outcome.phases if p.weight_fraction >= least)
