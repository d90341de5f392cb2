"""What an audit configuration writes and exempts."""

import json
from typing import Any

import pytest

from logcov.selection import compile_text
from logcov.selection.predicate import FALSE, TRUE, Opaque, Predicate, all_of, any_of, atom, holds, leaves
from selection_rows import AUDIT

STORAGE = atom("protoPayload.serviceName", "=", "storage.googleapis.com", "fold")


def of(log_type: str) -> Predicate:
    return atom("log_type", "=", log_type)


def email(address: str) -> Predicate:
    return atom("protoPayload.authenticationInfo.principalEmail", "=", address, "fold")


def writes(entry: Any) -> Predicate:
    return compile_text("gcp.audit-config", entry if isinstance(entry, str) else json.dumps(entry), AUDIT)


def exempts(entry: Any) -> Predicate:
    return compile_text("gcp.audit-exemption", entry if isinstance(entry, str) else json.dumps(entry), AUDIT)


def test_a_service_writes_the_log_types_that_are_named() -> None:
    entry = {
        "service": "storage.googleapis.com",
        "auditLogConfigs": [
            {"logType": "DATA_READ"},
            {"logType": "DATA_WRITE", "exemptedMembers": ["user:a@b.example"]},
        ],
    }
    assert writes(entry) is all_of(STORAGE, any_of(of("DATA_READ"), of("DATA_WRITE")))


def test_all_services_is_any_service() -> None:
    assert writes({"service": "allServices", "auditLogConfigs": [{"logType": "ADMIN_READ"}]}) is of(
        "ADMIN_READ"
    )


def test_snake_case_and_numbers_of_asset_exports_are_read() -> None:
    entry = {
        "service": "allServices",
        "audit_log_configs": [{"log_type": 1}, {"log_type": 2}, {"log_type": 3}],
    }
    assert writes(entry) is any_of(of("ADMIN_READ"), of("DATA_WRITE"), of("DATA_READ"))


def test_kubernetes_writes_under_two_names() -> None:
    entry = {"service": "container.googleapis.com", "auditLogConfigs": [{"logType": "DATA_READ"}]}
    for name in ("container.googleapis.com", "k8s.io"):
        assert holds(writes(entry), {"protoPayload.serviceName": name, "log_type": "DATA_READ"}) is True


@pytest.mark.parametrize("kind", ["LOG_TYPE_UNSPECIFIED", "DATA_DELETE", 0, 4, True, None, ["DATA_READ"]])
def test_an_unknown_log_type_is_opaque_beside_the_known_ones(kind: object) -> None:
    predicate = writes(
        {"service": "allServices", "auditLogConfigs": [{"logType": kind}, {"logType": "DATA_READ"}]}
    )
    assert holds(predicate, {"log_type": "DATA_READ"}) is True
    assert holds(predicate, {"log_type": "DATA_WRITE"}) is None


@pytest.mark.parametrize(
    "entry", [{"service": "allServices"}, {"service": "allServices", "auditLogConfigs": []}]
)
def test_an_entry_without_log_types_writes_and_exempts_nothing(entry: Any) -> None:
    assert writes(entry) is FALSE
    assert exempts(entry) is FALSE


def test_users_and_service_accounts_are_exempted_by_their_address() -> None:
    entry = {
        "service": "storage.googleapis.com",
        "auditLogConfigs": [
            {
                "logType": "DATA_READ",
                "exemptedMembers": ["user:a@b.example", "serviceAccount:ci@acme.iam.gserviceaccount.com"],
            },
            {"logType": "DATA_WRITE"},
        ],
    }
    people = any_of(email("a@b.example"), email("ci@acme.iam.gserviceaccount.com"))
    assert exempts(entry) is all_of(STORAGE, of("DATA_READ"), people)


@pytest.mark.parametrize(
    "member",
    [
        "group:all@b.example",
        "domain:b.example",
        "deleted:user:a@b.example?uid=1",
        "user:a@b.example?uid=1",
        "user:",
        "a@b.example",
        "principalSet://iam.googleapis.com/x",
        "serviceAccount:acme.svc.id.goog[ns/sa]",
        "allUsers",
    ],
)
def test_other_members_are_opaque(member: str) -> None:
    entry = {
        "service": "allServices",
        "auditLogConfigs": [{"logType": "DATA_READ", "exemptedMembers": [member]}],
    }
    assert any(isinstance(leaf, Opaque) and member in leaf.text for leaf in leaves(exempts(entry)))
    assert holds(exempts(entry), {"log_type": "DATA_READ"}) is None
    assert holds(exempts(entry), {"log_type": "DATA_WRITE"}) is False


def test_deprecated_keys_without_effect_change_nothing() -> None:
    entry = {
        "service": "allServices",
        "auditLogConfigs": [{"logType": "DATA_READ", "ignoreChildExemptions": True}],
    }
    assert writes(entry) is of("DATA_READ")


@pytest.mark.parametrize(
    "entry",
    [
        "",
        "[]",
        "{",
        '{"service": "a", "service": "b"}',
        '{"service": NaN}',
        "[" * 100_000,
        {},
        {"service": 1},
        {"service": ""},
        {"service": "a", "auditLogConfigs": {}},
        {"service": "a", "auditLogConfigs": ["DATA_READ"]},
        {"service": "a", "new": 1},
        {"service": "a", "auditLogConfigs": [], "audit_log_configs": []},
        {"service": "a", "auditLogConfigs": [{"logType": "DATA_READ", "new": 1}]},
        {"service": "a", "auditLogConfigs": [{"logType": "DATA_READ", "log_type": 3}]},
        {
            "service": "a",
            "auditLogConfigs": [{"logType": "DATA_READ", "exemptedMembers": "user:a@b.example"}],
        },
        {"service": "a", "auditLogConfigs": [{"logType": "DATA_READ", "exemptedMembers": [1]}]},
    ],
)
def test_what_cannot_be_read_is_opaque(entry: Any) -> None:
    for predicate in (writes(entry), exempts(entry)):
        assert isinstance(predicate, Opaque)
        assert "cannot be read" in predicate.because
    assert predicate is not TRUE
