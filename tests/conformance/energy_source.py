"""What every energy source keeps."""

import math

from knowledge.chemistry import parse
from knowledge.energies import EnergySource

SYSTEM = {"Ba", "Ti", "O", "C"}


class EnergySourceConformance:
    def make(self) -> EnergySource:
        raise NotImplementedError

    def test_is_an_energy_source(self) -> None:
        source = self.make()
        assert isinstance(source, EnergySource)
        assert source.name

    def test_answers_are_of_the_system_and_unique(self) -> None:
        entries = self.make().system(SYSTEM)
        assert entries
        for entry in entries:
            assert {str(e) for e in parse(entry.formula)} <= SYSTEM
        formulas = [parse(e.formula).reduced_formula for e in entries]
        assert len(set(formulas)) == len(formulas)

    def test_every_energy_has_sigma_source_and_kind(self) -> None:
        for entry in self.make().system(SYSTEM):
            assert math.isfinite(entry.ev_per_atom)
            assert entry.sigma_ev_per_atom >= 0
            assert entry.source
            assert entry.kind in ("table", "interpolated", "estimate")

    def test_the_lowest_of_a_phase_is_given(self) -> None:
        source = self.make()
        whole = {parse(e.formula).reduced_formula: e for e in source.system(SYSTEM)}
        for part in ({"Ba", "O"}, {"Ti", "O"}, {"Ba", "Ti", "O"}):
            for entry in source.system(part):
                assert whole[parse(entry.formula).reduced_formula] == entry

    def test_smaller_systems_hold_less(self) -> None:
        source = self.make()
        whole = {e.formula for e in source.system(SYSTEM)}
        assert {e.formula for e in source.system(SYSTEM - {"C"})} < whole
        assert not source.system(set())

    def test_same_question_same_answer(self) -> None:
        first, second = self.make(), self.make()
        assert list(first.system(SYSTEM)) == list(second.system(sorted(SYSTEM, reverse=True)))
        assert first.fingerprint == second.fingerprint
