"""The rules of the log router, judged from what Google answers to the verdict: which sinks take an entry."""

from typing import Any

import pytest

from providers.gcp.acme import ORG, PROD_WRITER, WRITER, project
from providers.gcp.fake_google import Pages, error
from providers.gcp.routed import (
    ACTIVITY,
    ANY,
    ARCHIVE,
    CENTRAL,
    CENTRAL_WRITER,
    DATA,
    POLICY,
    PROD,
    ROUTER,
    SIEM,
    SYSTEM,
    TABLES,
    TOPIC,
    audit,
    bucket,
    home,
    sink,
    verdict,
)

# --- who takes what -----------------------------------------------------------------------------------------


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


# --- interception -------------------------------------------------------------------------------------------


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


# --- _Required and _Default ---------------------------------------------------------------------------------


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


# --- one hop ------------------------------------------------------------------------------------------------


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


# --- not seen -----------------------------------------------------------------------------------------------


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
