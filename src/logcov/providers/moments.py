"""Times as providers write them, made into times as the inventory holds them."""

from datetime import UTC, datetime
from typing import Any


def moment(text: Any) -> str | None:
    """The RFC 3339 time as UTC, to the second: `2026-11-22T08:30:00Z`.

    Returns None for whatever is no time, or one without its zone: such a time proves nothing.
    """
    if not isinstance(text, str):
        return None
    try:
        given = datetime.fromisoformat(text)
        if given.tzinfo is None:
            return None
        # Not strftime: it writes the year 1, which stands for "never" in many APIs, with one digit.
        return given.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
    except (ValueError, OverflowError):
        return None
