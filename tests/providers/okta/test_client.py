"""The session, over HTTP, through the real SDK."""

import base64
import json
import logging
import threading
import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from logcov.config import OktaKey, OktaToken
from logcov.errors import ReadFailure
from logcov.providers.okta.log_streams import LIST_LOG_STREAMS
from logcov.providers.rows import Operation

STREAMS = "/api/v1/logStreams"
LOGS = Operation(call="okta.logs.list", permission="okta.logs.read", wire="GET /api/v1/logs")
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()


def failing(work, *args):
    with pytest.raises(ReadFailure) as caught:
        work(*args)
    return caught.value


def pages(place):
    return place.pages(LIST_LOG_STREAMS, {"limit": "200"})


def linked(okta, body, following):
    """Two Link headers, self first: what Okta sends."""
    links = [("Link", f'<{okta.url}{STREAMS}?limit=200>; rel="self"')]
    if following is not None:
        links.append(("Link", f'<{following}>; rel="next"'))
    return okta.reply(body, headers=links)


def test_a_second_link_header_leads_to_the_next_page(okta, place, ledger):
    okta.answers[STREAMS] = lambda request: (
        linked(okta, [{"id": "b"}], None)
        if request.query.get("after") == "a"
        else linked(okta, [{"id": "a"}], f"{okta.url}{STREAMS}?after=a&limit=200")
    )
    answer = pages(place)
    assert answer.data == [{"id": "a"}, {"id": "b"}]
    (reading,) = ledger.readings()
    assert (reading.id, reading.call, reading.pages) == (answer.reading, "okta.logStreams.list", 2)
    assert reading.place == "okta:orgs/acme.okta.com"


def test_an_empty_page_that_names_a_next_one_is_followed(okta, place):
    okta.answers[STREAMS] = lambda request: (
        linked(okta, [{"id": "b"}], None)
        if "after" in request.query
        else linked(okta, [], f"{okta.url}{STREAMS}?after=a")
    )
    assert pages(place).data == [{"id": "b"}]


def test_a_next_page_on_another_host_is_asked_of_the_org_itself(okta, place):
    okta.answers[STREAMS] = lambda request: (
        linked(okta, [], None)
        if "after" in request.query
        else linked(okta, [{"id": "a"}], f"https://elsewhere.example{STREAMS}?after=a")
    )
    assert pages(place).data == [{"id": "a"}]
    assert len(okta.requests) == 2


def test_a_next_page_at_another_path_is_never_asked_for(okta, place):
    okta.answers[STREAMS] = [linked(okta, [{"id": "a"}], f"{okta.url}/api/v1/users?after=a")]
    assert failing(pages, place).kind == "unparseable"
    assert okta.paths() == [STREAMS]


def test_a_cursor_that_comes_again_ends_the_list_without_an_answer(okta, place):
    okta.answers[STREAMS] = [linked(okta, [{"id": "a"}], f"{okta.url}{STREAMS}?after=a")]
    assert failing(pages, place).kind == "unparseable"
    assert len(okta.requests) == 2


def test_a_next_link_that_cannot_be_read_is_no_end_of_the_list(okta, place):
    okta.answers[STREAMS] = [okta.reply([], headers=[("Link", 'no-address; rel="next"')])]
    assert failing(pages, place).kind == "unparseable"


@pytest.mark.parametrize("body", [{"items": []}, "text", 3, None])
def test_an_answer_that_is_no_list_is_no_list(okta, place, body):
    okta.answers[STREAMS] = [okta.reply(json.dumps(body).encode())]
    assert failing(pages, place).kind == "unparseable"


@pytest.mark.parametrize("body", [b"", b"<html>", b'[{"id": "a"', b"\xff\xfe[]"])
def test_a_body_that_is_no_json_is_unparseable(okta, place, body):
    okta.answers[STREAMS] = [okta.reply(body)]
    assert failing(pages, place).kind == "unparseable"


def test_a_cut_off_body_is_unparseable_and_tried_again(okta, place):
    okta.answers[STREAMS] = [okta.reply([{"id": "a"}], promise=10)]
    assert failing(pages, place).kind == "unparseable"
    assert len(okta.requests) == 3


def test_a_failure_in_the_middle_loses_the_list(okta, place):
    okta.answers[STREAMS] = lambda request: (
        okta.reply({"errorCode": "E0000006"}, 403)
        if "after" in request.query
        else linked(okta, [{"id": "a"}], f"{okta.url}{STREAMS}?after=a")
    )
    assert failing(pages, place).kind == "access-denied"


@pytest.mark.parametrize("content_type", ["application/json", "text/html", "application/xml"])
def test_a_403_without_a_body_names_the_scope(okta, place, content_type):
    okta.answers[STREAMS] = [okta.reply(status=403, content_type=content_type)]
    failure = failing(pages, place)
    assert (failure.kind, failure.permission) == ("access-denied", "okta.logStreams.read")


@pytest.mark.parametrize(
    ("code", "kind"), [("E0000015", "not-entitled"), ("E0000011", "credentials"), ("E0000005", "credentials")]
)
def test_401_is_a_missing_feature_or_a_bad_login(okta, place, code, kind):
    okta.answers[STREAMS] = [okta.reply({"errorCode": code, "errorSummary": "no"}, 401)]
    assert failing(pages, place).kind == kind
    assert len(okta.requests) == 1


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("X-Rate-Limit-Limit", "0"), ("X-Rate-Limit-Remaining", "0"), ("X-Rate-Limit-Reset", "99999999999")],
        [("X-Rate-Limit-Reset", "soon")],
    ],
)
def test_throttling_is_waited_for_and_then_told(okta, place, headers):
    okta.answers[STREAMS] = [okta.reply({"errorCode": "E0000047"}, 429, headers=headers)]
    assert failing(pages, place).kind == "throttled"
    assert len(okta.requests) == 3


def test_a_throttled_call_that_then_goes_well_is_an_answer(okta, place):
    okta.answers[STREAMS] = [okta.reply(status=429), okta.reply(status=503), okta.reply([])]
    assert pages(place).data == []


def test_a_redirect_is_no_answer(okta, place):
    okta.answers[STREAMS] = [okta.reply(status=302, headers=[("Location", f"{okta.url}/elsewhere")])]
    okta.answers["/elsewhere"] = [okta.reply([])]
    assert failing(pages, place).kind == "server-error"


def test_no_connection_is_a_failure_that_was_tried_again(open_session):
    session = open_session(endpoint="http://127.0.0.1:9")
    (scope,) = session.scopes()
    assert failing(pages, session.at(scope, None)).kind == "server-error"


def test_a_closed_session_leaves_no_thread(okta, open_session):
    before = threading.active_count()
    okta.answers[STREAMS] = [okta.reply([])]
    session = open_session()
    (scope,) = session.scopes()
    pages(session.at(scope, None))
    session.close()
    session.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("okta ")]
    assert before >= 1


def test_making_a_session_makes_no_call_and_starts_nothing(okta, open_session, monkeypatch):
    monkeypatch.delenv("NOT_THERE", raising=False)
    session = open_session(auth=OktaToken(api_token_env="NOT_THERE"))
    list(session.scopes())
    assert okta.requests == []
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("okta ")]


# --- credentials -------------------------------------------------------------------------------------------


def test_an_api_token_is_sent_and_never_told(okta, open_session, ledger, monkeypatch):
    monkeypatch.setenv("OKTA_API_TOKEN", "very-secret-1")
    okta.answers[STREAMS] = [okta.reply([])]
    session = open_session(auth=OktaToken(api_token_env="OKTA_API_TOKEN"))
    (scope,) = session.scopes()
    pages(session.at(scope, None))
    (request,) = okta.requests
    assert request.headers["authorization"] == "SSWS very-secret-1"
    assert "logcov/" in request.headers["user-agent"]
    assert "very-secret" not in repr((ledger.readings(), ledger.identities()))


def test_a_loopback_server_is_sent_a_placeholder(okta, place):
    okta.answers[STREAMS] = [okta.reply([])]
    pages(place)
    assert okta.requests[0].headers["authorization"] == "SSWS loopback"


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_variable_is_told_at_the_first_call_by_its_name(open_session, monkeypatch, value):
    monkeypatch.delenv("OKTA_API_TOKEN", raising=False)
    if value is not None:
        monkeypatch.setenv("OKTA_API_TOKEN", value)
    session = open_session(auth=OktaToken(api_token_env="OKTA_API_TOKEN"))
    (scope,) = session.scopes()
    failure = failing(pages, session.at(scope, None))
    assert failure.kind == "credentials"
    assert "OKTA_API_TOKEN" in failure.detail


def test_plain_http_to_another_machine_is_refused_before_anything_is_sent(open_session, monkeypatch):
    monkeypatch.setenv("OKTA_API_TOKEN", "very-secret-1")
    session = open_session(
        org_url="http://acme.okta.example", endpoint=None, auth=OktaToken(api_token_env="OKTA_API_TOKEN")
    )
    (scope,) = session.scopes()
    assert failing(pages, session.at(scope, None)).kind == "credentials"


def test_an_org_without_credentials_is_not_asked(open_session):
    session = open_session(endpoint=None)
    (scope,) = session.scopes()
    assert failing(pages, session.at(scope, None)).kind == "credentials"


def tokens(okta, **more):
    """A token endpoint that grants what is asked for."""
    given = {"access_token": "granted-1", "token_type": "Bearer", "expires_in": 3600, **more}
    okta.answers["/oauth2/v1/token"] = [okta.reply(given)]


def keyed(open_session, **more):
    auth = OktaKey(client_id="0oa1", private_key_env="OKTA_KEY", **more)
    session = open_session(auth=auth)
    (scope,) = session.scopes()
    return session.at(scope, None)


def form(request):
    return dict(part.split("=", 1) for part in request.body.split("&"))


@pytest.mark.parametrize("line_end", ["\n", "\\n"])
def test_a_private_key_asks_for_the_scope_of_the_call_and_no_other(okta, open_session, monkeypatch, line_end):
    monkeypatch.setenv("OKTA_KEY", PEM.replace("\n", line_end))
    tokens(okta)
    okta.answers[STREAMS] = [okta.reply([])]
    okta.answers["/api/v1/logs"] = [okta.reply([])]
    place = keyed(open_session, key_id="kid-1")
    pages(place)
    pages(place)
    place.call(LOGS, {})
    asked = [request for request in okta.requests if request.path == "/oauth2/v1/token"]
    assert [form(request)["scope"] for request in asked] == ["okta.logStreams.read", "okta.logs.read"]
    assertion = form(asked[0])["client_assertion"]
    claims = jwt.decode(
        assertion, KEY.public_key(), algorithms=["RS256"], audience=f"{okta.url}/oauth2/v1/token"
    )
    assert claims["sub"] == "0oa1"
    assert jwt.get_unverified_header(assertion)["kid"] == "kid-1"
    assert {request.headers["authorization"] for request in okta.requests if request.method == "GET"} == {
        "Bearer granted-1"
    }


def test_a_key_may_be_a_jwk_that_carries_its_id(okta, open_session, monkeypatch):
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(KEY, as_dict=True) | {"kid": "kid-2", "ext": True}
    monkeypatch.setenv("OKTA_KEY", json.dumps(jwk))
    tokens(okta)
    okta.answers[STREAMS] = [okta.reply([])]
    pages(keyed(open_session))
    assert jwt.get_unverified_header(form(okta.requests[0])["client_assertion"])["kid"] == "kid-2"


def bad_keys():
    curve = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return [
        "very-secret-1",
        "/etc/hostname",
        "{",
        '{"kty": "RSA", "n": "very-secret-1"}',
        "[]",
        curve.decode(),
        PEM[:300],
    ]


@pytest.mark.parametrize("key", bad_keys())
def test_what_is_no_rsa_key_is_told_without_quoting_it(okta, open_session, monkeypatch, key):
    monkeypatch.setenv("OKTA_KEY", key)
    failure = failing(pages, keyed(open_session))
    assert failure.kind == "credentials"
    assert "OKTA_KEY" in failure.detail
    assert "very-secret" not in str(failure)
    assert okta.requests == []


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (
            400,
            {"error": "invalid_scope", "error_description": "One or more scopes are not allowed"},
            "access-denied",
        ),
        (
            401,
            {"error": "invalid_client", "error_description": "The client_assertion is invalid"},
            "credentials",
        ),
        (401, {"errorCode": "E0000011", "errorSummary": "Invalid token provided"}, "credentials"),
        (429, {"errorCode": "E0000047"}, "throttled"),
        (503, {"errorCode": "E0000009"}, "server-error"),
        (500, {}, "server-error"),
        (200, {"token_type": "Bearer"}, "unparseable"),
        (200, ["odd"], "unparseable"),
        (200, {"access_token": "a", "expires_in": "soon"}, "unparseable"),
    ],
)
def test_a_token_that_is_not_granted_says_why(okta, open_session, monkeypatch, status, body, kind):
    monkeypatch.setenv("OKTA_KEY", PEM)
    okta.answers["/oauth2/v1/token"] = [okta.reply(body, status)]
    failure = failing(pages, keyed(open_session))
    assert failure.kind == kind
    assert STREAMS not in okta.paths()
    if kind == "access-denied":
        assert failure.permission == "okta.logStreams.read"


def test_an_unanswered_sign_in_is_unparseable(okta, open_session, monkeypatch):
    monkeypatch.setenv("OKTA_KEY", PEM)
    okta.answers["/oauth2/v1/token"] = [okta.reply(b"")]
    assert failing(pages, keyed(open_session)).kind == "unparseable"


def test_one_scope_that_is_not_granted_blinds_its_own_call_only(okta, open_session, monkeypatch):
    monkeypatch.setenv("OKTA_KEY", PEM)
    granted = {"access_token": "granted-1", "token_type": "Bearer", "expires_in": 3600}
    okta.answers["/oauth2/v1/token"] = lambda request: (
        okta.reply(granted)
        if form(request)["scope"] == "okta.logs.read"
        else okta.reply({"error": "invalid_scope"}, 400)
    )
    okta.answers["/api/v1/logs"] = [okta.reply([])]
    place = keyed(open_session)
    assert failing(pages, place).kind == "access-denied"
    assert place.call(LOGS, {}).data == []


def test_a_token_that_expires_in_mid_run_is_a_matter_of_credentials(okta, open_session, monkeypatch):
    monkeypatch.setenv("OKTA_KEY", PEM)
    tokens(okta)
    okta.answers[STREAMS] = [
        okta.reply([]),
        okta.reply({"errorCode": "E0000011", "errorSummary": "Invalid token"}, 401),
    ]
    place = keyed(open_session)
    assert pages(place).data == []
    assert failing(pages, place).kind == "credentials"


def test_dpop_answers_the_nonce_that_okta_asks_for(okta, open_session, monkeypatch):
    monkeypatch.setenv("OKTA_KEY", PEM)
    nonce = [("dpop-nonce", "n1")]
    okta.answers["/oauth2/v1/token"] = [
        okta.reply({"error": "use_dpop_nonce"}, 400, headers=nonce),
        okta.reply({"access_token": "granted-1", "token_type": "DPoP", "expires_in": 3600}, headers=nonce),
    ]
    okta.answers[STREAMS] = [okta.reply([])]
    assert pages(keyed(open_session, dpop=True)).data == []
    request = okta.requests[-1]
    assert request.headers["authorization"] == "DPoP granted-1"
    proof = request.headers["dpop"].split(".")[1]
    assert json.loads(base64.urlsafe_b64decode(proof + "=="))["nonce"] == "n1"


def test_nothing_secret_reaches_a_log_even_at_debug(okta, open_session, monkeypatch, caplog):
    monkeypatch.setenv("OKTA_API_TOKEN", "very-secret-1")
    okta.answers[STREAMS] = [okta.reply([]), okta.reply(status=403)]
    session = open_session(auth=OktaToken(api_token_env="OKTA_API_TOKEN"))
    (scope,) = session.scopes()
    place = session.at(scope, None)
    pages(place)
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="okta-sdk-python"):
        failing(pages, place)
    assert "very-secret" not in caplog.text
    assert not [record for record in caplog.records if record.name == "okta-sdk-python"]


def test_no_other_file_or_variable_is_read(okta, open_session, monkeypatch, tmp_path):
    (tmp_path / "okta.yaml").write_text("okta:\n  client:\n    token: from-the-file\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OKTA_CLIENT_TOKEN", "from-the-environment")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    okta.answers[STREAMS] = [okta.reply([])]
    session = open_session()
    (scope,) = session.scopes()
    pages(session.at(scope, None))
    assert okta.requests[0].headers["authorization"] == "SSWS loopback"


def test_calls_go_out_one_after_the_other(okta, place):
    busy = threading.Lock()
    overlaps = []

    def slow(request):
        if not busy.acquire(blocking=False):
            overlaps.append(request)
            return okta.reply([])
        time.sleep(0.05)
        busy.release()
        return okta.reply([])

    okta.answers[STREAMS] = slow
    threads = [threading.Thread(target=pages, args=(place,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(okta.requests) == 4
    assert overlaps == []


@pytest.mark.parametrize("status", [200, 403])
def test_json_of_any_depth_is_a_failed_read(okta, place, status):
    okta.answers[STREAMS] = [okta.reply(b"[" * 100_000, status)]
    with pytest.raises(ReadFailure) as failed:
        place.pages(LIST_LOG_STREAMS, {})
    assert failed.value.kind == ("unparseable" if status == 200 else "access-denied")
