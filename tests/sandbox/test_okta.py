import base64
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from logcov.sandbox import Here
from sandbox.clients import okta_get, plain

TOKEN = {"Authorization": "SSWS placeholder"}


@pytest.fixture
def org(here: Here) -> str:
    return here.okta["acme.okta.com"]


def all_pages(org: str, path: str, **client: Any) -> list[Any]:
    """Every page, following only links of relation next, path and query only, as the SDK gives them."""
    found = []
    while path:
        response, body, error = okta_get(org, path, **client)
        assert error is None
        found.append(json.loads(body))
        link = response.links.get("next")
        path = link["url"].raw_path_qs if link else ""
        assert len(found) < 50
    return found


def test_log_streams_come_in_pages_of_which_one_is_empty(org: str) -> None:
    found = all_pages(org, "/api/v1/logStreams?limit=200")
    assert [[stream["type"] for stream in page] for page in found] == [
        ["aws_eventbridge"],
        [],
        ["splunk_cloud_logstreaming"],
    ]


def test_an_answer_has_two_links_and_self_is_first(org: str) -> None:
    _, headers, _ = plain(f"{org}/api/v1/logStreams?limit=1", headers=TOKEN)
    links = headers.get_all("Link")
    assert [link.rpartition("rel=")[2] for link in links] == ['"self"', '"next"']
    assert links[0].startswith(f"<{org}/api/v1/logStreams?limit=1>")


def test_a_stream_has_the_fields_that_okta_gives_and_no_token(org: str) -> None:
    streams = [stream for page in all_pages(org, "/api/v1/logStreams") for stream in page]
    assert streams[1]["settings"] == {"host": "acme.splunkcloud.com", "edition": "aws"}
    for stream in streams:
        assert {
            "id",
            "name",
            "type",
            "status",
            "created",
            "lastUpdated",
            "settings",
            "_links",
        } == stream.keys()
        assert plain(f"{org}/api/v1/logStreams/{stream['id']}", headers=TOKEN)[2] == stream
    assert plain(f"{org}/api/v1/logStreams/none", headers=TOKEN)[0] == 404


def test_each_org_has_streams_of_its_own(here: Here) -> None:
    assert here.okta["acme.okta.com"] == here.google
    preview = here.okta["acme-preview.oktapreview.com"]
    assert [stream["status"] for page in all_pages(preview, "/api/v1/logStreams") for stream in page] == [
        "INACTIVE"
    ]
    assert plain(f"{preview}/api/v1/org", headers=TOKEN)[2]["subdomain"] == "acme-preview"
    assert {call.place for call in here.calls.made()} == {"acme-preview.oktapreview.com"}


def logs(org: str, **asked: str) -> list[list[Any]]:
    query = "&".join(f"{name}={quote(value)}" for name, value in asked.items())
    return all_pages(org, f"/api/v1/logs?{query}")


def at(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_the_system_log_ends_where_until_is_given(org: str) -> None:
    found = [event for page in logs(org, since=at(90), until=at(0)) for event in page]
    published = [event["published"] for event in found]
    assert len(found) == 4
    assert published == sorted(published)
    newest = logs(org, since=at(90), until=at(0), sortOrder="DESCENDING", limit="1")[0]
    assert newest == [found[-1]]


def test_the_system_log_may_be_filtered_by_event_type(org: str) -> None:
    asked = {"since": at(90), "until": at(0)}
    starts = logs(org, filter='eventType sw "system.log_stream.lifecycle"', **asked)
    assert [event["eventType"].rpartition(".")[2] for page in starts for event in page] == [
        "deactivate",
        "activate",
    ]
    exact = logs(org, filter='eventType eq "user.session.start"', **asked)
    assert sum(map(len, exact)) == 2


def test_without_until_the_system_log_never_ends(org: str) -> None:
    status, headers, body = plain(f"{org}/api/v1/logs?since={at(90)}&limit=1", headers=TOKEN)
    for _ in range(12):
        assert status == 200
        following = headers.get_all("Link")[1].partition(">")[0][1:]
        status, headers, body = plain(following, headers=TOKEN)
    assert body == []


@pytest.mark.parametrize(
    "asked",
    [
        "since=2020-01-01T00:00:00Z",
        "since=x",
        "limit=0",
        "limit=1001",
        "sortOrder=UP",
        "after=zzz",
        "filter=published+gt+1",
    ],
)
def test_what_the_system_log_does_not_take_is_an_error(org: str, asked: str) -> None:
    status, _, body = plain(f"{org}/api/v1/logs?{asked}", headers=TOKEN)
    assert (status, body["errorCode"]) == (400, "E0000001")


def test_nobody_gets_in_without_a_token(org: str) -> None:
    for headers in ({}, {"Authorization": "SSWS "}, {"Authorization": "Basic eA=="}):
        status, _, body = plain(f"{org}/api/v1/logStreams", headers=headers)
        assert (status, body["errorCode"]) == (401, "E0000011")


def test_what_okta_does_not_have_is_not_found_in_its_own_words(org: str) -> None:
    status, _, body = plain(f"{org}/api/v1/users", headers=TOKEN)
    assert (status, body["errorCode"]) == (404, "E0000007")


# --- Tokens for service apps -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def key() -> str:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def service_app(key: str, scopes: list[str]) -> dict[str, Any]:
    return {
        "authorizationMode": "PrivateKey",
        "clientId": "0oaauditor",
        "scopes": scopes,
        "privateKey": key,
        "kid": "k1",
    }


def test_a_service_app_gets_a_token_and_in(org: str, here: Here, key: str) -> None:
    _, body, error = okta_get(org, "/api/v1/logStreams", **service_app(key, ["okta.logStreams.read"]))
    assert error is None
    assert json.loads(body)
    assert [call.operation for call in here.calls.made()] == [
        "POST /oauth2/v1/token",
        "GET /api/v1/logStreams",
    ]


def test_a_token_is_good_for_its_scopes_only(org: str, key: str) -> None:
    _, _, error = okta_get(org, "/api/v1/logStreams", **service_app(key, ["okta.logs.read"]))
    assert error.error_code == "E0000006"


def test_a_scope_that_was_not_granted_gives_no_token(org: str, key: str) -> None:
    response, _, error = okta_get(org, "/api/v1/logStreams", **service_app(key, ["okta.users.manage"]))
    assert response is None
    assert "invalid_scope" in str(error)


def post(org: str, form: str) -> Any:
    request = Request(f"{org}/oauth2/v1/token", data=form.encode())
    try:
        with urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())
    except OSError as error:
        with error:  # type: ignore[attr-defined]
            return json.loads(error.read())["error"]  # type: ignore[attr-defined]


def assertion(**claims: Any) -> str:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    whole = {
        "iss": "0oa",
        "sub": "0oa",
        "aud": "https://acme.okta.com/oauth2/v1/token",
        "exp": int(time.time()) + 3600,
    }
    return ".".join((part({"alg": "RS256"}), part({**whole, **claims}), "c2ln"))


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ("grant_type=password", "unsupported_grant_type"),
        ("grant_type=client_credentials&client_assertion=x", "invalid_client"),
        (f"grant_type=client_credentials&client_assertion={assertion(sub='other')}", "invalid_client"),
        (
            f"grant_type=client_credentials&client_assertion={assertion(aud='https://elsewhere')}",
            "invalid_client",
        ),
        (f"grant_type=client_credentials&client_assertion={assertion(exp=1)}", "invalid_client"),
        (f"grant_type=client_credentials&client_assertion={assertion()}", "invalid_scope"),
    ],
)
def test_a_wrong_request_for_a_token_is_refused(org: str, form: str, error: str) -> None:
    assert post(org, form) == error


def test_the_right_request_for_a_token_is_not(org: str) -> None:
    form = f"grant_type=client_credentials&scope=okta.logs.read&client_assertion={assertion()}"
    assert post(org, form)["scope"] == "okta.logs.read"
