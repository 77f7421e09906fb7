"""A lab as it is named where it is checked: easy, my_lab.yaml, my_module.MyLab, a:b=c.

A setting may hold `{fresh}`: a path of its own for each lab that is made. A lab that keeps its
state there claims to go on after a kill, and is tried on that.
"""

import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import yaml  # type: ignore[import-untyped]

from agents.configured_lab import configured_lab
from experiments.checks.own_code import is_dotted, own
from experiments.checks.promise import Broken, told
from experiments.checks.trial import Trial
from knowledge.errors import AthanorError
from knowledge.outcome import Outcome
from lab import Attended, Clocked, Lab, Pending

FRESH = "{fresh}"
_YAML = (".yaml", ".yml")
_PAUSE_S = 0.02
Maker = Callable[[str], Lab]


class NamedLab:
    """Makes labs of a name, in a folder; implements LabCase and RestartedCase.

    A lab is polled for `patience_s` seconds until it is done.
    """

    def __init__(self, word: str, folder: Path, patience_s: float = 30) -> None:
        self._make, self._folder, self._patience_s = _maker(word), folder, patience_s
        self._places: dict[int, tuple[Lab, str]] = {}
        self.trial = Trial()
        self.restarts = FRESH in word

    def make(self) -> Any:
        """A lab in which nothing was done yet."""
        return self._open(mkdtemp(dir=self._folder))

    def reopen(self, lab: Any) -> Any:
        """What is found of a lab, by whoever makes it again from what is on disk now."""
        left = mkdtemp(dir=self._folder)
        _, place = self._places.pop(id(lab))
        shutil.copytree(place, left, dirs_exist_ok=True)
        return self._open(left)

    def finish(self, lab: Lab, experiment_id: str) -> Outcome:
        """The outcome, when it is there. Raises Broken where it never is."""
        until = time.monotonic() + self._patience_s
        while isinstance(status := lab.poll(experiment_id), Pending):
            if isinstance(lab, Attended):
                raise Broken("people bring the results of this lab: it cannot be checked alone")
            if time.monotonic() > until:
                raise Broken(f"polled for {self._patience_s:g} s, {experiment_id} is not done")
            if not isinstance(lab, Clocked):
                time.sleep(_PAUSE_S)
        if not isinstance(status, Outcome):
            raise Broken(f"poll says {status!r} of what was submitted")
        return status

    def _open(self, place: str) -> Lab:
        lab = self._make(str(Path(place, "state")))
        self._places[id(lab)] = lab, place  # the lab is kept, so that its id stays its own
        return lab


def _maker(word: str) -> Maker:
    name, _, rest = word.partition(":")
    settings = [s.strip() for s in rest.split(";") if s.strip()]
    if not name.strip():
        raise AthanorError("name a lab: my_module.MyLab, my_lab.yaml, or one of conf/lab")
    if any("=" not in s for s in settings):
        raise AthanorError(f"{word}: give settings as NAME:SETTING=VALUE;SETTING=VALUE")
    if name.endswith(_YAML) or not is_dotted(name):
        return lambda place: configured_lab(name, [s.replace(FRESH, place) for s in settings])
    kind = own(name)

    def made(place: str) -> Lab:
        given = {k: _value(v.replace(FRESH, place)) for k, v in map(_parted, settings)}
        try:
            lab: Lab = kind(**given)
        except AthanorError:
            raise
        except Exception as error:  # whatever the code of others raises
            raise AthanorError(
                f"{name} cannot be made, {told(error)}: it is called with its settings alone, "
                f"{name}:SETTING=VALUE"
            ) from error
        return lab

    return made


def _parted(setting: str) -> Sequence[str]:
    key, _, value = setting.partition("=")
    return key.strip(), value.strip()


def _value(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise AthanorError(f"{text} is no value, as YAML has them: quote it") from error
