"""What the reaction graph predicts: Reaction, PathwayStep, Pathway."""

from knowledge.balance import side
from knowledge.record import Record


class Reaction(Record):
    """A balanced reaction with its driving force.

    `driving_force_ev_per_atom` is the negative Gibbs energy change over the atoms on one side of
    the equation, gases included; above zero, the reaction runs by itself.
    """

    reactants: dict[str, float]
    products: dict[str, float]
    gases_in: dict[str, float] = {}
    gases_out: dict[str, float] = {}
    driving_force_ev_per_atom: float
    sigma_ev_per_atom: float

    @property
    def equation(self) -> str:
        """`BaCO3 + TiO2 -> BaTiO3 + CO2`."""
        left = side({**self.reactants, **self.gases_in})
        return f"{left} -> {side({**self.products, **self.gases_out})}"

    @property
    def pair(self) -> tuple[str, ...]:
        """The reacting solids, sorted: two at an interface, one when it changes by itself."""
        return tuple(sorted(self.reactants))

    def __str__(self) -> str:
        return f"{self.equation}  ({self.driving_force_ev_per_atom * 1000:.0f} meV/atom)"


class PathwayStep(Record):
    """One pairwise reaction, and the moles of solids left once it has run out."""

    reaction: Reaction
    mixture: dict[str, float]


class Pathway(Record):
    """The pairwise reactions a mixture passes through at one temperature, strongest first.

    `driving_force_left_ev_per_atom` is what remains for the target at the step that first forms
    it; zero where no step does. `final` are the moles of the solids at the end. `labels` name
    what in the prediction is not a tabulated fact.
    """

    temperature_c: float
    atmosphere: str
    target: str
    start: dict[str, float]
    steps: tuple[PathwayStep, ...]
    final: dict[str, float]
    target_weight_fraction: float
    driving_force_ev_per_atom: float
    sigma_ev_per_atom: float
    driving_force_left_ev_per_atom: float
    oxygen_at_temperature: float | None = None
    labels: tuple[str, ...] = ()

    @property
    def intermediates(self) -> tuple[str, ...]:
        """Solids that form on the way and are neither precursor nor target."""
        known = {*self.start, self.target}
        formed = (f for step in self.steps for f in step.reaction.products if f not in known)
        return tuple(dict.fromkeys(formed))

    def __str__(self) -> str:
        if not self.steps:
            return "no reaction"
        return "; ".join(step.reaction.equation for step in self.steps)


class LikelyPathway(Record):
    """One sequence of pairwise reactions, and how often it was drawn."""

    probability: float
    equations: tuple[str, ...]

    def __str__(self) -> str:
        return "; ".join(self.equations) or "no reaction"


class PathwayDistribution(Record):
    """What becomes of a mixture when its energies are drawn many times from their errors.

    `probability_of_target`: share of the draws in which any target is there at the end.
    `driving_force_left_ev_per_atom`: at the step that first forms it, over those draws.
    `intermediates`: share of the draws in which a phase forms on the way, likeliest first.
    `pathways`: the likeliest sequences of reactions, likeliest first.
    """

    target: str
    samples: int
    probability_of_target: float
    target_weight_fraction: float
    target_weight_fraction_sigma: float
    driving_force_left_ev_per_atom: float
    driving_force_left_sigma_ev_per_atom: float
    intermediates: dict[str, float]
    final_weight_fractions: dict[str, float]
    pathways: tuple[LikelyPathway, ...]
