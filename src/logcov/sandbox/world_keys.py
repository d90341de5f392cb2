"""What all parts of a world file share: the spelling of keys, and dates that are relative to the start."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationInfo
from pydantic.alias_generators import to_camel

from logcov.documents.strict import Strict

_RELATIVE = re.compile(r"-(\d{1,5})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _resolved(text: str, info: ValidationInfo) -> str:
    """A relative date, counted back from the `now` of the validation's context, as RFC 3339 in UTC."""
    match = _RELATIVE.fullmatch(text)
    if match:
        now: datetime = (info.context or {})["now"]
        moment = now - timedelta(**{_UNITS[match[2]]: int(match[1])})
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        zone = datetime.fromisoformat(text).tzinfo
    except ValueError:
        zone = None
    if zone is None:
        raise ValueError("not a date: say -3d, -2h, -15m, -90s, or 2026-11-22T08:30:00Z")
    return text


Moment = Annotated[str, AfterValidator(_resolved)]


class Described(Strict):
    """A mapping with known keys, spelled as the providers spell theirs."""

    model_config = ConfigDict(alias_generator=to_camel)


def as_json(model: BaseModel, *, without: Sequence[str] = ()) -> dict[str, Any]:
    """The model as its provider would send it: its own key spelling, nothing that is not set."""
    return model.model_dump(by_alias=True, exclude_none=True, exclude=set(without))
