"""New projects: what will become of their log entries."""

import pytest

from logcov.inventory import Scope
from providers.gcp.acme import ORG
from providers.gcp.fake_google import Pages, Wrong, error
from providers.gcp.judging import findings, verdicts

ROW, SOURCE = "gcp.new_projects", "gcp.new_project"
AT = {f"gcp:{name}/new-projects": name for name in (ORG, "folders/10", "folders/11")}
OVER_ALL = "gcp:organizations/123456789012/new-projects"


@pytest.fixture(autouse=True)
def settings(google):
    """Google's own defaults everywhere, and no sink but those that every container has."""
    for name in AT.values():
        google.answers[f"/v2/{name}/settings"] = {"name": f"{name}/settings"}
        google.answers[f"/v2/{name}/sinks"] = Pages("sinks", [[]])
    return google.answers


def _set(google, name: str, **settings: object) -> None:
    google.answers[f"/v2/{name}/settings"] = {"name": f"{name}/settings"} | settings


def test_by_default_every_entry_of_a_new_project_is_kept(google, session) -> None:
    assert verdicts(findings(session, ROW, SOURCE)) == dict.fromkeys(AT, "covered")


def test_but_only_thirty_days(google, session) -> None:
    found = findings(session, ROW, SOURCE, reach='"*"', more=", retain: 90d")

    assert {one.reason for one in found} == {"retention-too-short"}


def test_with_the_default_sink_switched_off_new_projects_keep_their_audit_log_only(google, session) -> None:
    for name in AT.values():
        _set(google, name, disableDefaultSink=True)

    found = findings(session, ROW, SOURCE)
    audit = findings(
        session, ROW, SOURCE, more=', only: {logName: "*/logs/cloudaudit.googleapis.com%2Factivity"}'
    )

    assert verdicts(found) == dict.fromkeys(AT, "gap route-disabled")
    assert verdicts(audit) == dict.fromkeys(AT, "covered")


def test_a_sink_of_the_organisation_that_includes_children_catches_what_the_default_sink_does_not(
    google, session
) -> None:
    home = f"logging.googleapis.com/{ORG}/locations/global/buckets/_Default"
    sink = {"name": "all", "destination": home, "includeChildren": True}
    google.answers[f"/v2/{ORG}/sinks"] = Pages("sinks", [[sink]])
    for name in AT.values():
        _set(google, name, disableDefaultSink=True)

    found = verdicts(findings(session, ROW, SOURCE))
    google.answers[f"/v2/{ORG}/sinks"] = Pages("sinks", [[sink | {"includeChildren": False}]])

    assert found[OVER_ALL] in {"covered", "unknown"}


def test_a_filter_of_its_own_is_what_counts(google, session) -> None:
    _set(google, ORG, defaultSinkConfig={"mode": "OVERWRITE", "filter": "severity>=ERROR"})

    found = verdicts(findings(session, ROW, SOURCE))

    assert found[OVER_ALL] == "gap filtered-out"
    assert (
        found["gcp:folders/10/new-projects"] == "unknown"
    )  # it may take over the settings of the organisation


def test_how_an_appended_filter_counts_is_not_documented(google, session) -> None:
    _set(google, ORG, defaultSinkConfig={"mode": "APPEND", "filter": "severity>=ERROR"})

    assert verdicts(findings(session, ROW, SOURCE))[OVER_ALL] == "unknown"


def test_an_appended_exclusion_is_subtracted(google, session) -> None:
    gone = {"name": "debug", "filter": "severity<INFO"}
    _set(google, ORG, defaultSinkConfig={"mode": "APPEND", "exclusions": [gone]})

    assert verdicts(findings(session, ROW, SOURCE))[OVER_ALL] == "gap filtered-out"


@pytest.mark.parametrize(
    "answer", [error(403, "no"), Wrong({"disableDefaultSink": "no"}), Wrong({"defaultSinkConfig": []})]
)
def test_settings_that_cannot_be_read_leave_it_unknown(google, session, answer) -> None:
    google.answers[f"/v2/{ORG}/settings"] = answer

    assert verdicts(findings(session, ROW, SOURCE))[OVER_ALL] == "unknown"


def test_a_place_for_new_projects_is_no_scope_that_is_audited(google, session) -> None:
    from providers.gcp.gathering import gather

    places = [fact for fact in gather(session, ROW) if isinstance(fact, Scope) and fact.id in AT]

    assert len(places) == len(AT)
    assert not any(place.audited for place in places)
