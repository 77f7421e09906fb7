"""What a small study comes to, as `athanor summarize` draws it."""

import subprocess
import sys
import tempfile
from pathlib import Path

from experiments.study.store import read_results
from experiments.summary import figures
from experiments.summary.in_print import printed

SETTINGS = (
    "study.policies=[athanor,thermo,random]", "study.targets=[BaTiO3,SrTiO3,YBa2Cu3O7,LiMn2O4]",
    "study.seeds=10", "budget.experiments=10",
)  # fmt: skip


def picture() -> bytes:
    """Targets made against experiments."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "agents.cli", "study", *SETTINGS, "study.folder=studies/first"],
            cwd=folder, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        results = read_results([Path(folder) / "studies/first"])
    return printed(figures(results)["made_experiments"])
