"""Campaigns that pictures tell of: run by the command that a page shows, in a folder that goes."""

import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

from agents.past.campaign import PastCampaign, past_campaign


@lru_cache(maxsize=4)
def played(*settings: str) -> PastCampaign:
    """The campaign of `athanor run SETTINGS`, as its journal has it."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "agents.cli", "run", *settings, "hydra.run.dir=campaign"],
            cwd=folder, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        return past_campaign(Path(folder) / "campaign")
