"""The campaigns that are killed: small, each of another shape, all in a lab with its files.

Folders are relative: every run of a shape lies in a folder of its own and is the same campaign
there, to the name. Some powders are lots that run short, so that recipes are refused and stock is
counted; literature is the table of frequencies, and tables are those that everybody has.
"""

from dataclasses import dataclass

STATE, STOCK, CAMPAIGN = "lab.sqlite", "stock.sqlite", "campaign"

_LOTS = (
    "{formula: BaO, lot: B1, grams: 3.5, particle_size_um: 2}",
    "{formula: BaO, lot: B2, grams: 2.5, particle_size_um: 5}",
    "{formula: TiO2, lot: T1, grams: 3, particle_size_um: 1}",
    "{formula: TiO2, lot: T2}",
)


@dataclass(frozen=True)
class Shape:
    """A campaign: settings of `athanor run` beside those of its lab, conf/lab/LAB.yaml.

    `formulas` are what the lab buys as needed. Settings have spaces between them.
    """

    name: str
    lab: str
    formulas: str
    lab_settings: str
    settings: str

    @property
    def local(self) -> list[str]:
        """The words of the command with the lab in the same process."""
        lab = [f"lab={self.lab}", *(f"lab.{setting}" for setting in self._lab_settings)]
        return ["run", *lab, *self._common]

    def remote(self, port: int) -> list[str]:
        """The words of the command with the lab served at a port of this machine."""
        lab = ["lab=remote", f"lab.url=http://127.0.0.1:{port}", f"lab.name={self.lab}"]
        return ["run", *lab, *self._common]

    def served(self, port: int) -> list[str]:
        """The words of the command that serves the lab there."""
        options = [word for setting in self._lab_settings for word in ("--set", setting)]
        return ["lab", "serve", "--lab", self.lab, "--port", str(port), *options]

    @property
    def _lab_settings(self) -> list[str]:
        files = [f"state={STATE}", f"inventory_file={STOCK}"]
        stock = ",".join((*_LOTS, self.formulas))
        return [*files, f"inventory=[{stock}]", *self.lab_settings.split()]

    @property
    def _common(self) -> list[str]:
        return [
            *self.settings.split(),
            "literature=frequency",
            "candidates.spacing_c=100",
            f"hydra.run.dir={CAMPAIGN}",
            "poll_seconds=0.05",
        ]


_MISHAPS = (
    "faults.wrong_mass=0.1 faults.furnace_trip=0.1 faults.overshoot=0.2 faults.failed_scan=0.1 "
    "faults.contaminated_crucible=0.2 faults.mislabelled_phase=0.1"
)
_MORE = "yield_asked=0.99 budget.stop_at_success=false"
_ONE_TARGET = f"target=BaTiO3 policy=athanor policy.objective=all {_MORE}"
SHAPES = (
    Shape(
        name="one",
        lab="simulated",
        formulas="BaCO3",
        lab_settings="",
        settings=f"{_ONE_TARGET} candidates.max_precursor_sets=3 budget.experiments=5",
    ),
    Shape(
        name="mishaps",
        lab="realistic",
        formulas="BaCO3,BaO2",
        lab_settings=_MISHAPS,
        settings=f"{_ONE_TARGET} candidates.max_precursor_sets=4 budget.experiments=7 "
        "budget.parallel=3",
    ),
    Shape(
        name="shared",
        lab="realistic",
        formulas="BaCO3,SrO,CaCO3",
        lab_settings="stations.furnace.units=2 stations.furnace.positions=2",
        settings="targets=[BaTiO3,SrTiO3,CaTiO3] policy=athanor yield_asked=0.97 "
        "candidates.max_precursor_sets=2 budget.experiments=7 budget.parallel=4",
    ),
    Shape(
        name="thermo",
        lab="realistic",
        formulas="BaCO3,BaO2,Y2O3,CuO",
        lab_settings=_MISHAPS,
        settings=f"target=YBa2Cu3O7 policy=thermo {_MORE} candidates.max_precursor_sets=3 "
        "budget.experiments=6 budget.parallel=2",
    ),
    Shape(
        name="random",
        lab="simulated",
        formulas="BaCO3,SrCO3,SrO",
        lab_settings="stations.furnace.units=1",
        settings=f"targets=[BaTiO3,SrTiO3] policy=random {_MORE} seed=4 "
        "candidates.max_precursor_sets=3 budget.experiments=8 budget.parallel=3",
    ),
)
BY_NAME = {shape.name: shape for shape in SHAPES}
