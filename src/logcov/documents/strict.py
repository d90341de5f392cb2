"""The pydantic side of documents: mappings that know what may stand in them, and say so.

Importing this module imports pydantic; only modules that describe a file's shape do.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    Tag,
    ValidationError,
    model_validator,
)
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from logcov.documents.model import kind_of, nearest, written
from logcov.documents.problems import AT_KEY, message_of


class Strict(BaseModel):
    """A mapping with known keys. Unknown keys, and keys without a value, are problems at their own place.

    `refused` names keys that are understood but not taken, each with what to tell: words that are for
    later, and secrets.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
    refused: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        """The keys that may stand in the mapping."""
        return tuple(field.alias or name for name, field in cls.model_fields.items())

    @model_validator(mode="wrap")
    @classmethod
    def _explain(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(value, Mapping):
            raise PydanticCustomError("shape", f"must be a mapping, not {kind_of(value)}")
        details: list[InitErrorDetails] = []
        known = cls.keys()
        for key in value:
            if key in cls.refused:
                error = PydanticCustomError(AT_KEY, cls.refused[key])
            elif key not in known:
                # In `{because: this, that}` the second half is a key of its own to YAML.
                torn = "; if it belongs to the text before the comma, put that text in quotes"
                hint = nearest(key, known) or (torn if value[key] is None else "")
                error = PydanticCustomError(AT_KEY, f"unknown key `{key}`{hint}")
            elif value[key] is None:
                error = PydanticCustomError(AT_KEY, f"`{key}` has no value")
            else:
                continue
            details.append(InitErrorDetails(type=error, loc=(key,), input=None))
        made = None
        try:
            made = handler({key: one for key, one in value.items() if key in known and one is not None})
        except ValidationError as failure:
            # What a refused word brings along is not missing; neither is a key that has no value.
            taken_apart = any(key in cls.refused for key in value)
            for detail in failure.errors(include_url=False):
                missing = detail["type"] == "missing" and len(detail["loc"]) == 1
                if missing and (taken_apart or detail["loc"][0] in value):
                    continue
                kind = detail["type"] if detail["type"] in {AT_KEY, "missing"} else "said"
                said = PydanticCustomError(kind, message_of(detail))
                details.append(InitErrorDetails(type=said, loc=detail["loc"], input=None))
        if details or made is None:
            raise ValidationError.from_exception_data(cls.__name__, details)
        return made


def _as_tuple(value: Any) -> tuple[Any, ...]:
    if value is None:
        raise PydanticCustomError("shape", "has no value")
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _some(value: Any) -> tuple[Any, ...]:
    made = _as_tuple(value)
    if not made:
        raise PydanticCustomError("shape", "must not be empty")
    return made


class _OneOrMany:
    """Marks a tuple that may be written as a list, or as one value that stands alone."""

    def __init__(self, *, empty: bool) -> None:
        self.empty = empty

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        take = _as_tuple if self.empty else _some
        return core_schema.no_info_before_validator_function(take, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        many = handler(schema)
        return {"anyOf": [many["items"], many if self.empty else {**many, "minItems": 1}]}


def _text(value: Any) -> str:
    if isinstance(value, str):
        if not value.strip():
            raise PydanticCustomError("shape", "must not be empty")
        return value
    if isinstance(value, bool | int | float):
        raise PydanticCustomError(
            "shape",
            f'must be text, and `{written(value)}` is {kind_of(value)}; put it in quotes: "{written(value)}"',
        )
    raise PydanticCustomError("shape", f"must be text, not {kind_of(value)}")


def _word(value: Any) -> str:
    if isinstance(value, bool | int | float):
        return written(value)
    return _text(value)


def _date(value: Any) -> date:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise PydanticCustomError("shape", "must be a date such as `2026-11-22`")


def _is_mapping(value: Any) -> str:
    return "a mapping" if isinstance(value, Mapping | BaseModel) else "a name"


T = TypeVar("T")

Some = Annotated[tuple[T, ...], _OneOrMany(empty=False)]
"""One or more values; a single one may stand without the brackets of a list."""

Many = Annotated[tuple[T, ...], _OneOrMany(empty=True)]
"""Likewise, but an empty list has a meaning."""

Text = Annotated[str, BeforeValidator(_text, json_schema_input_type=Annotated[str, Field(min_length=1)])]
"""Text that is not empty. A bare number or boolean is refused, with the hint to quote it."""

Word = Annotated[str, BeforeValidator(_word, json_schema_input_type=str | bool | int | float)]
"""Text, or a bare number or boolean taken as it is written."""

Day = Annotated[
    date,
    BeforeValidator(
        _date, json_schema_input_type=Annotated[str, Field(json_schema_extra={"format": "date"})]
    ),
]
"""A date, `2026-11-22`."""

NameOr = Annotated[
    Annotated[Text, Tag("a name")] | Annotated[T, Tag("a mapping")], Discriminator(_is_mapping)
]
"""A name, or the thing itself as a mapping."""
