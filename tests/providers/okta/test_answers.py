"""What a failed call of Okta means."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logcov.providers.okta.answers import asked_wait, classify, error_of, refusal_of


@pytest.mark.parametrize(
    ("status", "code", "kind", "retry"),
    [
        (401, "E0000015", "not-entitled", False),
        (403, "E0000015", "not-entitled", False),
        (401, "E0000011", "credentials", False),
        (401, "", "credentials", False),
        (403, "E0000006", "access-denied", False),
        (403, "", "access-denied", False),
        (429, "E0000047", "throttled", True),
        (408, "", "timeout", True),
        (500, "E0000009", "server-error", True),
        (503, "", "server-error", True),
        (404, "E0000007", "server-error", False),
        (302, "", "server-error", False),
        (200, "", "unparseable", False),
    ],
)
def test_a_status_means_one_kind_of_blindness(status, code, kind, retry):
    refusal = classify(status, code, "", None)
    assert refusal is not None
    assert (refusal.kind, refusal.retry, refusal.code) == (kind, retry, code)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "invalid_scope", "access-denied"),
        (403, "access_denied", "access-denied"),
        (401, "invalid_client", "credentials"),
        (400, "invalid_dpop_proof", "credentials"),
        (429, "E0000047", "throttled"),
        (503, "", "server-error"),
    ],
)
def test_a_refused_sign_in_tells_a_missing_scope_from_bad_credentials(status, code, kind):
    refusal = classify(status, code, "", None, signing_in=True)
    assert refusal is not None
    assert refusal.kind == kind


def test_an_exception_that_is_not_oktas_doing_is_nobodys_refusal():
    assert classify(None, "", "", RuntimeError("a bug")) is None
    assert classify(None, "", "", None) is None
    assert refusal_of(RuntimeError("a bug")) is None


def test_oktas_words_are_in_the_detail():
    body = json.dumps({"errorCode": "E0000006", "errorSummary": "You do not have permission"})
    refusal = classify(403, "E0000006", body, None)
    assert refusal is not None
    assert "You do not have permission" in refusal.detail


def test_the_reset_is_taken_against_the_answers_own_clock():
    headers = {"Date": "Tue, 24 Nov 2026 08:00:00 GMT"}
    at = 1795507200.0  # 2026-11-24T08:00:00Z
    assert asked_wait(headers, [str(int(at) + 7), str(int(at) + 60)], now=0.0) == 8.0


def test_a_reset_in_the_past_is_no_negative_wait():
    assert asked_wait({}, ["1000"], now=5000.0) == 0.0


@pytest.mark.parametrize("resets", [[], ["soon"]])
def test_without_a_readable_header_nothing_is_asked(resets):
    assert asked_wait({}, resets, now=0.0) is None


def test_retry_after_goes_first():
    assert asked_wait({"Retry-After": "3"}, ["9999999999"], now=0.0) == 3.0


@given(st.integers(100, 599), st.text(max_size=12), st.text(max_size=40), st.booleans())
@settings(max_examples=200)
def test_every_answer_is_some_refusal_and_no_text_raises(status, code, body, signing_in):
    assert classify(status, code, body, None, signing_in=signing_in) is not None
    assert len(error_of(body)) == 2
