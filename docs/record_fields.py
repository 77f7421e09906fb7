"""Records show their fields in the reference as dataclasses do: as the signature of the class."""

from typing import Any

from griffe import Attribute, Class, Extension, Function, Parameter, ParameterKind, Parameters

_RECORD = "Record"


class RecordFields(Extension):
    """Gives each class that is a Record the signature that its fields make."""

    def on_class_members(self, *, cls: Class, **_: Any) -> None:
        """Called by griffe when the members of a class are known."""
        if _RECORD not in {str(base).rpartition(".")[2] for base in cls.bases}:
            return
        fields = [
            Parameter(
                name, annotation=field.annotation, kind=ParameterKind.keyword_only,
                default=None if field.value is None else str(field.value),
            )
            for name, field in cls.members.items()
            if isinstance(field, Attribute) and field.annotation is not None
            and not name.startswith("_") and "property" not in field.labels
            and "ClassVar" not in str(field.annotation)
        ]  # fmt: skip
        if fields and "__init__" not in cls.members:
            made = Parameters(Parameter("self", kind=ParameterKind.positional_only), *fields)
            cls.set_member("__init__", Function("__init__", parameters=made))
