"""Shared fixtures: energies, a small lab, candidates for barium titanate, a database."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.candidates import CandidateGrid, Candidates, gather
from experiments.postgres_server import PostgresError, PostgresServer
from knowledge.data_folder import data_folder
from knowledge.energies import EnergyStack, embedded_table
from knowledge.literature import frequency_proposer
from knowledge.recipe import Target
from lab.simulated import SimulatedLab

INVENTORY = ("BaCO3", "BaO", "BaO2", "TiO2", "Y2O3", "CuO", "CuCO3", "SrCO3", "CaCO3")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(name): skipped unless the data folder holds it")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        if not (data_folder() / mark.args[0]).is_file():
            pytest.skip(f"{mark.args[0]} is not in ATHANOR_DATA ({data_folder()})")


@pytest.fixture(scope="session")
def energies() -> EnergyStack:
    """The embedded table alone, whatever ATHANOR_DATA holds."""
    return EnergyStack([embedded_table()])


@pytest.fixture
def lab(energies: EnergyStack) -> SimulatedLab:
    return SimulatedLab(0, INVENTORY, energies=energies)


@pytest.fixture(scope="session")
def candidates(energies: EnergyStack) -> Candidates:
    """Barium titanate from a few precursors at a few temperatures."""
    check = SimulatedLab(0, INVENTORY, energies=energies).check
    grid = CandidateGrid(spacing_c=200, span_sigmas=2, hold_h=(4.0,))
    return gather(Target(formula="BaTiO3"), INVENTORY, check, energies, frequency_proposer(), grid)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server, one for each process of tests; a test that stops it starts it again.

    Without PostgreSQL its tests are skipped, but fail where CI_POSTGRES=1 says that it is there.
    """
    # Not in pytest's folder, which only the user who runs the tests can enter. In memory where it
    # fits: a killed server restarts sooner, and loses as little as from a disk's cache.
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2**30
    where = memory if roomy else None
    with tempfile.TemporaryDirectory(prefix="athanor-postgres-", dir=where) as folder:
        try:
            with PostgresServer(Path(folder)) as server:
                yield server
        except PostgresError as error:
            if os.environ.get("CI_POSTGRES") == "1":
                raise
            pytest.skip(str(error))
