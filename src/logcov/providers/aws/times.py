"""Moments as the inventory writes them."""

from datetime import UTC, datetime
from typing import Any


def utc(moment: datetime | None) -> str | None:
    """UTC, to the second: `2026-11-22T08:30:00Z`."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def plain(value: Any) -> Any:
    """A field of an answer as JSON can hold it."""
    return utc(value) if isinstance(value, datetime) else value
