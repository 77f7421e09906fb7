"""AlabOS as a lab: what it was handed is in a log before it hears of it.

AlabOS has no way to ask twice without doing twice, so an experiment is handed over once: its ids
and its recipe are in the log before it is sent, the receipt after. What was sent without a receipt
is looked for under its ids and never sent again; only what certainly did not get there, or was
refused, frees them. What the server cannot say is Unknown, and a person's to find out.

When the log is lost, experiments are found on the server by the same ids. That cannot be for one
that its experiment manager has not picked up, so the log is not to be lost.
"""

from dataclasses import replace

from knowledge.errors import AthanorError, RecordError
from knowledge.outcome import Outcome
from knowledge.recipe import Recipe
from lab.alabos import case as log_of
from lab.alabos import wire
from lab.alabos.case import Case, Part, parts_of, parts_to_log
from lab.alabos.ids import safe_name, task_id
from lab.alabos.mapping import Mapping
from lab.alabos.outcome import Results, is_dosed, is_fired, is_over, status_of
from lab.alabos.server import Server, Silent
from lab.alabos.shelf import Shelf
from lab.alabos.silence import Silence, since_s
from lab.alabos.tasks import Task
from lab.alabos.wire import TaskState
from lab.experiment_id import check_id
from lab.inventory import Inventory
from lab.logbook import Logbook
from lab.procedure import Bench
from lab.protocol import Garbled, Pending, Refused, Status, Unknown, Unreachable, Unsubmitted
from lab.safety import Envelope
from lab.web import Malformed, NotSent

_MOST_TASKS = 200  # of what is found on the server, and nobody here knows how long it is


class AlabosLab:
    """A lab behind an AlabOS server. Implements Real. Made by `alabos_lab`.

    An attempt without a receipt is looked for `settle_s` seconds before it is Unknown; one that the
    server took on and has nothing to say of is Pending for `silent_h` hours, then Unknown.

    Of powders, `lab.alabos.shelf` keeps the books.
    """

    def __init__(
        self,
        name: str,
        server: Server,
        log: Logbook,
        mapping: Mapping,
        results: Results,
        envelope: Envelope,
        stock: Inventory,
        settle_s: float = 120.0,
        silent_h: float = 2.0,
    ) -> None:
        self.name, self.envelope, self.stock = name, envelope, stock
        self._shelf = Shelf(stock, mapping)
        self._server, self._log, self._mapping, self._results = server, log, mapping, results
        self._settle_s, self._silent_s = settle_s, silent_h * 3600
        self._silence = Silence()
        names = dict.fromkeys(e.experiment for e in log.entries())
        self._shelf.put_right((name, self._case(name)) for name in names)

    def __repr__(self) -> str:
        return f"<{self.name} lab, AlabOS at {self._server.where}>"

    @property
    def bench(self) -> Bench:
        """Batch size, crucible and habits."""
        return self._mapping.bench

    @property
    def inventory(self) -> tuple[str, ...]:
        """The precursors of which anything is left."""
        return self.stock.formulas

    def check(self, recipe: Recipe) -> None:
        """Raise Refused, naming rule, value and limit, for a recipe that is not handed over.

        The server is not asked: it has no way to say whether it would.
        """
        self._allowed(recipe)
        self._shelf.check(recipe)

    def submit(self, recipe: Recipe, experiment_id: str) -> None:
        """Hand a recipe over; the same again changes nothing. Raises Refused.

        After Unreachable the server may have it or not: `poll` tells.
        """
        check_id(experiment_id)
        if not isinstance(recipe, Recipe):
            raise RecordError(f"{type(recipe).__name__} is no Recipe: labs are sent recipes only")
        # Checked again: what was built around its checks is not sent.
        recipe = Recipe.from_json(recipe.to_json())
        case = self._case(experiment_id)
        if case.recipe is not None:
            self._check_same(case, recipe, experiment_id)
            if case.is_open and not case.exp_id and not case.found:
                status = self._stand(experiment_id, case)  # raises while it is looked for
                if isinstance(status, Unknown):
                    raise Unreachable(status.reason)
            return
        tasks = self._allowed(recipe)
        if case.is_known or self._found(experiment_id):
            self._recognise(experiment_id, recipe, tasks)
            return
        self._attempt(recipe, experiment_id, tasks)
        self._hand_over(recipe, experiment_id, tasks)

    def poll(self, experiment_id: str) -> Status:
        """Where an experiment stands. Raises Unreachable, also while it is still looked for."""
        try:
            check_id(experiment_id)
        except Refused as refusal:
            return Unsubmitted(f"no experiment is called so: {refusal.limit}")
        case = self._case(experiment_id)
        if not case.is_known:
            if not self._found(experiment_id):
                return Unsubmitted(f"neither the log nor the server has {safe_name(experiment_id)}")
            case = self._case(experiment_id)
        return self._stand(experiment_id, case)

    def cancel(self, experiment_id: str) -> Status:
        """Stop an experiment of which no firing has begun; then where it stands.

        Where the server cannot say whether one has, it is stopped as soon as it says that none had.
        """
        status = self.poll(experiment_id)
        if isinstance(status, Pending) and not self._case(experiment_id).cancel:
            self._log.append(log_of.CANCEL, experiment_id)
            status = self.poll(experiment_id)
        return status

    def amended(self, outcome: Outcome) -> None:
        """Take note of what a person told: it is that for ever, if nothing else was known yet."""
        with self._log.writing():
            case = self._case(outcome.experiment_id)
            if not case.is_known or case.outcome is not None:
                return
        self._over(outcome, dosed=outcome.status != "cancelled")

    def close(self) -> None:
        """Let go of the files, on which all is already."""
        self._log.close()
        self.stock.close()

    def _case(self, experiment_id: str) -> Case:
        return Case.of(self._log.of(experiment_id))

    def _allowed(self, recipe: Recipe) -> tuple[Task, ...]:
        """The tasks for a recipe. Raises Refused where limits or rules forbid it.

        Whether there is enough is seen when it is promised, which may have been done already by a
        process that was killed then.
        """
        self.envelope.check(recipe, self.inventory, self.bench.batch_g)
        return self._mapping.tasks(recipe)

    def _attempt(self, recipe: Recipe, name: str, tasks: tuple[Task, ...]) -> None:
        """Write down what will be sent. Raises Unreachable where another process is about to."""
        with self._log.writing():
            if self._case(name).is_known:
                raise Unreachable(f"another process hands {name} to {self._server.where} just now")
            self._shelf.promise(name, recipe)
            try:
                self._log.append(
                    log_of.ATTEMPT,
                    name,
                    recipe=recipe.model_dump(mode="json"),
                    tasks=parts_to_log(parts_of(name, tasks)),
                    called=safe_name(name),
                )
            except BaseException:
                self.stock.release(name)
                raise

    def _hand_over(self, recipe: Recipe, name: str, tasks: tuple[Task, ...]) -> None:
        try:
            exp_id = self._server.submit(wire.submission(name, recipe, tasks))
        except NotSent as error:
            self._take_back(log_of.NOT_SENT, name, error)
            raise
        except Refused as refusal:
            self._take_back(log_of.REFUSED, name, refusal)
            raise
        self._log.append(log_of.RECEIPT, name, exp_id=exp_id)

    def _take_back(self, kind: str, name: str, error: AthanorError) -> None:
        self._log.append(kind, name, why=str(error))
        self.stock.release(name)

    def _check_same(self, case: Case, recipe: Recipe, name: str) -> None:
        if case.recipe != recipe:
            raise Refused(
                "experiment id",
                f"{name} is already used for {case.recipe}",
                "an id belongs to one recipe: choose another id",
            )

    def _found(self, name: str) -> bool:
        """Whether the server has an experiment that the log lacks; if so, the log has it then."""
        states = self._whole_chain(name)
        if not states:
            return False
        parts = self._parts_of(states)
        with self._log.writing():
            if not self._case(name).is_known:
                self._log.append(log_of.FOUND, name, tasks=parts_to_log(parts))
        return True

    def _whole_chain(self, name: str) -> tuple[TaskState, ...]:
        """Its tasks, where nobody here knows how many there are."""
        return self._server.chain_of(task_id(name, n) for n in range(_MOST_TASKS))

    def _parts_of(self, states: tuple[TaskState, ...]) -> tuple[Part, ...]:
        """What tasks do, by their types."""
        return tuple(Part(s.id, s.type, self._mapping.kinds_of(s.type)) for s in states)

    def _recognise(self, name: str, recipe: Recipe, tasks: tuple[Task, ...]) -> None:
        """Note that what was found is this recipe. Raises Refused where it is another."""
        parts = parts_of(name, tasks)
        states = self._server.chain_of([p.id for p in parts])
        there = [(s.type, s.parameters) for s in states]
        if there != [(t.type, t.parameters) for t in tasks]:
            raise Refused(
                "experiment id",
                f"{name} is another experiment on the server at {self._server.where}",
                "an id belongs to one recipe: choose another id",
            )
        self._shelf.promise_if_there(name, recipe)
        told = recipe.model_dump(mode="json")
        self._log.append(log_of.KNOWN_AS, name, recipe=told, tasks=parts_to_log(parts))

    def _stand(self, name: str, case: Case) -> Status:
        """Where an experiment stands that was handed over, or found."""
        if case.outcome is not None:
            return case.outcome
        try:
            states = self._look(name, case)
            if states is None:
                return self._missing(name, case)
            if case.recipe is None:  # found while it was picked up, task by task: there may be more
                case = replace(case, parts=self._parts_of(states))
            may_stop = not is_over(states) and not is_fired(case.parts, states)
            if case.cancel and case.exp_id and may_stop and self._server.cancel(case.exp_id):
                states = self._look(name, case) or states
            if is_over(states) and case.exp_id:  # with results and times
                ids = [p.id for p in case.parts]
                states = self._server.tasks(case.exp_id, ids, results=True)
        except Silent as silent:
            return self._silent(name, case, str(silent))
        self._note(name, case)
        try:
            status = status_of(name, case.parts, states, case.recipe, self._results, case.cancel)
        except Malformed as error:
            raise Garbled(f"the lab at {self._server.where} {error}") from None
        if isinstance(status, Outcome):
            return self._over(status, is_dosed(case.parts, states))
        return status

    def _note(self, name: str, case: Case) -> None:
        """That there was a good answer; once, that the server has it."""
        self._silence.broken(name)
        if not case.exp_id and not case.found:
            self._log.append(log_of.FOUND, name, tasks=parts_to_log(case.parts))
        elif not case.seen:
            self._log.append(log_of.SEEN, name)

    def _look(self, name: str, case: Case) -> tuple[TaskState, ...] | None:
        """Its tasks; none where there is no receipt and no trace. Raises Silent, Unreachable."""
        if case.recipe is None:
            return self._whole_chain(name) or None
        ids = [p.id for p in case.parts]
        return self._server.tasks(case.exp_id, ids) if case.exp_id else self._server.chain(ids)

    def _missing(self, name: str, case: Case) -> Status:
        """What there is to say of what was sent without a receipt, and cannot be found."""
        where, called = self._server.where, safe_name(name)
        if case.found:
            return Unknown(f"the server had {called} and has it no more: look at {where}")
        assert case.attempted is not None
        if since_s(case.attempted) < self._settle_s:
            raise Unreachable(f"whether {where} took {called} on is not known: it is looked for")
        return Unknown(
            f"whether it was taken on is not known: look for the experiment {called} on the "
            f"dashboard of AlabOS at {where}; where there is none, say so with athanor amend "
            "--not-fired"
        )

    def _silent(self, name: str, case: Case, why: str) -> Status:
        """What there is to say of what the server took on and says nothing of."""
        silent_s = self._silence.seconds(name, case)
        if silent_s < self._silent_s:
            return Pending(f"taken on; {why}")
        return Unknown(
            f"the server has had nothing to say of it for {silent_s / 3600:.3g} h ({why}): its "
            f"experiment manager may be dead; look for the experiment {safe_name(name)} "
            f"({case.exp_id}) on the dashboard of AlabOS at {self._server.where}"
        )

    def _over(self, outcome: Outcome, dosed: bool) -> Outcome:
        """Keep an outcome for ever, the first one; what was weighed is taken off the shelf."""
        name = outcome.experiment_id
        with self._log.writing():
            known = self._case(name)
            if known.outcome is None:
                told = outcome.model_dump(mode="json")
                self._log.append(log_of.OUTCOME, name, outcome=told, dosed=dosed)
        case = self._case(name)
        self._shelf.settle(name, case)
        assert case.outcome is not None
        return case.outcome
