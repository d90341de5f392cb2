"""Billing accounts: found below an audited organisation, and judged like anything else that writes audit logs."""

import pytest

from logcov.inventory import Emitter, Listing, Scope
from providers.gcp.acme import ACCOUNT, ORG, WRITER
from providers.gcp.fake_google import Pages, Wrong, error
from providers.gcp.gathering import gather, session_on
from providers.gcp.judging import findings, judged, verdicts

LIST = f"/v1/billingAccounts?parent={ORG}"
TEST = f"/v3/{ORG}:testIamPermissions"
POLICY = f"/v1/{ACCOUNT}:getIamPolicy"
HERE = f"gcp:{ACCOUNT}"
EVERY_TYPE = [{"logType": name} for name in ("ADMIN_READ", "DATA_READ", "DATA_WRITE")]
EVERYTHING = [{"service": "allServices", "auditLogConfigs": EVERY_TYPE}]


def account(name: str = ACCOUNT, **more) -> dict:
    return {"name": name, "displayName": "Acme", "open": True, "parent": ORG} | more


def hidden(session) -> set[tuple[str, str]]:
    return {(kind, spot.place) for spot in session.ledger.blind_spots() for kind in spot.hides}


def at(found, scope: str = HERE) -> list:
    return [one for one in found if one.scope == scope]


def test_a_billing_account_stands_below_the_organisation_and_all_are_listed(google, session) -> None:
    facts = list(session.scopes())
    (found,) = [fact for fact in facts if isinstance(fact, Scope) and fact.kind == "gcp.billing_account"]
    assert (found.id, found.parent, found.name, found.state) == (HERE, f"gcp:{ORG}", "Acme", "active")
    assert found.labels is None
    assert ("gcp.billing_account", f"gcp:{ORG}") in {
        (one.kind, one.at) for one in facts if isinstance(one, Listing)
    }
    assert session.owner(ACCOUNT) == HERE
    assert session.owner("billingAccounts/ABCDEF-012345-678901") is None


def test_it_writes_the_four_audit_logs_and_other_entries_but_no_access_transparency(google, session) -> None:
    facts = gather(session, "gcp.audit_logs", "gcp.any_entries", "gcp.access_transparency")
    found = {one.source: one for one in facts if isinstance(one, Emitter) and one.scope == HERE}
    assert set(found) == {
        "gcp.audit.activity",
        "gcp.audit.data_access",
        "gcp.audit.policy",
        "gcp.audit.system_event",
        "gcp.any",
    }
    name = found["gcp.audit.activity"].fields["logName"]
    assert name == f"{ACCOUNT}/logs/cloudaudit.googleapis.com%2Factivity"


def test_a_closed_account_may_be_opened_again_and_that_is_recorded(google, session) -> None:
    google.answers[LIST] = Pages("billingAccounts", [[account(open=False)]])
    (found,) = at(findings(session, "gcp.audit_logs", "gcp.audit.activity"))
    assert found.status == "covered"


def test_the_account_of_a_resellers_customer_belongs_to_the_same_organisation(google, session) -> None:
    sub = account("billingAccounts/0ACE09-0ACE09-0ACE09", parent=ACCOUNT, masterBillingAccount=ACCOUNT)
    google.answers[LIST] = Pages("billingAccounts", [[account(), sub]])
    found = {fact.id: fact for fact in session.scopes() if isinstance(fact, Scope)}
    assert found[f"gcp:{sub['name']}"].parent == f"gcp:{ORG}"
    assert hidden(session) == set()


def _siem(google, **more) -> None:
    """The organisation's only sink besides its own two; the account has none of its own."""
    body = {
        "name": "to-siem",
        "destination": "pubsub.googleapis.com/projects/acme-siem/topics/audit",
        "writerIdentity": WRITER,
    } | more
    google.answers[f"/v2/{ORG}/sinks"] = Pages("sinks", [[body]])
    google.answers[f"/v2/{ACCOUNT}/sinks"] = Pages("sinks", [[]])


@pytest.mark.parametrize(
    ("more", "expected"), [({"includeChildren": True}, "unknown"), ({}, "gap not-routed")]
)
def test_a_sink_of_the_organisation_takes_its_entries_only_if_it_includes_children(
    google, session, more, expected
) -> None:
    _siem(google, **more)
    found = at(findings(session, "gcp.audit_logs", "gcp.audit.activity", reach='"gcp:pubsub/*"'))
    # Nobody can see who takes messages out of a topic's subscription.
    assert verdicts(found) == {HERE: expected}


def test_a_sink_of_a_billing_account_includes_no_children_whatever_it_says(google, session) -> None:
    body = {"name": "s", "destination": "storage.googleapis.com/b", "includeChildren": True}
    google.answers[f"/v2/{ACCOUNT}/sinks"] = Pages("sinks", [[body | {"writerIdentity": WRITER}]])
    (route,) = [one for one in gather(session) if getattr(one, "setting", "") == f"gcp:sinks/{ACCOUNT}/s"]
    assert route.descends is False


@pytest.mark.parametrize("path", [LIST, TEST])
def test_where_they_cannot_all_be_listed_only_billing_accounts_are_in_doubt(google, session, path) -> None:
    google.answers[path] = error(403)
    found = findings(session, "gcp.audit_logs", "gcp.audit.activity")
    unknown = [one for one in found if one.status == "unknown"]
    assert [(one.scope, one.resource) for one in unknown] == [(f"gcp:{ORG}", "*")]
    assert "gcp:projects/acme-prod" in {one.scope for one in found if one.status == "covered"}
    assert hidden(session) == {("gcp.billing_account", f"gcp:{ORG}")}


def test_a_caller_who_may_not_see_all_of_them_is_told_what_it_lacks(google, session) -> None:
    google.answers[TEST] = {"permissions": ["billing.accounts.list"]}
    found = findings(session, "gcp.audit_logs", "gcp.audit.activity")
    assert verdicts(at(found)) == {HERE: "covered"}
    (unknown,) = [one for one in found if one.status == "unknown"]
    assert "billing.accounts.get" in unknown.remediation
    assert session.owner("billingAccounts/ABCDEF-012345-678901") is not None


@pytest.mark.parametrize(
    "body",
    [
        {"billingAccounts": [account(), {"displayName": "no name"}]},
        {"billingAccounts": [account(), account("billingAccounts/X", parent="organizations/7")]},
        {"billingAccounts": [account(), 7]},
    ],
)
def test_an_odd_account_leaves_the_others_and_no_listing(google, session, body) -> None:
    google.answers[LIST] = Wrong(body)
    found = {fact.id for fact in session.scopes() if isinstance(fact, Scope)}
    assert HERE in found
    assert hidden(session) == {("gcp.billing_account", f"gcp:{ORG}")}


def test_an_odd_answer_about_permissions_proves_nothing(google, session) -> None:
    google.answers[TEST] = Wrong({"permissions": "all"})
    list(session.scopes())
    assert hidden(session) == {("gcp.billing_account", f"gcp:{ORG}")}


def test_log_sources_that_no_billing_account_has_are_not_in_doubt(google, session) -> None:
    google.answers[LIST] = error(403)
    found = findings(session, "gcp.access_transparency", "gcp.access_transparency")
    assert "*" not in {one.resource for one in found}


@pytest.mark.parametrize(
    ("where", "doubt"),
    [
        ("scopes: [gcp:projects/acme-*]", False),
        ("scopes: [gcp:billingAccounts/0ACE01-*]", True),
        ("labels: {env: prod}", False),
        (f"under: [gcp:{ORG}]", True),
        ("under: [gcp:folders/10]", False),
        (f"under: [{HERE}]", True),
        ("except: [{scopes: [gcp:billingAccounts/*]}]", False),
    ],
)
def test_only_what_could_select_a_billing_account_is_in_doubt(google, session, where, doubt) -> None:
    google.answers[LIST] = error(403)
    facts = gather(session, "gcp.audit_logs", "gcp.sinks")
    line = "require: [{id: l, title: l, logs: gcp.audit.activity, reach: '*', in: {" + where + "}}]\n"
    found = judged(session, facts, line).findings
    assert ("*" in {one.resource for one in found}) is doubt


def test_the_accounts_of_a_folder_or_of_projects_are_nobodys_and_are_not_asked_for(google) -> None:
    for target in ({"folder": "10"}, {"projects": ("acme-prod",)}):
        session = session_on(google.endpoint, **target)
        found = findings(session, "gcp.audit_logs", "gcp.audit.activity")
        assert at(found) == []
        assert "*" not in {one.resource for one in found}
        session.close()
    assert google.count(LIST) == google.count(TEST) == 0


def _data_access(google, session) -> dict[str, str]:
    facts = gather(session, "gcp.audit_logs", "gcp.audit_configs", "gcp.sinks")
    only = "only: {service: cloudbilling.googleapis.com}"
    line = f"require: [{{id: l, title: l, logs: gcp.audit.data_access, reach: '*', {only}}}]\n"
    return verdicts(at(judged(session, facts, line).findings))


def _route_all(google) -> None:
    """Nothing intercepts, and the account's own sink takes all."""
    google.answers[f"/v2/{ORG}/sinks"] = Pages("sinks", [[]])


@pytest.mark.parametrize(
    ("own", "above", "expected"),
    [
        ([], [], "gap not-generated"),
        (EVERYTHING, [], "covered"),
        ([], EVERYTHING, "unknown"),
        (EVERYTHING, EVERYTHING, "covered"),
        ([{"service": "cloudbilling.googleapis.com", "auditLogConfigs": EVERY_TYPE}], [], "covered"),
        (EVERYTHING, [{"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ"}]}], "covered"),
        ([{"service": "allServices", "auditLogConfigs": EVERY_TYPE[:1]}], EVERYTHING, "unknown"),
        ([{"service": "allServices", "auditLogConfigs": EVERY_TYPE[:1]}], [], "gap partly-generated"),
    ],
)
def test_data_access_is_written_as_the_account_says_and_perhaps_as_its_organisation_does(
    google, session, own, above, expected
) -> None:
    _route_all(google)
    google.answers[POLICY]["auditConfigs"] = own
    google.answers[f"/v3/{ORG}:getIamPolicy"]["auditConfigs"] = above
    assert _data_access(google, session) == {HERE: expected}


@pytest.mark.parametrize("path", [POLICY, f"/v3/{ORG}:getIamPolicy"])
def test_a_policy_that_cannot_be_read_leaves_data_access_unknown(google, session, path) -> None:
    _route_all(google)
    google.answers[path] = error(403)
    assert _data_access(google, session) == {HERE: "unknown"}


def test_its_policy_is_asked_for_with_conditions(google, session) -> None:
    gather(session)
    (asked,) = [one for one in google.asked if one.path == POLICY]
    assert asked.query["options.requestedPolicyVersion"] == "3"


def test_sinks_that_cannot_be_read_leave_it_unknown(google, session) -> None:
    google.answers[f"/v2/{ACCOUNT}/sinks"] = error(403)
    google.answers[f"/v2/{ORG}/sinks"] = Pages("sinks", [[]])
    assert verdicts(at(findings(session, "gcp.audit_logs", "gcp.audit.activity"))) == {HERE: "unknown"}
