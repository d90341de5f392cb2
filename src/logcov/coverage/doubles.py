"""One thing that was read twice: by two targets that overlap, or by two identities that may see more or less."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar, get_args

from logcov.inventory import (
    Admission,
    BlindSpot,
    Delivery,
    Destination,
    Listing,
    Reading,
    Route,
    Scope,
    Unread,
)

T = TypeVar("T", Admission, BlindSpot, Delivery, Destination, Listing, Reading, Route, Scope)

GATHERED = frozenset({"readings", "hides", "aliases"})
"""Fields that only gather: what any of the records has, the thing has."""

CAREFUL = frozenset({"writer", "since"})
"""Fields where the last by its text claims less: a writer needs a grant that nobody else does, and None is no age."""


def _distinct(values: Sequence[Any]) -> list[Any]:
    """The values that are known, each once, in an order of their own."""
    known: list[Any] = []
    for value in sorted(values, key=repr):
        if not isinstance(value, Unread) and value not in known:
            known.append(value)
    return known


def _value(name: str, values: Sequence[Any], conflict: Unread, *, can_be_unread: bool) -> Any:
    if name in GATHERED:
        return tuple(_distinct([one for value in values for one in value]))
    if name in {"container", "audited"}:
        return any(values)
    if name == "apart":
        return {kind: held[kind] for held in values for kind in sorted(held)}
    known = _distinct(values)
    if not known:
        return min(values, key=lambda unread: unread.blind_spot)
    if name == "as_old_as":
        return max(known)
    if name in CAREFUL:
        return known[-1]
    if len(known) > 1 and all(isinstance(value, Delivery) for value in known):
        return agreed(known, conflict)
    return conflict if len(known) > 1 and can_be_unread else known[0]


def agreed(records: Sequence[T], conflict: Unread) -> T:
    """The one record that several of the same thing make, whatever their order.

    What only some of them could read is known; what they do not agree on is `conflict`. Fields that cannot be
    unread follow from the thing's id, or only explain: there the first by its text holds, or what claims least.
    """
    first = records[0]
    if all(record == first for record in records):
        return first
    return replace(
        first,
        **{
            one.name: _value(
                one.name,
                [getattr(record, one.name) for record in records],
                conflict,
                can_be_unread=Unread in get_args(one.type),
            )
            for one in fields(first)
        },
    )
