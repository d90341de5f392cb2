"""The rows fit together, and nothing is called that they do not name."""

import importlib
import pkgutil
from fnmatch import fnmatchcase

import pytest

from logcov.providers import gcp
from logcov.providers.gcp.operations import Method
from logcov.providers.gcp.rows import (
    DESTINATION_KINDS,
    HOP_KINDS,
    OBSERVERS,
    READ_OPERATIONS,
    READERS,
    SESSION_OPERATIONS,
    SOURCES,
)
from providers.gcp.discovery import document, routes
from providers.gcp.gathering import gather


def _methods() -> tuple[Method, ...]:
    """Every method that any module of the provider holds."""
    names = [module.name for module in pkgutil.walk_packages(gcp.__path__, "logcov.providers.gcp.")]
    held = [value for name in names for value in vars(importlib.import_module(name)).values()]
    return tuple(dict.fromkeys(value for value in held if isinstance(value, Method)))


METHODS = _methods()
TOLD_BY_OBSERVERS = {"gcp:new-project-bucket/*"}
"""Destinations that no reader reads: what is known of them is known with the hop."""


def test_every_call_of_a_whole_collection_is_named_by_a_row(google, session) -> None:
    gather(session)
    named = {operation.call for operation in (*SESSION_OPERATIONS, *READ_OPERATIONS["asset-inventory"])}
    named |= {operation.call for row in (*OBSERVERS, *READERS) for operation in row.operations}
    assert {reading.call for reading in session.ledger.readings()} <= named
    assert {method.operation.call for method in METHODS} == named


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.operation.call)
def test_every_method_only_reads_and_is_one_of_the_api_that_it_names(method) -> None:
    verb, _, wire = method.operation.wire.partition(" ")
    path = "/" + wire.replace("{parent}", "projects/p")
    assert any(
        api == f"{method.api}.{method.version}" and verb == known and pattern.fullmatch(path)
        for known, pattern, api, _ in routes()
    ), method.operation.wire
    held = document(f"{method.api}.{method.version}")
    for name in method.collection:
        held = held["resources"][name]
    assert held["methods"][method.name]["httpMethod"] == verb
    assert verb == "GET" or method.name in {"getIamPolicy", "testIamPermissions"}


def test_sources_name_hop_kinds_that_exist_and_observers_list_them() -> None:
    kinds = {kind.id for kind in HOP_KINDS}
    for source in SOURCES:
        assert set(source.needs) <= kinds
        for kind in source.needs:
            assert any(kind in row.listings and source.id in row.sources for row in OBSERVERS)


def test_every_place_that_a_sink_may_lead_to_has_a_kind_and_a_reader() -> None:
    for kind in HOP_KINDS:
        for pattern in kind.leads_to:
            assert any(row.pattern == pattern for row in READERS) or pattern in TOLD_BY_OBSERVERS
            assert any(row.pattern == pattern for row in DESTINATION_KINDS)


def test_a_dimension_is_a_field_or_the_alias_of_one() -> None:
    for source in SOURCES:
        names = {name for field in source.fields for name in (field.name, *field.aliases)}
        assert {dimension.name for dimension in source.dimensions} <= names
        assert {shape.field for shape in source.shape} <= names


def test_of_the_audit_logs_only_data_access_has_to_be_switched_on() -> None:
    audit = [source for source in SOURCES if source.id.startswith("gcp.audit.")]
    assert {source.id for source in audit if not source.always_generated} == {"gcp.audit.data_access"}


def test_every_scope_kind_is_observed_for_every_source() -> None:
    for source in SOURCES:
        rows = [row for row in OBSERVERS if any(fnmatchcase(source.id, pattern) for pattern in row.sources)]
        # The places for new projects are told by what is above them.
        kinds = set(source.scope_kinds) - {"gcp.new_projects"}
        for row in rows:
            hops = [kind for kind in HOP_KINDS if kind.id in row.listings]
            whole = len(hops) < len(row.listings) or not hops
            where = kinds if whole else kinds & {origin for kind in hops for origin in kind.origins}
            assert where <= set(row.scope_kinds), row.name
        assert rows
