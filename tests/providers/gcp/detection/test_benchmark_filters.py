"""The metric filters that the benchmark prescribes, held against the records that they are for."""

import pytest

from logcov.evaluate.asking import shape_of
from logcov.providers.gcp.rows import SOURCES
from logcov.selection import condition
from logcov.selection.cloud_logging import compile_logging
from logcov.selection.decide import decide, domains_of
from logcov.selection.predicate import all_of

ACTIVITY = next(source for source in SOURCES if source.id == "gcp.audit.activity")
DELTA = "protoPayload.serviceData.policyDelta"
METHOD = "protoPayload.methodName"
OWNERS = {
    "protoPayload.serviceName": ("cloudresourcemanager.googleapis.com",),
    METHOD: ("SetIamPolicy",),
    f"{DELTA}.bindingDeltas.role": ("roles/owner",),
    f"{DELTA}.bindingDeltas.action": ("ADD", "REMOVE"),
}
OWNERSHIP = f"""(protoPayload.serviceName="cloudresourcemanager.googleapis.com")
AND (ProjectOwnership OR projectOwnerInvitee)
OR ({DELTA}.bindingDeltas.action="REMOVE" AND {DELTA}.bindingDeltas.role="roles/owner")
OR ({DELTA}.bindingDeltas.action="ADD" AND {DELTA}.bindingDeltas.role="roles/owner")"""
ROLES = tuple(f"google.iam.admin.v1.{name}Role" for name in ("Create", "Delete", "Update"))
NETWORKS = ("insert", "patch", "delete", "removePeering", "addPeering")


def any_method(op: str, *names: str) -> str:
    return " OR ".join(f'{METHOD}{op}"{name}"' for name in names)


PRESCRIBED = {
    "2.4": (OWNERSHIP, OWNERS),
    "2.5": (
        f'{METHOD}="SetIamPolicy" AND {DELTA}.auditConfigDeltas:*',
        {METHOD: ("SetIamPolicy",), f"{DELTA}.auditConfigDeltas": ("*",)},
    ),
    "2.6": (
        f'resource.type="iam_role" AND ({any_method("=", *ROLES)})',
        {"resource.type": ("iam_role",), METHOD: ROLES},
    ),
    "2.9": (
        f'resource.type="gce_network" AND ({any_method(":", *(f"compute.networks.{each}" for each in NETWORKS))})',
        {
            "resource.type": ("gce_network",),
            METHOD: tuple(f"*compute.networks.{each}" for each in NETWORKS),
        },
    ),
    "2.10": (
        'resource.type="gcs_bucket" AND protoPayload.methodName="storage.setIamPermissions"',
        {"resource.type": ("gcs_bucket",), METHOD: ("storage.setIamPermissions",)},
    ),
    "2.11": (
        'protoPayload.methodName="cloudsql.instances.update"',
        {METHOD: ("cloudsql.instances.update",)},
    ),
}


def verdict(words: str, only: dict[str, tuple[str, ...]]):
    wanted = all_of(shape_of(ACTIVITY), condition(only, ACTIVITY))
    return decide(wanted, compile_logging(words, ACTIVITY), domains_of(ACTIVITY))


@pytest.mark.parametrize("control", PRESCRIBED)
def test_the_prescribed_filter_counts_every_such_record(control) -> None:
    assert verdict(*PRESCRIBED[control]).verdict == "ALL"


def test_a_filter_for_grants_alone_misses_what_is_taken_away() -> None:
    grants = f'{DELTA}.bindingDeltas.action="ADD" AND {DELTA}.bindingDeltas.role="roles/owner"'
    found = verdict(grants, OWNERS)
    assert found.verdict == "SOME"
    assert found.lost.record[f"{DELTA}.bindingDeltas.action"] == "REMOVE"


def test_a_list_of_alternatives_without_brackets_is_read_as_google_reads_it() -> None:
    words = f'resource.type="iam_role" AND {any_method("=", *ROLES)}'
    assert verdict(words, PRESCRIBED["2.6"][1]).verdict == "ALL"
