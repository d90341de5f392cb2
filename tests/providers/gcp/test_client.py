"""The session over the real SDK and a server on loopback."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from logcov.config import GcpTarget, GoogleCredentials
from logcov.errors import ReadFailure
from logcov.inventory import Ledger, Unread
from logcov.providers.calls import Patience
from logcov.providers.gcp.client import GcpSession
from logcov.providers.gcp.operations import SINKS_LIST
from providers.gcp.acme import ORG
from providers.gcp.fake_google import Pages, Raw, Wrong, error
from providers.gcp.gathering import session_on

SINKS = f"/v2/{ORG}/sinks"


def listed(session, parent=ORG):
    return session.list_all(SINKS_LIST, f"gcp:{parent}", parent=parent)


def failing(session) -> ReadFailure:
    found = listed(session)
    assert found.failure is not None
    return found.failure


def test_all_pages_are_read_empty_ones_included(google, session) -> None:
    found = listed(session)
    assert [sink["name"] for sink in found.items] == ["_Required", "_Default", "to-siem", "to-central"]
    assert found.failure is None
    (reading,) = session.ledger.readings()
    assert (reading.pages, reading.call, reading.identity) == (3, "logging.sinks.list", "anonymous")


def test_a_page_token_that_comes_again_is_a_failure_and_no_endless_list(google, session) -> None:
    google.answers[SINKS] = Wrong({"sinks": [], "nextPageToken": "same"})
    assert failing(session).kind == "unparseable"
    assert google.count(SINKS) == 2


def test_an_empty_answer_is_an_empty_list(google, session) -> None:
    google.answers[SINKS] = Pages("sinks", [[]])
    assert listed(session).items == ()
    assert listed(session).failure is None


@pytest.mark.parametrize(
    ("answer", "kind", "permission"),
    [
        (error(403, "no"), "access-denied", "logging.sinks.list"),
        (error(403, "Permission 'a.b.c' denied on x"), "access-denied", "a.b.c"),
        (
            error(403, "no", reason="IAM_PERMISSION_DENIED", metadata={"permission": "x.y.z"}),
            "access-denied",
            "x.y.z",
        ),
        (error(403, "no", reason="USER_PROJECT_DENIED"), "access-denied", "serviceusage.services.use"),
        (error(403, "off", reason="SERVICE_DISABLED"), "api-disabled", ""),
        (error(403, "slow down", reason="RATE_LIMIT_EXCEEDED"), "throttled", ""),
        (error(429), "throttled", ""),
        (error(404), "access-denied", "logging.sinks.list"),
        (error(500), "server-error", ""),
        (error(401), "credentials", ""),
        (Raw(b'{"sinks": [', announced=500), "unparseable", ""),
        (Raw(b'{"sinks": ['), "unparseable", ""),
        (Raw(b"\xff\xfe"), "unparseable", ""),
        (Raw(b"null"), "unparseable", ""),
        (Raw(b'{"sinks": {}}'), "unparseable", ""),
        (Raw(b'{"nextPageToken": 7}'), "unparseable", ""),
        (Raw(b"", status=302, headers={"location": "http://127.0.0.1:1/"}), "server-error", ""),
    ],
)
def test_each_failure_has_its_kind_and_names_what_would_mend_it(
    google, session, answer, kind, permission
) -> None:
    google.answers[SINKS] = answer
    failure = failing(session)
    assert (failure.kind, failure.permission, failure.call) == (kind, permission, "logging.sinks.list")


def test_a_throttled_call_waits_as_long_as_it_is_told_and_then_succeeds(google) -> None:
    session = session_on(google.endpoint, attempts=3)
    google.faults[SINKS] = [
        error(429, headers={"Retry-After": "1"}),
        error(503, headers={"Retry-After": "0"}),
    ]
    assert listed(session).failure is None
    assert session.patience.budget == 4.0
    session.close()


def test_a_call_that_fails_for_good_is_not_made_again(google) -> None:
    session = session_on(google.endpoint, attempts=5)
    google.answers[SINKS] = error(403)
    assert failing(session).kind == "access-denied"
    assert google.count(SINKS) == 1
    session.close()


def test_an_answer_that_comes_too_late_is_never_taken_for_that_of_the_next_call(google) -> None:
    session = session_on(google.endpoint, timeout=0.3)
    late = json.dumps({"sinks": [{"name": "of the organisation"}]}).encode()
    google.faults[SINKS] = [Raw(late, seconds=0.6)]
    assert failing(session).kind == "timeout"
    own = listed(session, "projects/acme-prod")
    assert own.failure is None
    assert "of the organisation" not in {sink["name"] for sink in own.items}
    session.close()


def test_answers_that_several_ask_for_are_read_once_failures_included(google, session) -> None:
    google.answers["/v3/folders/10"] = error(403)
    for _ in range(2):
        session.policy(ORG)
        session.sinks(ORG)
        with pytest.raises(ReadFailure):
            session.container("folders/10")
    assert [google.count(path) for path in (f"/v3/{ORG}:getIamPolicy", SINKS, "/v3/folders/10")] == [1, 3, 1]


def test_policies_are_asked_for_with_their_conditions(google, session) -> None:
    session.policy(ORG)
    assert google.asked[-1].body == {"options": {"requestedPolicyVersion": 3}}


def test_the_quota_project_pays_for_every_call(google) -> None:
    session = session_on(google.endpoint, quota_project="acme-audit")
    listed(session)
    session.policy(ORG)
    assert {asked.headers.get("x-goog-user-project") for asked in google.asked} == {"acme-audit"}
    session.close()


def test_many_threads_share_a_session_and_each_gets_its_own_answer(google, session) -> None:
    names = [ORG, "folders/10", "folders/11", "projects/acme-prod", "projects/acme-siem"] * 8

    def ask(name: str) -> set[str]:
        return {
            sink["destination"].removeprefix("logging.googleapis.com/")
            for sink in listed(session, name).items
        }

    with ThreadPoolExecutor(8) as pool:
        for name, found in zip(names, pool.map(ask, names), strict=True):
            assert f"{name}/locations/global/buckets/_Required" in found


def test_a_session_without_credentials_fails_at_its_first_call_and_not_before(google, monkeypatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")
    session = session_on(google.endpoint, credentials=GoogleCredentials(adc=True))
    assert failing(session).kind == "credentials"
    assert failing(session).kind == "credentials"
    assert google.asked == []
    session.close()


@pytest.mark.parametrize(
    "content", [None, "", '{"type": "service_account", "private_key": "s3cret"}', "s3cret"]
)
def test_a_key_file_that_is_none_fails_without_telling_what_is_in_it(
    google, monkeypatch, tmp_path, content
) -> None:
    key = tmp_path / "key.json"
    if content is not None:
        key.write_text(content)
        monkeypatch.setenv("ACME_KEY", str(key))
    session = session_on(google.endpoint, credentials=GoogleCredentials(key_file_env="ACME_KEY"))
    failure = failing(session)
    assert failure.kind == "credentials"
    assert "ACME_KEY" in failure.detail
    assert "s3cret" not in str(failure)
    session.close()


def test_what_looks_like_a_token_is_hidden_in_details(google, session) -> None:
    google.answers[SINKS] = error(403, "ya29.a0AfB_secret and Bearer abc.def are not welcome")
    assert "secret" not in failing(session).detail
    assert "abc.def" not in failing(session).detail


def test_making_a_session_makes_no_call_and_needs_no_credentials() -> None:
    session = GcpSession(GcpTarget(organization="1"), Ledger(), Patience())
    session.close()


def test_the_modules_can_be_imported_without_the_sdk() -> None:
    import subprocess

    code = (
        "import sys, logcov.providers.gcp.rows, logcov.providers.gcp.client;"
        "print([name for name in sys.modules if name.split('.')[0] in ('googleapiclient', 'httplib2')"
        " or name.startswith('google.auth')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_owner_is_in_doubt_where_an_audited_project_is_known_by_number_only(google) -> None:
    google.answers["/v3/projects/1002"] = error(403)
    session = session_on(google.endpoint, projects=("1002",))
    list(session.scopes())
    assert isinstance(session.owner("projects/acme-siem"), Unread)
    session.close()


def test_the_owner_is_in_doubt_where_another_target_could_not_be_listed(google) -> None:
    mine = session_on(google.endpoint, projects=("acme-prod",))
    other = session_on(google.endpoint)
    google.answers["/v3/projects?parent=folders/10"] = error(403)
    mine.all_targets = other.all_targets = (mine, other)
    for session in (mine, other):
        list(session.scopes())
    assert isinstance(mine.owner("projects/acme-siem"), Unread)
    mine.close()
    other.close()


@pytest.mark.parametrize("content", [b"[" * 100_000, b"1" * 5_000, b'{"a":' * 50_000])
def test_json_that_cannot_be_held_is_a_failed_read(google, content) -> None:
    google.answers["/v3/projects/acme-prod"] = Raw(content)
    session = session_on(google.endpoint)
    with pytest.raises(ReadFailure) as failed:
        session.container("projects/acme-prod")
    assert failed.value.kind == "unparseable"
    session.close()
