"""What Google's exceptions mean."""

import http.client
import json
import os
import ssl

import httplib2
import pytest
from google.auth import exceptions
from hypothesis import given, settings
from hypothesis import strategies as st

from logcov.providers.google import (
    MalformedAnswerError,
    NoCredentialsError,
    Reach,
    classify,
    classify_answer,
    credentials_of_key_file,
    default_credentials,
    plain,
)


def body(message="no", *, reason=None, status=None, detail=None):
    error = {"code": 0, "message": message}
    if reason is not None:
        error["errors"] = [{"reason": reason, "domain": "global"}]
    if status is not None:
        error["status"] = status
    if detail is not None:
        error["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": detail}]
    return json.dumps({"error": error}).encode()


@pytest.mark.parametrize(
    ("status", "content", "kind", "retry"),
    [
        (401, body(), "credentials", False),
        (403, b"", "access-denied", False),
        (403, body(reason="forbidden"), "access-denied", False),
        (403, body(reason="accessNotConfigured"), "api-disabled", False),
        (403, body(detail="SERVICE_DISABLED"), "api-disabled", False),
        (403, body(reason="userRateLimitExceeded"), "throttled", True),
        (403, body(reason="dailyLimitExceeded"), "throttled", False),
        (429, b"", "throttled", True),
        (408, b"", "timeout", True),
        (504, b"", "timeout", True),
        (500, b"", "server-error", True),
        (503, body(), "server-error", True),
        (400, body(), "server-error", False),
        (404, body(), "server-error", False),
        (302, b"", "server-error", False),
    ],
)
def test_a_status_means_one_kind_of_blindness(status, content, kind, retry):
    refusal = classify_answer(status, {}, content)
    assert (refusal.kind, refusal.retry) == (kind, retry)


def test_the_server_says_how_long_to_wait():
    assert classify_answer(429, {"retry-after": "7"}, b"").wait == 7.0
    assert classify_answer(429, {"retry-after": "soon"}, b"").wait is None
    assert classify_answer(429, {}, body("Quota exceeded for 'read requests per minute'")).wait == 30.0


@pytest.mark.parametrize(
    ("error", "kind", "retry"),
    [
        (TimeoutError(), "timeout", True),
        (ConnectionRefusedError(), "server-error", True),
        (httplib2.ServerNotFoundError("x"), "server-error", True),
        (ssl.SSLCertVerificationError("x"), "server-error", False),
        (http.client.IncompleteRead(b"x"), "unparseable", True),
        (json.JSONDecodeError("x", "", 0), "unparseable", True),
        (MalformedAnswerError("odd"), "unparseable", False),
        (NoCredentialsError("the environment variable X is not set"), "credentials", False),
        (exceptions.DefaultCredentialsError("x"), "credentials", False),
        (exceptions.RefreshError("invalid_grant: Bad", {}), "credentials", False),
        (exceptions.RefreshError("unauthorized_client: Client is unauthorized", {}), "access-denied", False),
        (exceptions.TransportError("x"), "server-error", True),
    ],
)
def test_an_exception_means_one_kind_of_blindness(error, kind, retry):
    refusal = classify(error)
    assert refusal is not None
    assert (refusal.kind, refusal.retry) == (kind, retry)


def test_an_exception_that_is_not_googles_doing_is_nobodys_refusal():
    assert classify(RuntimeError("a bug")) is None


def test_what_looks_like_a_credential_is_hidden():
    assert "ya29" not in plain("token ya29.abc-def is bad")
    refusal = classify(exceptions.RefreshError("odd", "ya29.abc"))
    assert refusal is not None
    assert "ya29" not in refusal.detail


@given(st.integers(100, 599), st.binary(max_size=60))
@settings(max_examples=200)
def test_every_answer_is_some_refusal(status, content):
    assert classify_answer(status, {}, content).kind


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda one: (
            st.lists(one)
            | st.dictionaries(
                st.sampled_from(["error", "errors", "details", "reason", "status", "message"]), one
            )
        ),
        max_leaves=8,
    )
)
@settings(max_examples=200)
def test_no_error_body_however_odd_raises(error):
    assert classify_answer(403, {}, json.dumps({"error": error}).encode()).kind


def _tried_again(reach: Reach, error: Exception) -> bool:
    refusal = reach.judged(error, classify(error))
    assert refusal is not None
    return refusal.retry


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        httplib2.ServerNotFoundError(),
        exceptions.TransportError("no route"),
    ],
)
def test_an_endpoint_that_was_never_reached_is_given_up_after_some_tries(error):
    reach = Reach()

    tried = [_tried_again(reach, error) for _ in range(8)]

    assert tried == [True] * (Reach.TRIES - 1) + [False] * (9 - Reach.TRIES)


def test_an_endpoint_that_was_reached_once_is_always_tried_again():
    reach = Reach()
    for _ in range(9):
        _tried_again(reach, ConnectionRefusedError())
    reach.met()

    assert all(_tried_again(reach, ConnectionRefusedError()) for _ in range(9))


def test_what_is_no_matter_of_reach_is_left_as_it_is():
    reach = Reach()

    assert reach.judged(RuntimeError("a bug"), None) is None
    for _ in range(9):
        assert _tried_again(reach, http.client.IncompleteRead(b""))


def test_default_credentials_come_from_where_the_environment_says(monkeypatch, tmp_path):
    adc = {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "t"}
    (tmp_path / "adc.json").write_text(json.dumps(adc))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "adc.json"))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "acme-audit")
    monkeypatch.setenv("GCE_METADATA_DETECT_RETRIES", "7")

    found = default_credentials(["https://www.googleapis.com/auth/cloud-platform"])

    assert found.client_id == "c"
    assert os.environ["GCE_METADATA_DETECT_RETRIES"] == "7"


def test_who_set_nothing_asks_the_metadata_server_once(monkeypatch, tmp_path):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    # Set, then removed: so that whatever the call sets is taken back when the test ends.
    monkeypatch.setenv("GCE_METADATA_DETECT_RETRIES", "7")
    monkeypatch.delenv("GCE_METADATA_DETECT_RETRIES")

    with pytest.raises(exceptions.DefaultCredentialsError):
        default_credentials([])

    assert os.environ["GCE_METADATA_DETECT_RETRIES"] == "1"


@pytest.mark.parametrize("text", ["[]", '"x"', "5", '{"type": "impersonated_service_account"}', "\xff"])
def test_a_credential_file_of_another_form_is_told_as_such(monkeypatch, tmp_path, text):
    (tmp_path / "adc.json").write_text(text, encoding="latin-1")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "adc.json"))
    monkeypatch.setenv("GCE_METADATA_DETECT_RETRIES", "1")

    with pytest.raises((NoCredentialsError, exceptions.DefaultCredentialsError)):
        default_credentials([])


def test_a_folder_in_place_of_a_credential_file_is_told_as_such(monkeypatch, tmp_path):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path))

    with pytest.raises(NoCredentialsError):
        default_credentials([])


@pytest.mark.parametrize("text", ["[]", '"x"', "5", "{}", "\xff", '{"private_key": 5}'])
def test_a_key_file_of_another_form_is_none_and_not_quoted(monkeypatch, tmp_path, text):
    (tmp_path / "key.json").write_text(text, encoding="latin-1")
    monkeypatch.setenv("KEY", str(tmp_path / "key.json"))

    with pytest.raises(NoCredentialsError, match="the file that KEY names is no service account key"):
        credentials_of_key_file("KEY", scopes=[])


def test_an_error_body_of_any_depth_is_read():
    assert classify_answer(403, {}, b"[" * 100_000).kind == "access-denied"
