import re
from fnmatch import fnmatchcase

import botocore.session

from logcov.providers.aws.permissions import permission_of
from logcov.providers.aws.rows import (
    DESTINATION_KINDS,
    HOP_KINDS,
    OBSERVERS,
    READERS,
    SESSION_OPERATIONS,
    SOURCES,
    operations,
)

READS = re.compile(r"(Describe|Get|List|Head|Lookup|Assume)[A-Z]")


def test_every_operation_exists_and_only_reads() -> None:
    session = botocore.session.get_session()
    for operation in operations():
        service, name = operation.call.split(":")
        assert name in session.get_service_model(service).operation_names
        assert READS.match(name)
        assert operation.why
        assert operation.wire == f"{service} {name}"


def test_permissions_are_those_that_blind_spots_name() -> None:
    for operation in operations():
        assert (operation.permission or operation.call) == permission_of(operation.call)


def test_every_need_of_a_source_is_listed_by_a_row_that_serves_it() -> None:
    for source in SOURCES:
        listed = {kind for row in OBSERVERS if source.id in row.sources for kind in row.listings}
        assert set(source.needs) <= listed
        assert not source.emitters or source.emitters in listed


def test_hops_lead_to_kinds_that_have_a_reader() -> None:
    for kind in DESTINATION_KINDS:
        assert [row for row in READERS if row.pattern == kind.pattern]
    patterns = [kind.pattern for kind in DESTINATION_KINDS]
    for hop in HOP_KINDS:
        assert all(leads in patterns for leads in hop.leads_to if leads != "*")


def test_what_is_carried_on_from_a_destination_is_a_hop_kind_of_its_own() -> None:
    hops = {hop.id: hop for hop in HOP_KINDS}
    for kind in DESTINATION_KINDS:
        assert all(kind.id in hops[onward].origins for onward in kind.onward)


def test_rows_of_locations_list_hops_of_locations() -> None:
    hops = {hop.id: hop for hop in HOP_KINDS}
    for row in OBSERVERS:
        for listing in row.listings:
            assert listing not in hops or hops[listing].per_location is row.per_location


def test_ids_are_unique_and_of_aws() -> None:
    for rows in (SOURCES, HOP_KINDS, DESTINATION_KINDS):
        ids = [row.id for row in rows]
        assert len(ids) == len(set(ids))
        assert all(fnmatchcase(one, "aws.*") for one in ids)
    assert SESSION_OPERATIONS
