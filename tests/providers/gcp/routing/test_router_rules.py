"""The rules of the log router, judged from what Google answers to the verdict: what reaches a place, and what does not."""

from collections.abc import Callable
from typing import Any

import pytest

from logcov.findings import Finding
from providers.gcp.acme import CONTAINERS, ORG, PROD_WRITER, WRITER, project
from providers.gcp.fake_google import Pages, error
from providers.gcp.gathering import gather
from providers.gcp.judging import judged

PROD, CENTRAL = "projects/acme-prod", "projects/acme-central"
ACTIVITY, SYSTEM = "gcp.audit.activity", "gcp.audit.system_event"
DATA, POLICY, ANY = "gcp.audit.data_access", "gcp.audit.policy", "gcp.any"

ARCHIVE = "storage.googleapis.com/acme-archive"
TOPIC = "pubsub.googleapis.com/projects/acme-siem/topics/audit"
ROUTER = f"logging.googleapis.com/{CENTRAL}"
SIEM = """\
destinations:
  siem:
    at: [gcp:pubsub/projects/acme-siem/topics/audit]
    attested: {facts: {retain: 400d}, by: a@acme.example, from: 2020-01-01, expires: 2099-01-01, evidence: E-1}
"""
EVERY_TYPE = [{"logType": name} for name in ("ADMIN_READ", "DATA_READ", "DATA_WRITE")]


def sink(name: str, destination: str, writer: str = PROD_WRITER, **more: Any) -> dict[str, Any]:
    return {"name": name, "destination": destination, "writerIdentity": writer} | more


def home(name: str, container: str = PROD, **more: Any) -> dict[str, Any]:
    """One of the two sinks that Google makes, into the bucket of the same name."""
    return {
        "name": name,
        "destination": f"logging.googleapis.com/{container}/locations/global/buckets/{name}",
    } | more


def bucket(container: str, name: str) -> str:
    return f"gcp:logging/{container}/locations/global/buckets/{name}"


Set = Callable[..., None]


@pytest.fixture
def sinks(google) -> Set:
    """Sets the sinks of one container. Until then, nothing has any, and all Data Access is written."""
    google.answers[f"/v3/{ORG}:getIamPolicy"]["auditConfigs"] = [
        {"service": "allServices", "auditLogConfigs": EVERY_TYPE}
    ]
    # There, somebody is exempted.
    del google.answers["/v3/folders/11:getIamPolicy"]["auditConfigs"]

    def has(container: str, *bodies: dict[str, Any]) -> None:
        google.answers[f"/v2/{container}/sinks"] = Pages("sinks", [list(bodies)])

    for container in CONTAINERS:
        has(container)
    return has


def audit(
    session, source: str = ACTIVITY, *, reach: str = "'*'", scope: str = PROD, more: str = "", where: str = ""
) -> Finding:
    """The finding about one scope. Without `only`, each asks for all records of the log source together."""
    facts = gather(session, "gcp.audit_logs", "gcp.audit_configs", "gcp.any_entries", "gcp.sinks")
    line = f"{where}require: [{{id: l, title: l, logs: {source}, reach: {reach}{more}}}]\n"
    (found,) = [one for one in judged(session, facts, line).findings if one.scope == f"gcp:{scope}"]
    return found


def verdict(*args, **more) -> str:
    found = audit(*args, **more)
    return f"{found.status} {found.reason}" if found.status == "gap" else found.status


# --- who takes what ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("above", [ORG, "folders/10", "folders/11"])
@pytest.mark.parametrize(("includes", "expected"), [(True, "covered"), (False, "gap not-routed")])
def test_a_sink_above_takes_what_is_below_only_if_it_includes_children(
    session, sinks, above, includes, expected
) -> None:
    sinks(above, sink("all", TOPIC, WRITER, includeChildren=includes))
    assert verdict(session, reach="siem", where=SIEM) == expected


def test_without_children_it_takes_what_its_own_container_writes(session, sinks) -> None:
    sinks(ORG, sink("all", TOPIC, WRITER))
    assert verdict(session, reach="siem", where=SIEM, scope=ORG) == "covered"


def test_a_sink_of_a_folder_beside_takes_nothing(session, sinks, google) -> None:
    google.answers[f"/v3/folders?parent={ORG}"] = Pages(
        "folders",
        [
            [
                {"name": "folders/10", "parent": ORG, "state": "ACTIVE", "displayName": "10"},
                {"name": "folders/20", "parent": ORG, "state": "ACTIVE", "displayName": "20"},
            ]
        ],
    )
    for kind in ("folders", "projects"):
        google.answers[f"/v3/{kind}?parent=folders/20"] = Pages(kind, [[]])
    google.answers["/v3/folders/20:getIamPolicy"] = {"etag": "BwX="}
    sinks("folders/20", sink("all", TOPIC, WRITER, includeChildren=True))
    assert verdict(session, reach="siem", where=SIEM) == "gap not-routed"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, "covered"),
        ({"disabled": True}, "gap route-disabled"),
        ({"filter": "severity>=ERROR"}, "gap filtered-out"),
        (
            {"exclusions": [{"name": "k8s", "filter": 'protoPayload.serviceName="k8s.io"'}]},
            "gap filtered-out",
        ),
        (
            {
                "exclusions": [
                    {"name": "k8s", "filter": 'protoPayload.serviceName="k8s.io"', "disabled": True}
                ]
            },
            "covered",
        ),
        ({"exclusions": [{"name": "all", "filter": "severity>=DEFAULT"}]}, "gap filtered-out"),
        ({"exclusions": [{"name": "half", "filter": "sample(insertId, 0.5)"}]}, "gap sampled"),
        ({"filter": 'log_id("cloudaudit.googleapis.com/activity")'}, "covered"),
        ({"filter": 'logName:"cloudaudit.googleapis.com%2Factivity"'}, "covered"),
    ],
)
def test_a_sink_takes_what_its_filter_admits_and_no_exclusion_takes_away(
    session, sinks, more, expected
) -> None:
    sinks(PROD, sink("archive", ARCHIVE, **more))
    assert verdict(session) == expected


def test_one_exclusion_shows_an_entry_that_it_drops(session, sinks) -> None:
    exclusion = {"name": "k8s", "filter": 'protoPayload.serviceName="k8s.io"'}
    sinks(PROD, sink("archive", ARCHIVE, exclusions=[exclusion]))
    found = audit(session)
    assert found.witness is not None
    assert found.witness["protoPayload.serviceName"] == "k8s.io"
    assert found.cause == f"gcp:sinks/{PROD}/archive"


def test_sinks_at_different_levels_cover_together(session, another, sinks) -> None:
    sinks(ORG, sink("errors", TOPIC, WRITER, includeChildren=True, filter="severity>=ERROR"))
    sinks(PROD, sink("rest", ARCHIVE, filter="severity<ERROR"))
    both = "destinations:\n  store: [siem, gcp:storage/acme-archive]\n" + SIEM.removeprefix("destinations:\n")
    assert verdict(session, reach="store", where=both) == "covered"
    sinks(PROD, sink("rest", ARCHIVE, filter="severity<WARNING"))
    assert verdict(another(), reach="store", where=both) == "gap filtered-out"


# --- interception --------------------------------------------------------------------------------------------


def intercepting(**more: Any) -> dict[str, Any]:
    return sink("take", ROUTER, WRITER, includeChildren=True, interceptChildren=True) | more


@pytest.mark.parametrize("above", [ORG, "folders/11"])
def test_an_intercepting_sink_empties_the_projects_own(session, sinks, above) -> None:
    sinks(above, intercepting())
    sinks(PROD, sink("archive", ARCHIVE))
    assert verdict(session, DATA, reach="gcp:storage/*") == "gap intercepted"


def test_required_is_never_emptied(session, sinks) -> None:
    sinks("folders/11", intercepting())
    sinks(PROD, home("_Required", filter='LOG_ID("cloudaudit.googleapis.com/activity")'))
    assert verdict(session, reach=f"'{bucket(PROD, '_Required')}'", more=", retain: 400d") == "covered"


def test_sinks_above_the_interception_and_of_the_same_container_go_on(session, another, sinks) -> None:
    sinks(ORG, sink("all", TOPIC, WRITER, includeChildren=True))
    sinks("folders/11", intercepting())
    assert verdict(session, DATA, reach="siem", where=SIEM) == "covered"
    sinks(ORG)
    sinks("folders/11", intercepting(), sink("all", TOPIC, WRITER, includeChildren=True))
    assert verdict(another(), DATA, reach="siem", where=SIEM) == "covered"


@pytest.mark.parametrize("more", [{"disabled": True}, {"filter": "severity<DEFAULT"}])
def test_an_interception_that_is_off_or_admits_nothing_takes_nothing_away(session, sinks, more) -> None:
    sinks("folders/11", intercepting(**more))
    sinks(PROD, sink("archive", ARCHIVE))
    assert verdict(session, DATA) == "covered"


def test_what_an_interception_excludes_it_perhaps_takes_away_and_never_surely(session, sinks) -> None:
    # The documentation does not say whether "matched" means before or after exclusions.
    exclusion = {"name": "data", "filter": 'log_id("cloudaudit.googleapis.com/data_access")'}
    sinks("folders/11", intercepting(exclusions=[exclusion]))
    sinks(PROD, sink("archive", ARCHIVE))
    assert verdict(session, DATA, reach="gcp:storage/*") == "unknown"


# --- _Required and _Default ----------------------------------------------------------------------------------


AUDIT_ONLY = " OR ".join(f'LOG_ID("cloudaudit.googleapis.com/{log}")' for log in ("activity", "system_event"))


@pytest.mark.parametrize("scope", [PROD, "folders/11", ORG])
@pytest.mark.parametrize("source", [ACTIVITY, SYSTEM])
def test_required_keeps_always_on_logs_400_days_everywhere_and_no_longer(
    session, another, sinks, scope, source
) -> None:
    sinks(scope, home("_Required", scope, filter=AUDIT_ONLY))
    at = f"'{bucket(scope, '_Required')}'"
    assert (
        verdict(session, source, reach=at, scope=scope, more=", retain: 400d, immutable: true") == "covered"
    )
    longer = verdict(another(), source, reach=at, scope=scope, more=", retain: 401d")
    assert longer == "gap retention-too-short"


@pytest.mark.parametrize("source", [DATA, POLICY])
def test_required_keeps_nothing_else(session, sinks, source) -> None:
    sinks(PROD, home("_Required", filter=AUDIT_ONLY))
    assert verdict(session, source) == "gap filtered-out"


@pytest.mark.parametrize(
    ("more", "days", "asked", "expected"),
    [
        ({}, 30, 30, "covered"),
        ({}, 30, 31, "gap retention-too-short"),
        ({}, 400, 365, "covered"),
        ({"disabled": True}, 30, 30, "gap route-disabled"),
        ({"filter": 'NOT LOG_ID("cloudaudit.googleapis.com/data_access")'}, 30, 30, "gap filtered-out"),
        (
            {"exclusions": [{"name": "cheap", "filter": 'protoPayload.methodName="storage.objects.get"'}]},
            30,
            30,
            "gap filtered-out",
        ),
        ({"destination": ARCHIVE, "writerIdentity": PROD_WRITER}, 30, 365, "covered"),
    ],
)
def test_default_is_read_as_it_is(session, google, sinks, more, days, asked, expected) -> None:
    google.answers[f"/v2/{PROD}/locations/global/buckets/_Default"]["retentionDays"] = days
    sinks(PROD, home("_Default", filter=f"NOT ({AUDIT_ONLY})") | more)
    assert verdict(session, DATA, more=f", retain: {asked}d") == expected


def test_a_default_that_somebody_deleted_keeps_nothing(session, sinks) -> None:
    sinks(PROD, home("_Required", filter=AUDIT_ONLY))
    assert audit(session, ANY).status == "gap"


# --- one hop -------------------------------------------------------------------------------------------------


@pytest.fixture
def routed(sinks) -> Set:
    """The organisation routes everything to the central project, whose sinks the test sets."""
    sinks(ORG, sink("to-central", ROUTER, WRITER, includeChildren=True))
    return lambda *bodies: sinks(CENTRAL, *bodies)


CENTRAL_WRITER = "serviceAccount:service-1003@gcp-sa-logging.iam.gserviceaccount.com"
TABLES = "bigquery.googleapis.com/projects/acme-siem/datasets/changes"


def test_the_sinks_of_a_destination_project_route_on(session, routed) -> None:
    routed(sink("on", TABLES, CENTRAL_WRITER))
    assert verdict(session, reach="gcp:bigquery/*") == "covered"


def test_a_destination_project_without_a_sink_of_its_own_keeps_no_routed_activity(
    session, another, routed
) -> None:
    routed(home("_Required", CENTRAL, filter=AUDIT_ONLY), home("_Default", CENTRAL))
    at = f"'gcp:logging/{CENTRAL}/*'"
    assert verdict(session, ACTIVITY, reach=at) == "gap filtered-out"
    assert verdict(another(), DATA, reach=at) == "covered"


def test_a_second_project_is_never_proof_of_anything(session, sinks, routed, google) -> None:
    google.answers["/v3/projects/acme-siem:getIamPolicy"]["bindings"].append(
        {"role": "roles/logging.logWriter", "members": [CENTRAL_WRITER]}
    )
    routed(sink("again", "logging.googleapis.com/projects/acme-siem", CENTRAL_WRITER))
    sinks("projects/acme-siem", home("_Default", "projects/acme-siem"))
    assert verdict(session, DATA) == "unknown"


def test_a_sink_for_the_origin_alone_works_on_what_was_routed_from_there(session, another, routed) -> None:
    # What is routed keeps the name of its origin.
    routed(sink("prod", TABLES, CENTRAL_WRITER, filter=f'logName:"{PROD}/logs/"'))
    assert verdict(session, reach="gcp:bigquery/*") == "covered"
    routed(sink("own", TABLES, CENTRAL_WRITER, filter=f'source("{CENTRAL}")'))
    assert verdict(another(), reach="gcp:bigquery/*") == "gap filtered-out"


def test_sinks_above_the_destination_project_see_nothing_of_what_is_routed_to_it(
    session, sinks, google
) -> None:
    # The folder of the central project is not above the one that writes.
    google.answers["/v3/folders?parent=folders/10"] = Pages("folders", [[]])
    google.answers["/v3/projects?parent=folders/10"] = Pages(
        "projects", [[project("acme-central", 1003, "folders/10")]]
    )
    google.answers[f"/v3/projects?parent={ORG}"] = Pages(
        "projects", [[project("acme-prod", 1001, ORG), project("acme-siem", 1002, ORG)]]
    )
    sinks("folders/10", sink("all", TOPIC, WRITER, includeChildren=True))
    sinks(ORG, sink("to-central", ROUTER, WRITER, includeChildren=True))
    assert audit(session, reach="siem", where=SIEM).status == "gap"


# --- destinations --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("destination", "expected"),
    [
        ("storage.googleapis.com/nowhere", "gap destination-missing"),
        ("pubsub.googleapis.com/projects/acme-siem/topics/gone", "gap destination-missing"),
        ("logging.googleapis.com/projects/acme-siem/locations/eu/buckets/nowhere", "gap destination-missing"),
        ("bigquery.googleapis.com/projects/acme-siem/datasets/nowhere", "gap destination-missing"),
    ],
)
def test_a_destination_that_is_gone_takes_nothing(session, sinks, destination, expected) -> None:
    sinks(PROD, sink("s", destination))
    assert verdict(session) == expected


def test_a_writer_without_a_grant_writes_nothing(session, google, sinks) -> None:
    # Its policy can be read, up to the organisation, and no group or role could hold the grant.
    google.answers[f"/v3/{ORG}:getIamPolicy"].pop("bindings")
    sinks(PROD, sink("s", "storage.googleapis.com/acme-other"))
    assert verdict(session) == "gap writer-denied"


@pytest.mark.parametrize(
    ("path", "permission"),
    [
        ("/storage/v1/b/elsewhere", "storage.buckets.get"),
        ("/storage/v1/b/elsewhere/iam", "storage.buckets.getIamPolicy"),
    ],
)
def test_a_destination_of_strangers_that_cannot_be_read_names_the_permission(
    session, google, sinks, path, permission
) -> None:
    google.answers["/storage/v1/b/elsewhere"] = {
        "kind": "storage#bucket",
        "name": "elsewhere",
        "projectNumber": "9009",
    }
    google.answers[path] = error(403)
    sinks(PROD, sink("s", "storage.googleapis.com/elsewhere"))
    found = audit(session, reach="gcp:storage/elsewhere")
    assert found.status == "unknown"
    assert permission in found.remediation


@pytest.mark.parametrize(
    ("reach", "expected"), [("'gcp:storage/*'", "unknown"), ("gcp:storage/elsewhere", "covered")]
)
def test_a_bucket_in_another_organisation_counts_only_if_the_policy_names_it(
    session, google, sinks, reach, expected
) -> None:
    google.answers["/storage/v1/b/elsewhere"] = {
        "kind": "storage#bucket",
        "name": "elsewhere",
        "projectNumber": "9009",
    }
    google.answers["/storage/v1/b/elsewhere/iam"] = {
        "kind": "storage#policy",
        "bindings": [{"role": "roles/storage.objectCreator", "members": [PROD_WRITER]}],
    }
    sinks(PROD, sink("s", "storage.googleapis.com/elsewhere"))
    assert verdict(session, reach=reach) == expected


# --- onward, and how long ------------------------------------------------------------------------------------


def test_a_topic_without_a_subscription_loses_everything(session, google, sinks) -> None:
    google.answers["/v1/projects/acme-siem/topics/audit/subscriptions"] = Pages("subscriptions", [[]])
    sinks(ORG, sink("all", TOPIC, WRITER, includeChildren=True))
    assert verdict(session, reach="siem", where=SIEM) == "gap no-consumer"


def test_a_topic_behind_which_nobody_looked_is_no_proof(session, sinks) -> None:
    sinks(ORG, sink("all", TOPIC, WRITER, includeChildren=True))
    assert verdict(session, reach="gcp:pubsub/projects/acme-siem/topics/audit") == "unknown"


@pytest.mark.parametrize(
    ("term", "change", "expected"),
    [
        ("retain: 400d", {}, "covered"),
        ("retain: 9999d", {}, "covered"),
        ("immutable: true", {}, "covered"),
        ("immutable: true", {"retentionPolicy": {"retentionPeriod": "34560000"}}, "gap not-immutable"),
        (
            "retain: 400d",
            {
                "retentionPolicy": None,
                "lifecycle": {"rule": [{"action": {"type": "Delete"}, "condition": {"age": 30}}]},
            },
            "gap retention-too-short",
        ),
    ],
)
def test_a_storage_bucket_keeps_what_its_lock_and_lifecycle_say(
    session, google, sinks, term, change, expected
) -> None:
    body = google.answers["/storage/v1/b/acme-archive"] | change
    google.answers["/storage/v1/b/acme-archive"] = {k: v for k, v in body.items() if v is not None}
    sinks(PROD, sink("archive", ARCHIVE))
    assert verdict(session, more=f", {term}") == expected


@pytest.mark.parametrize(
    ("change", "term", "expected"),
    [
        ({}, "retain: 365d, immutable: true, encrypted: customer-key", "covered"),
        ({"locked": False}, "immutable: true", "gap not-immutable"),
        ({"retentionDays": 90}, "retain: 365d", "gap retention-too-short"),
        ({"cmekSettings": {}}, "encrypted: customer-key", "gap not-encrypted"),
        ({"lifecycleState": "DELETE_REQUESTED"}, "retain: 365d", "gap destination-unusable"),
    ],
)
def test_a_log_bucket_keeps_what_it_says(session, google, sinks, change, term, expected) -> None:
    path = "/v2/projects/acme-siem/locations/eu/buckets/audit"
    google.answers[path] = google.answers[path] | change
    sinks(PROD, sink("s", "logging.googleapis.com/projects/acme-siem/locations/eu/buckets/audit"))
    assert verdict(session, more=f", {term}") == expected


def test_a_table_that_expires_sooner_keeps_less(session, another, google, routed) -> None:
    routed(sink("on", TABLES, CENTRAL_WRITER, bigqueryOptions={"usePartitionedTables": True}))
    google.answers["/bigquery/v2/projects/acme-siem/datasets/changes/tables"] = Pages("tables", [[]])
    assert verdict(session, reach="'gcp:bigquery/*'", more=", retain: 400d") == "covered"
    longer = verdict(another(), reach="'gcp:bigquery/*'", more=", retain: 401d")
    assert longer == "gap retention-too-short"


# --- not seen ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("container", [ORG, "folders/10", "folders/11", PROD])
def test_sinks_that_cannot_be_read_at_any_level_leave_no_gap(session, google, sinks, container) -> None:
    sinks(PROD)
    google.answers[f"/v2/{container}/sinks"] = error(403)
    found = audit(session)
    assert found.status == "unknown"
    assert "logging.sinks.list" in found.remediation


@pytest.mark.parametrize("container", [ORG, "folders/11"])
def test_an_interception_that_nobody_could_rule_out_leaves_no_cover(
    session, google, sinks, container
) -> None:
    sinks(PROD, sink("archive", ARCHIVE))
    google.answers[f"/v2/{container}/sinks"] = error(403)
    assert verdict(session, DATA, reach="gcp:storage/*") == "unknown"
