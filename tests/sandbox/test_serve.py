"""What goes over the wire: faults, control, keep-alive, and that nothing but loopback is bound."""

import json
import socket
import time
from http.client import BadStatusLine, HTTPConnection, IncompleteRead, RemoteDisconnected
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from googleapiclient.errors import HttpError

from logcov.sandbox import Here, serve_here
from sandbox.clients import GoogleClients, okta_get, plain

SINKS = "/v2/projects/acme-shop-prod/sinks"
STREAMS = "/api/v1/logStreams"
TOKEN = {"Authorization": "SSWS placeholder"}


def inject(here: Here, *faults: dict[str, Any]) -> None:
    status, _, body = plain(f"{here.google}/_sandbox/faults", list(faults))
    assert (status, body) == (200, {})


def sinks(google: GoogleClients) -> Any:
    return google("logging", "v2").sinks().list(parent="projects/acme-shop-prod").execute()


# --- Google's faults ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "status", "reason"),
    [
        ({"fault": "denied"}, 403, "IAM_PERMISSION_DENIED"),
        ({"fault": "api_disabled"}, 403, "SERVICE_DISABLED"),
        ({"fault": "throttled"}, 429, "RATE_LIMIT_EXCEEDED"),
    ],
)
def test_newer_google_apis_say_why_in_their_details(
    here: Here, google: GoogleClients, fault: dict[str, Any], status: int, reason: str
) -> None:
    inject(here, {**fault, "operation": "logging.sinks.list"})
    with pytest.raises(HttpError) as caught:
        sinks(google)
    assert caught.value.resp.status == status
    assert caught.value.error_details[0]["reason"] == reason


def test_a_denial_names_the_permission(here: Here) -> None:
    inject(here, {"fault": "denied"})
    body = plain(here.google + SINKS)[2]
    assert body["error"]["details"][0]["metadata"] == {
        "resource": "projects/acme-shop-prod",
        "permission": "logging.sinks.list",
    }
    inject(here, {"fault": "denied", "permission": "iam.other"})
    assert "iam.other" in plain(here.google + SINKS)[2]["error"]["message"]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/storage/v1/b/acme-audit-archive", "forbidden"),
        ("/bigquery/v2/projects/acme-audit/datasets/changes", "accessDenied"),
        ("/admin/reports/v1/activity/users/all/applications/login", "forbidden"),
        ("/admin/directory/v1/customers/my_customer", "forbidden"),
    ],
)
def test_older_google_apis_say_why_in_their_errors(here: Here, path: str, reason: str) -> None:
    inject(here, {"fault": "denied"})
    status, _, body = plain(here.google + path)
    assert (status, body["error"]["errors"][0]["reason"]) == (403, reason)
    assert "details" not in body["error"]


def test_workspace_policies_are_refused_without_a_permission(here: Here) -> None:
    inject(here, {"fault": "denied", "provider": "workspace"})
    status, _, body = plain(f"{here.google}/v1/policies")
    assert (status, body["error"]["status"]) == (403, "PERMISSION_DENIED")


def test_a_throttled_call_tells_when_to_come_back_only_if_the_fault_does(here: Here) -> None:
    inject(here, {"fault": "throttled", "retry_after": 7})
    assert plain(here.google + SINKS)[1]["Retry-After"] == "7"
    inject(here, {"fault": "throttled"})
    assert plain(here.google + SINKS)[1]["Retry-After"] is None


def test_an_error_of_the_servers_own_may_last_for_one_call(here: Here) -> None:
    inject(here, {"fault": "error_500", "times": 1})
    assert [plain(here.google + SINKS)[0] for _ in range(2)] == [500, 200]


def test_credentials_may_expire_in_the_middle(here: Here) -> None:
    inject(here, {"fault": "expired_token", "after": 2})
    assert [plain(here.google + SINKS)[0] for _ in range(4)] == [200, 200, 401, 401]
    body = plain(here.google + SINKS)[2]
    assert body["error"]["details"][0]["reason"] == "ACCESS_TOKEN_EXPIRED"


def test_an_empty_first_page_leads_to_all_that_it_lacks(here: Here) -> None:
    right = plain(here.google + SINKS)[2]
    inject(here, {"fault": "empty_page"})
    empty = plain(here.google + SINKS)[2]
    assert list(empty) == ["nextPageToken"]
    assert plain(f"{here.google}{SINKS}?pageToken={empty['nextPageToken']}")[2] == right


def test_what_is_no_list_has_no_empty_page(here: Here) -> None:
    path = "/v2/organizations/123456789012/settings"
    right = plain(here.google + path)
    inject(here, {"fault": "empty_page"})
    assert plain(here.google + path)[2] == right[2]


def test_an_answer_that_is_cut_off_promised_more(here: Here) -> None:
    inject(here, {"fault": "cut_off"})
    with urlopen(here.google + SINKS, timeout=10) as answer, pytest.raises(IncompleteRead):
        answer.read()


def test_an_answer_that_does_not_parse_is_whole(here: Here) -> None:
    inject(here, {"fault": "invalid_json"})
    with urlopen(here.google + SINKS, timeout=10) as answer:
        body = answer.read()
        assert len(body) == int(answer.headers["Content-Length"])
    with pytest.raises(ValueError, match=r"Expecting|Unterminated|delimiter|Invalid"):
        json.loads(body)


def test_a_timeout_never_answers_and_then_closes(here: Here) -> None:
    inject(here, {"fault": "timeout"})
    with pytest.raises(TimeoutError):
        urlopen(here.google + SINKS, timeout=0.3)
    inject(here, {"fault": "timeout", "seconds": 0.1})
    with pytest.raises((RemoteDisconnected, BadStatusLine)):
        urlopen(here.google + SINKS, timeout=10)


def test_a_slow_answer_is_the_right_one(here: Here) -> None:
    right = plain(here.google + SINKS)[2]
    inject(here, {"fault": "slow", "seconds": 0.3})
    begun = time.monotonic()
    assert plain(here.google + SINKS)[2] == right
    assert time.monotonic() - begun >= 0.3


# --- Okta's faults -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("denied", 403, "E0000006"),
        ("api_disabled", 401, "E0000015"),
        ("error_500", 500, "E0000009"),
        ("expired_token", 401, "E0000011"),
        ("throttled", 429, "E0000047"),
    ],
)
def test_okta_says_it_in_its_own_words(here: Here, kind: str, status: int, code: str) -> None:
    inject(here, {"fault": kind, "provider": "okta", "path": STREAMS})
    found, headers, body = plain(here.google + STREAMS, headers=TOKEN)
    assert (found, body["errorCode"]) == (status, code)
    assert "X-Rate-Limit-Reset" not in headers
    assert plain(f"{here.google}/api/v1/org", headers=TOKEN)[0] == 200


def test_a_throttled_okta_client_waits_until_the_reset(here: Here) -> None:
    inject(here, {"fault": "throttled", "path": STREAMS, "retry_after": 1, "times": 1})
    _, body, error = okta_get(here.google, STREAMS, rateLimit={"maxRetries": 1})
    assert error is None
    assert json.loads(body)
    assert len(here.calls.made()) == 2


def test_oktas_empty_first_page_leads_to_all_that_it_lacks(here: Here) -> None:
    right = plain(here.google + STREAMS, headers=TOKEN)[2]
    inject(here, {"fault": "empty_page"})
    status, headers, body = plain(here.google + STREAMS, headers=TOKEN)
    assert (status, body) == (200, [])
    following = headers.get_all("Link")[1].partition(">")[0][1:]
    assert plain(following, headers=TOKEN)[2] == right


def test_a_service_app_may_be_refused_a_token(here: Here) -> None:
    inject(here, {"fault": "denied", "path": "/oauth2/v1/token"})
    status, _, body = plain(f"{here.google}/oauth2/v1/token", {})
    assert (status, body["error"]) == (400, "invalid_client")


# --- Control -----------------------------------------------------------------------------------------------


def test_the_calls_are_told_until_the_reset(here: Here) -> None:
    plain(here.google + SINKS)
    plain(here.google + STREAMS, headers=TOKEN)
    made = plain(f"{here.google}/_sandbox/calls")[2]
    assert [(call["provider"], call["operation"], call["place"], call["path"]) for call in made] == [
        ("gcp", "logging.sinks.list", "projects/acme-shop-prod", SINKS),
        ("okta", "GET /api/v1/logStreams", "acme.okta.com", STREAMS),
    ]
    plain(f"{here.google}/_sandbox/reset", {})
    assert plain(f"{here.google}/_sandbox/calls")[2] == []


def test_the_faults_are_told_and_the_reset_brings_back_the_worlds_own(here: Here) -> None:
    own = plain(f"{here.google}/_sandbox/faults")[2]
    assert len(own) >= 3
    inject(here)
    assert plain(f"{here.google}/_sandbox/faults")[2] == []
    plain(f"{here.google}/_sandbox/reset", {})
    assert plain(f"{here.google}/_sandbox/faults")[2] == own


def test_the_faults_that_are_told_can_be_given_back(here: Here) -> None:
    own = plain(f"{here.google}/_sandbox/faults")[2]
    given = [{key: value for key, value in fault.items() if value is not None} for fault in own]
    inject(here, *given)
    assert plain(f"{here.google}/_sandbox/faults")[2] == own


def test_latency_slows_down_every_answer_until_the_reset(here: Here) -> None:
    plain(f"{here.google}/_sandbox/latency", 200)
    begun = time.monotonic()
    plain(here.google + SINKS)
    assert time.monotonic() - begun >= 0.2
    plain(f"{here.google}/_sandbox/reset", {})
    begun = time.monotonic()
    plain(here.google + SINKS)
    assert time.monotonic() - begun < 0.2


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("faults", [{"fault": "denid"}], "'denid' is no fault"),
        ("faults", {}, "faults are a list"),
        ("latency", -1, "milliseconds"),
        ("latency", "1", "milliseconds"),
        ("nothing", {}, "there is no POST"),
    ],
)
def test_what_control_does_not_understand_is_told(here: Here, path: str, body: Any, says: str) -> None:
    status, _, answer = plain(f"{here.google}/_sandbox/{path}", body)
    assert status in {400, 404}
    assert says in answer["error"]


# --- The server --------------------------------------------------------------------------------------------


def test_only_loopback_is_bound(here: Here) -> None:
    for endpoint in (here.google, *here.okta.values()):
        port = urlsplit(endpoint).port
        listening = _listening(port)
        assert listening == {"127.0.0.1"}


def _listening(port: int | None) -> set[str]:
    """The IPv4 and IPv6 addresses on which this machine listens at a port, from /proc; IPv6 ones in hex."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = [line.split() for line in Path(table).read_text(encoding="ascii").splitlines()][1:]
        except OSError:
            pytest.skip("this system does not tell who listens")
        for row in rows:
            address, _, number = row[1].rpartition(":")
            if row[3] == "0A" and int(number, 16) == port:
                found.add(socket.inet_ntoa(bytes.fromhex(address)[::-1]) if len(address) == 8 else address)
    return found


def test_one_connection_serves_many_requests_without_delay(here: Here) -> None:
    connection = HTTPConnection("127.0.0.1", urlsplit(here.google).port, timeout=10)
    begun = time.monotonic()
    for _ in range(50):
        connection.request("GET", SINKS)
        connection.getresponse().read()
    assert time.monotonic() - begun < 2
    connection.close()


def test_stopping_ends_open_connections_and_waiting_answers() -> None:
    here = serve_here()
    port = urlsplit(here.google).port
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", SINKS)
    connection.getresponse().read()
    here.faults.add_latency(60)
    connection.request("GET", SINKS)
    begun = time.monotonic()
    here.stop()
    here.stop()
    assert time.monotonic() - begun < 5
    connection.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)
