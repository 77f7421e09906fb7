"""The base of every record: frozen, self-validating, JSON both ways, named by its content."""

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from knowledge.errors import AthanorError, RecordError


def canonical_json(value: Any) -> str:
    """The one JSON text of a value: keys sorted, no spaces, no NaN or infinity."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def content_hash(value: Any) -> str:
    """First 16 hex digits of the SHA-256 of the canonical JSON of a value."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()[:16]


class Record(BaseModel):
    """An immutable value that checks itself when made and compares by content."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def __init__(self, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise RecordError(_one_line(type(self).__name__, error)) from error

    def __hash__(self) -> int:
        return hash(self.content_id)

    @cached_property
    def content_id(self) -> str:
        """Hash of the content; equal records have equal ids, on every machine."""
        return content_hash(self.model_dump(mode="json"))

    def model_copy(
        self,
        *,
        update: Mapping[str, Any] | None = None,
        deep: bool = False,  # noqa: ARG002  records are immutable: there is nothing to share
    ) -> Self:
        """The record with some fields changed, checked like any other."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self)(**{**fields, **(update or {})})

    def to_json(self) -> str:
        """Canonical JSON text; `from_json` gives back an equal record."""
        return canonical_json(self.model_dump(mode="json"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The record in a JSON text. Raises RecordError for anything else."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise RecordError(_one_line(cls.__name__, error)) from error


def _one_line(name: str, error: ValidationError) -> str:
    problems = []
    for problem in error.errors():
        cause = problem.get("ctx", {}).get("error")
        if isinstance(cause, AthanorError):
            problems.append(str(cause))
            continue
        where = ".".join(str(part) for part in problem["loc"]) or "record"
        given = repr(problem["input"])
        given = given if len(given) <= 60 else given[:57] + "..."
        problems.append(f"{where}: {problem['msg']} (given: {given})")
    return f"{name} is not valid: " + "; ".join(problems)
