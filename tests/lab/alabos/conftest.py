"""A stand-in AlabOS, and a lab behind it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.alabos import AlabosLab
from tests.lab.alabos.stand_in import StandIn, made


@pytest.fixture
def server() -> Iterator[StandIn]:
    with StandIn() as server:
        yield server


@pytest.fixture
def lab(server: StandIn, tmp_path: Path) -> Iterator[AlabosLab]:
    lab = made(server.url, tmp_path)
    yield lab
    lab.close()
