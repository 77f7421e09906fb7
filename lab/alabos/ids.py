"""Names that AlabOS takes, chosen here and always the same for the same experiment.

AlabOS lets a client choose the ids of samples and tasks (MongoDB's: 24 hex digits), but not those
of experiments. Ids that follow from ours are known before anything is sent, so that whatever became
of a question can be looked up under them.
"""

import hashlib
import re

_ID = re.compile(r"[0-9a-f]{24}")
# MongoDB takes neither in a key, and AlabOS in no name; the others only spoil a dashboard.
_UNSAFE = re.compile(r"[^A-Za-z0-9_()+ -]")
_LONGEST_NAME = 80


def is_object_id(text: object) -> bool:
    """Whether something is an id of MongoDB as AlabOS writes them."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def sample_id(experiment_id: str) -> str:
    """The id of the sample of an experiment."""
    return _object_id(experiment_id, "sample")


def task_id(experiment_id: str, number: int) -> str:
    """The id of a task of an experiment, by its number from 0."""
    return _object_id(experiment_id, f"task {number}")


def safe_name(experiment_id: str) -> str:
    """A name without `$` and `.` that tells an experiment from every other."""
    plain = _UNSAFE.sub("-", experiment_id)
    if plain == experiment_id and len(plain) <= _LONGEST_NAME:
        return plain
    return f"{plain[: _LONGEST_NAME - 9]}-{_object_id(experiment_id, 'name')[:8]}"


def _object_id(experiment_id: str, part: str) -> str:
    """Of 2 ** 96: by chance no two are the same."""
    text = f"athanor\n{part}\n{experiment_id}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]
