"""The session, over HTTP, through the real SDK."""

import json
import threading
from base64 import urlsafe_b64decode

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from logcov.config import GoogleCredentials
from logcov.errors import ReadFailure
from logcov.inventory import Scope
from logcov.providers.workspace.applications import newest
from logcov.providers.workspace.credentials import credentials_for
from logcov.providers.workspace.sharing import LIST_POLICIES, POLICIES, sharing_policies

PEM = (
    rsa.generate_private_key(public_exponent=65537, key_size=2048)
    .private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    .decode()
)
AUDIT = "https://www.googleapis.com/auth/admin.reports.audit.readonly"
POLICY = "https://www.googleapis.com/auth/cloud-identity.policies.readonly"


def failing(work, *args):
    with pytest.raises(ReadFailure) as caught:
        work(*args)
    return caught.value


def pages(place):
    return place.pages(POLICIES, pageSize=100)


@pytest.fixture
def key_file(google, tmp_path, monkeypatch):
    """A service account key whose token server is the one on loopback."""
    path = tmp_path / "key.json"
    path.write_text(
        json.dumps(
            {
                "type": "service_account",
                "project_id": "acme-audit",
                "private_key_id": "k1",
                "private_key": PEM,
                "client_email": "logcov@acme-audit.iam.gserviceaccount.com",
                "client_id": "1",
                "token_uri": f"{google.url}/token",
            }
        )
    )
    monkeypatch.setenv("WORKSPACE_KEY", str(path))
    return path


def assertions(google):
    """The claims of every token request."""
    found = []
    for request in google.requests:
        if request.path == "/token":
            form = dict(part.split("=", 1) for part in request.body.split("&"))
            payload = form["assertion"].split(".")[1]
            found.append(json.loads(urlsafe_b64decode(payload + "==")))
    return found


def test_an_empty_page_that_names_a_next_one_is_followed(google, place, ledger):
    google.policies = lambda request: (
        google.reply({"policies": [{"name": "policies/b"}]})
        if request.query.get("pageToken") == "2"
        else google.reply({"nextPageToken": "2"})
    )
    answer = pages(place)
    assert answer.data == [{"name": "policies/b"}]
    (reading,) = ledger.readings()
    assert (reading.call, reading.place, reading.pages) == (
        "cloudidentity.policies.list",
        "workspace:customers/C0acme01",
        2,
    )


def test_every_page_is_asked_for_with_the_same_words(google, place):
    google.policies = [
        google.reply({"nextPageToken": "2"}),
        google.reply({"nextPageToken": "3"}),
        google.reply({}),
    ]
    pages(place)
    assert [request.query.get("pageToken") for request in google.requests] == [None, "2", "3"]
    assert {request.query["pageSize"] for request in google.requests} == {"100"}


def test_a_token_that_comes_again_ends_the_list_without_an_answer(google, place):
    google.policies = [google.reply({"policies": [], "nextPageToken": "2"})]
    assert failing(pages, place).kind == "unparseable"
    assert len(google.requests) == 2


@pytest.mark.parametrize(
    "body", [[], "text", 3, {"policies": {}}, {"policies": None}, {"nextPageToken": 7}, {"policies": "x"}]
)
def test_an_odd_list_is_no_list(google, place, body):
    google.policies = [google.reply(json.dumps(body).encode())]
    assert failing(pages, place).kind == "unparseable"


@pytest.mark.parametrize("content", [b"<html>", b'{"policies": [', b"\xff\xfe"])
def test_a_body_that_is_no_json_is_unparseable(google, place, content):
    google.policies = [google.reply(content)]
    assert failing(pages, place).kind == "unparseable"


def test_a_cut_off_body_is_unparseable_and_tried_again(google, place):
    google.policies = [google.reply({"policies": []}, promise=10)]
    assert failing(pages, place).kind == "unparseable"
    assert len(google.requests) >= 3


def test_a_cut_off_body_that_is_whole_the_next_time_is_an_answer(google, place):
    google.policies = [google.reply({"policies": []}, promise=10), google.reply({"policies": [1]})]
    assert pages(place).data == [1]


def test_a_403_without_a_body_names_the_scope(google, place):
    google.policies = [google.reply(status=403)]
    failure = failing(pages, place)
    assert (failure.kind, failure.permission) == ("access-denied", POLICY)


@pytest.mark.parametrize("headers", [[], [("Retry-After", "9999")]])
def test_throttling_is_waited_for_and_then_told(google, place, headers):
    error = {"error": {"code": 429, "message": "Quota exceeded for quota metric 'read requests per minute'"}}
    google.policies = [google.reply(error, 429, headers)]
    assert failing(pages, place).kind == "throttled"
    assert len(google.requests) == 3


def test_a_throttled_page_in_the_middle_loses_the_list(google, place):
    google.policies = lambda request: (
        google.reply(status=429)
        if "pageToken" in request.query
        else google.reply({"policies": [1], "nextPageToken": "2"})
    )
    assert failing(pages, place).kind == "throttled"


def test_a_redirect_is_no_answer(google, place):
    google.policies = [google.reply(status=302, headers=[("Location", f"{google.url}/elsewhere")])]
    assert failing(pages, place).kind == "server-error"
    assert len(google.requests) == 1


def test_no_connection_is_a_failure(open_session):
    session = open_session(endpoint="http://127.0.0.1:9")
    (scope,) = session.scopes()
    assert failing(pages, session.at(scope, None)).kind == "server-error"


def test_a_loopback_server_is_asked_without_credentials_and_without_a_proxy(
    google, place, ledger, monkeypatch
):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    pages(place)
    assert "authorization" not in google.requests[0].headers
    assert [identity.principal for identity in ledger.identities()] == ["anonymous"]


def test_making_a_session_makes_no_call(google, open_session):
    session = open_session(customer="C0acme01", credentials=GoogleCredentials(key_file_env="NOT_THERE"))
    list(session.scopes())
    assert google.requests == []


def test_each_api_gets_a_token_for_its_own_scope_as_the_subject(google, open_session, key_file):
    session = open_session(
        subject="auditor@acme.com", credentials=GoogleCredentials(key_file_env="WORKSPACE_KEY")
    )
    sharing_policies(session, "workspace:customers/C0acme01")
    newest(session, "admin", "workspace:customers/C0acme01")
    newest(session, "login", "workspace:customers/C0acme01")
    assert [(claims["scope"], claims["sub"]) for claims in assertions(google)] == [
        (POLICY, "auditor@acme.com"),
        (AUDIT, "auditor@acme.com"),
    ]
    called = [request for request in google.requests if request.path != "/token"]
    assert {request.headers["authorization"] for request in called} == {"Bearer granted-1"}


def test_a_scope_that_is_not_delegated_blinds_its_own_api_only(google, open_session, key_file):
    refused = {
        "error": "unauthorized_client",
        "error_description": "Client is unauthorized to retrieve tokens",
    }
    google.token = [google.reply(refused, 401), *google.token]
    session = open_session(
        subject="auditor@acme.com", credentials=GoogleCredentials(key_file_env="WORKSPACE_KEY")
    )
    failure = failing(sharing_policies, session, "workspace:customers/C0acme01")
    assert (failure.kind, failure.code, failure.permission) == (
        "access-denied",
        "unauthorized_client",
        POLICY,
    )
    assert newest(session, "admin", "workspace:customers/C0acme01").data["kind"]


def test_a_token_that_expires_in_mid_run_is_a_matter_of_credentials(google, open_session, key_file):
    google.policies = [google.reply({}), google.reply(status=401)]
    session = open_session(credentials=GoogleCredentials(key_file_env="WORKSPACE_KEY"))
    scope = Scope(id="workspace:customers/C0acme01", kind="workspace.customer", provider="workspace")
    pages(session.at(scope, None))
    assert failing(pages, session.at(scope, None)).kind == "credentials"


@pytest.mark.parametrize("content", [None, "", '{"private_key": "very-secret-1"}', "very-secret-1", "{"])
def test_a_missing_or_odd_key_file_is_told_by_its_variable_alone(
    google, open_session, monkeypatch, tmp_path, content
):
    monkeypatch.delenv("WORKSPACE_KEY", raising=False)
    if content is not None:
        (tmp_path / "key").write_text(content)
        monkeypatch.setenv("WORKSPACE_KEY", str(tmp_path / "key"))
    session = open_session(credentials=GoogleCredentials(key_file_env="WORKSPACE_KEY"))
    failure = failing(sharing_policies, session, "workspace:customers/C0acme01")
    assert failure.kind == "credentials"
    assert "WORKSPACE_KEY" in failure.detail
    assert "very-secret" not in str(failure)
    assert google.requests == []


def test_keyless_delegation_signs_as_the_service_account_for_the_subject(open_session, monkeypatch, tmp_path):
    default = {
        "type": "authorized_user",
        "client_id": "c",
        "client_secret": "s",
        "refresh_token": "r",
        "quota_project_id": "q",
    }
    (tmp_path / "adc.json").write_text(json.dumps(default))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "adc.json"))
    account = "logcov@acme-audit.iam.gserviceaccount.com"
    session = open_session(subject="auditor@acme.com", credentials=GoogleCredentials(impersonate=account))
    made = credentials_for(session.target, AUDIT)
    assert made.service_account_email == account
    assert (made._subject, made._target_scopes) == ("auditor@acme.com", [AUDIT])


def test_no_default_credentials_are_a_blind_spot_and_looked_for_once(open_session, monkeypatch):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/at/all.json")
    session = open_session(credentials=GoogleCredentials(adc=True))
    assert failing(sharing_policies, session, "x").kind == "credentials"
    assert failing(newest, session, "admin", "x").kind == "credentials"


@pytest.mark.parametrize("customer", ["acme.com", 'C0" || true', ""])
def test_a_customer_that_is_no_id_is_not_asked_about(google, open_session, customer):
    session = open_session(customer=customer)
    assert failing(sharing_policies, session, "x").kind == "not-observable"
    assert google.requests == []


def test_threads_share_the_session_and_not_the_connection(google, open_session):
    session = open_session()
    (scope,) = session.scopes()
    place = session.at(scope, None)
    google.policies = [google.reply({"policies": [1]})]
    found = []
    threads = [threading.Thread(target=lambda: found.append(pages(place).data)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[1]] * 8


def test_the_operations_name_the_scope_that_they_take():
    assert LIST_POLICIES.permission == POLICY


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>please log in</html>",
        b"[]",
        b"[" * 100_000,
        b"1" * 5_000,
        b'{"access_token": "s3cret", "expires_in": "soon"}',
        b'{"access_token": "s3cret\\nX-Evil: 1"}',
        b'{"access_token": "s3cret\\u20ac"}',
    ],
)
def test_a_token_server_that_gives_no_token_is_a_matter_of_credentials(
    google, open_session, key_file, answer
):
    google.token = [google.reply(answer)]
    session = open_session(credentials=GoogleCredentials(key_file_env="WORKSPACE_KEY"))
    failure = failing(sharing_policies, session, "workspace:customers/C0acme01")
    assert failure.kind == "credentials"
    assert "s3cret" not in str(failure)
