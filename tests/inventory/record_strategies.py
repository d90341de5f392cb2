"""Hypothesis strategies for every kind of record: each field with any value that it may have, `Unread` in every place."""

import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from hypothesis import strategies as st

from logcov.inventory import Activity, Delivery, Destination, Fact, Header, Inventory, Reading, Route, Unread

names = st.text(max_size=6) | st.sampled_from(["$unread", "$$unread", "$", "é", "\u2028", "a\nb", "\ud800"])
times = st.sampled_from(["2026-11-22T08:00:00Z", "2026-01-01T00:00:00Z"])
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | names,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=2),
    max_leaves=6,
)


def of_type(kind: Any) -> st.SearchStrategy[Any]:
    """Values of an annotation that the records use."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if kind is str:
        return names
    if kind is bool:
        return st.booleans()
    if kind is int:
        return st.integers(0, 10**6)
    if kind is type(None):
        return st.none()
    if kind is Any:
        return plain
    if kind is Unread:
        return names.map(Unread)
    if origin is typing.Literal:
        return st.sampled_from(inner)
    if origin in {types.UnionType, typing.Union}:
        return st.one_of(*(of_type(one) for one in inner))
    if origin is tuple:
        return st.lists(of_type(inner[0]), max_size=2).map(tuple)
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(names, of_type(inner[1]), max_size=2)
    assert is_dataclass(kind), kind
    return st.builds(kind, **{one.name: _of_field(kind, one.name, one.type) for one in fields(kind)})


TIMES = {
    (Reading, "at"),
    (Activity, "at"),
    (Route, "since"),
    (Destination, "since"),
    (Delivery, "last_success"),
    (Header, "started_at"),
    (Header, "finished_at"),
}
"""The fields that hold a time, or nothing."""


def _of_field(kind: type, name: str, declared: Any) -> st.SearchStrategy[Any]:
    if (kind, name) not in TIMES:
        return of_type(declared)
    others = [one for one in typing.get_args(declared) if one is not str]
    return st.one_of(times, *(of_type(one) for one in others))


facts = st.one_of(*(of_type(kind) for kind in typing.get_args(Fact)))
inventories = st.builds(
    Inventory, header=of_type(Header), facts=st.lists(facts, max_size=6).map(tuple), cut_short=st.booleans()
)
assert Activity in typing.get_args(Fact)
