"""Which settings make a campaign what it is, and which only say how it is run."""

from collections.abc import Sequence
from typing import Any

from agents.watch.secrets import without_secrets

# Settings that say how a campaign is run and not what it is.
NOT_OF_IT = ("hydra", "journal", "watch", "accept", "poll_seconds", "patience_h")
# A lab that moved is the same lab.
_WHERE = ("url", "timeout_s", "ca_file", "waits", "settle_s", "silent_h")
_MAY_GROW = ("experiments", "days", "per_target", "least_chance")


def identity_of(settings: dict[Any, Any], may_grow: Sequence[str] = _MAY_GROW) -> dict[str, Any]:
    """The settings that make a campaign what it is: with more experiments it is still the same.

    Where it is written, who watches and what is accepted do not count; nor do secrets, nor what
    `may_grow` of the budget.
    """
    kept = {str(k): v for k, v in settings.items() if k not in NOT_OF_IT}
    for absent in ("reactivity", "targets"):
        if not kept.get(absent):
            kept.pop(absent, None)
    if "targets" in kept:
        kept.pop("target", None)
    for part, left_out in (("budget", may_grow), ("lab", _WHERE)):
        kept[part] = {k: v for k, v in kept[part].items() if k not in left_out}
    return without_secrets(kept)
