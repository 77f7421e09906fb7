"""The watches that the settings of a campaign ask for."""

from collections.abc import Iterable
from pathlib import Path

from agents.watch.log import JsonLog
from agents.watch.notice import Watch, Watches
from agents.watch.webhook import DEFAULT_KINDS, Webhook

LOG_NAME = "log.jsonl"


def watches(
    folder: Path,
    log: bool = True,
    webhook: str | None = None,
    webhook_on: Iterable[str] = DEFAULT_KINDS,
    insecure: bool = False,
) -> Watches:
    """A log in the campaign's folder and a webhook, as far as asked for.

    Raises AthanorError for a webhook that cannot be one, or that would carry what it is told in
    clear text over a network, and for kinds of notices that there are not.
    """
    asked: list[Watch] = []
    if log:
        asked.append(JsonLog(folder / LOG_NAME))
    if webhook:
        asked.append(Webhook(webhook, webhook_on, insecure=insecure))
    return Watches(asked)
