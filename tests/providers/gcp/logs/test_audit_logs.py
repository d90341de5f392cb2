"""The audit logs that every container writes."""

from logcov.inventory import Scope, Unread
from logcov.providers.gcp.logs.audit_logs import observe_audit_logs
from providers.gcp.gathering import observed

PROJECT = Scope(id="gcp:projects/acme-prod", kind="gcp.project", provider="gcp")


def test_each_container_writes_four_logs_under_its_own_name(google, session) -> None:
    found = observed(session, observe_audit_logs, PROJECT)
    assert {emitter.source: emitter.fields["logName"].rpartition("%2F")[2] for emitter in found} == {
        "gcp.audit.activity": "activity",
        "gcp.audit.system_event": "system_event",
        "gcp.audit.policy": "policy",
        "gcp.audit.data_access": "data_access",
    }
    assert found[0].fields["logName"] == "projects/acme-prod/logs/cloudaudit.googleapis.com%2Factivity"
    assert google.asked == []


def test_what_is_about_to_be_deleted_writes_nothing(session) -> None:
    gone = Scope(id="gcp:projects/old", kind="gcp.project", provider="gcp", state="delete-requested")
    assert {each.not_applicable for each in observed(session, observe_audit_logs, gone)} == {
        "project is delete-requested"
    }


def test_an_unread_state_takes_nothing_out(session) -> None:
    odd = Scope(id="gcp:projects/odd", kind="gcp.project", provider="gcp", state=Unread("!x"))
    assert {each.not_applicable for each in observed(session, observe_audit_logs, odd)} == {""}


def test_an_ancestor_of_what_is_audited_is_not_audited_itself(session) -> None:
    above = Scope(id="gcp:folders/10", kind="gcp.folder", provider="gcp", audited=False)
    root = Scope(id="gcp:folders/10", kind="gcp.folder", provider="gcp", container=True)
    assert observed(session, observe_audit_logs, above) == []
    assert len(observed(session, observe_audit_logs, root)) == 4
