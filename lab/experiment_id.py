"""What may name an experiment."""

from lab.protocol import Refused

_LONGEST_ID = 200


def check_id(experiment_id: str) -> None:
    """Raise Refused for what cannot name an experiment."""
    fits = isinstance(experiment_id, str) and 0 < len(experiment_id) <= _LONGEST_ID
    if not (fits and experiment_id.isprintable()):
        raise Refused(
            "experiment id", repr(experiment_id), f"it must be 1 to {_LONGEST_ID} printable letters"
        )
