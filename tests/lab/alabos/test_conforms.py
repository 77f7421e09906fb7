"""AlabOS keeps the contract of a lab, through a stand-in with its own state."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from knowledge.outcome import Outcome
from lab import Lab, Pending
from tests.conformance.lab import LabConformance
from tests.lab.alabos.stand_in import StandIn, made

_STEPS = 50


class TestConforms(LabConformance):
    """Picked up at once; what waits is cancelled at once, as AlabOS does."""

    @pytest.fixture(autouse=True)
    def servers(self, tmp_path: Path) -> Iterator[None]:
        with ExitStack() as self.open:
            self.folder = tmp_path
            self.servers_of: dict[int, StandIn] = {}
            yield

    def make(self) -> Lab:
        server = self.open.enter_context(StandIn())
        folder = self.folder / str(server.port)
        lab = made(server.url, folder)
        self.open.callback(lab.close)
        self.servers_of[id(lab)] = server
        submit = lab.submit

        def picked_up(*words: object) -> None:
            submit(*words)  # type: ignore[arg-type]
            server.pick_up()

        lab.submit = picked_up  # type: ignore[method-assign,assignment]
        return lab

    def finish(self, lab: Lab, experiment_id: str) -> Outcome:
        for _ in range(_STEPS):
            status = lab.poll(experiment_id)
            if isinstance(status, Outcome):
                return status
            assert isinstance(status, Pending)
            self.servers_of[id(lab)].work()
        raise AssertionError("the lab never finished")
