"""Watching a campaign from outside: what may be told, to whom, and what must not be told."""

from agents.watch.configured import LOG_NAME, watches
from agents.watch.log import JsonLog
from agents.watch.notice import Kind, Notice, Watch, Watches
from agents.watch.secrets import HIDDEN, shown_url, without_secrets
from agents.watch.webhook import Webhook

__all__ = [
    "HIDDEN",
    "LOG_NAME",
    "JsonLog",
    "Kind",
    "Notice",
    "Watch",
    "Watches",
    "Webhook",
    "shown_url",
    "watches",
    "without_secrets",
]
