"""Every log entry, whatever it tells: what the sinks of a container let through together."""

import pytest

from logcov.inventory import Emitter
from providers.gcp.acme import PROD_WRITER
from providers.gcp.fake_google import Pages, error
from providers.gcp.gathering import gather, session_on
from providers.gcp.judging import findings, verdicts

ROW, SOURCE = "gcp.any_entries", "gcp.any"
SINKS = "/v2/projects/acme-prod/sinks"
HOME = "logging.googleapis.com/projects/acme-prod/locations/global/buckets"
AUDIT = 'LOG_ID("cloudaudit.googleapis.com/activity")'


def _sinks(google, *sinks: dict) -> None:
    google.answers[SINKS] = Pages("sinks", [list(sinks)])


@pytest.fixture
def prod(google):
    """A session on one project, with no sinks above it."""
    for name in ("organizations/123456789012", "folders/10", "folders/11"):
        google.answers[f"/v2/{name}/sinks"] = Pages("sinks", [[]])
    made = session_on(google.endpoint, projects=("acme-prod",))
    yield made
    made.close()


def test_two_sinks_that_share_out_all_entries_between_them_are_enough(google, prod) -> None:
    _sinks(
        google,
        {"name": "_Required", "destination": f"{HOME}/_Required", "filter": AUDIT},
        {"name": "_Default", "destination": f"{HOME}/_Default", "filter": f"NOT {AUDIT}"},
    )

    assert verdicts(findings(prod, ROW, SOURCE)) == {"gcp:projects/acme-prod": "covered"}


def test_one_exclusion_is_a_gap_and_its_witness_an_entry_that_is_dropped(google, prod) -> None:
    noise = {"name": "noise", "filter": 'resource.type="k8s_container"'}
    _sinks(google, {"name": "_Default", "destination": f"{HOME}/_Default", "exclusions": [noise]})

    [found] = findings(prod, ROW, SOURCE)

    assert (found.status, found.reason) == ("gap", "filtered-out")
    assert found.witness is not None
    assert found.witness["resource.type"] == "k8s_container"


@pytest.mark.parametrize(
    "words",
    ['logName=~"^projects/acme-prod/"', 'logName:"projects/acme-prod/"', 'source("projects/acme-prod")'],
)
def test_a_filter_that_names_the_project_itself_drops_nothing(google, prod, words) -> None:
    _sinks(google, {"name": "_Default", "destination": f"{HOME}/_Default", "filter": words})

    assert {one.status for one in findings(prod, ROW, SOURCE)} <= {"covered", "unknown"}


def test_a_filter_that_names_another_project_lets_nothing_through(google, prod) -> None:
    _sinks(
        google,
        {"name": "_Default", "destination": f"{HOME}/_Default", "filter": 'source("projects/acme-siem")'},
    )

    assert verdicts(findings(prod, ROW, SOURCE)) == {"gcp:projects/acme-prod": "gap filtered-out"}


def test_a_disabled_sink_without_a_filter_exports_nothing(google, prod) -> None:
    # Other tools take a sink without a filter for proof.
    _sinks(
        google,
        {
            "name": "all",
            "destination": "storage.googleapis.com/acme-archive",
            "disabled": True,
            "writerIdentity": PROD_WRITER,
        },
    )

    assert verdicts(findings(prod, ROW, SOURCE)) == {"gcp:projects/acme-prod": "gap route-disabled"}


def test_sinks_that_cannot_be_read_leave_it_unknown(google, prod) -> None:
    google.answers[SINKS] = error(403, "no")

    assert verdicts(findings(prod, ROW, SOURCE)) == {"gcp:projects/acme-prod": "unknown"}


def test_every_container_is_an_emitter(google, session) -> None:
    found = [fact for fact in gather(session, ROW) if isinstance(fact, Emitter)]

    assert {one.scope for one in found} >= {"gcp:organizations/123456789012", "gcp:folders/10"}
    assert [one.scope for one in found if one.not_applicable] == ["gcp:projects/acme-old"]
