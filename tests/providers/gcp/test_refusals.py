"""What exceptions mean to Google Cloud."""

import httplib2
import pytest
from google.auth import exceptions
from googleapiclient.errors import HttpError

from logcov.providers.gcp.refusals import classify


def http_error(status: int, content: bytes) -> HttpError:
    return HttpError(httplib2.Response({"status": status}), content)


def test_not_found_is_told_by_its_code_only_if_google_itself_says_so() -> None:
    told = classify(http_error(404, b'{"error": {"code": 404, "status": "NOT_FOUND"}}'))
    page = classify(http_error(404, b"<html>no such page</html>"))
    assert told is not None
    assert page is not None
    assert (told.code, told.kind) == ("404", "access-denied")
    assert (page.code, page.kind) == ("", "server-error")


@pytest.mark.parametrize(
    "error",
    [
        exceptions.RefreshError("unauthorized_client: secret-token"),
        exceptions.RefreshError("invalid_grant: secret-token"),
        exceptions.DefaultCredentialsError("secret-token"),
        exceptions.InvalidOperation("secret-token"),
    ],
)
def test_everything_about_credentials_is_of_that_kind_and_tells_nothing_secret(error) -> None:
    refusal = classify(error)
    assert refusal is not None
    assert refusal.kind == "credentials"
    assert "secret-token" not in refusal.detail


def test_what_is_not_googles_doing_is_a_bug_and_goes_on_up() -> None:
    assert classify(KeyError("name")) is None
    assert classify(TypeError("no")) is None


@pytest.mark.parametrize(
    "content", [b"[]", b'{"error": 1}', b'{"error": {"details": [1, {"metadata": 2}]}}', b""]
)
def test_a_denial_of_any_shape_is_a_denial(content) -> None:
    refusal = classify(http_error(403, content))
    assert refusal is not None
    assert (refusal.kind, refusal.permission) == ("access-denied", "")


def test_the_older_wording_of_storage_names_its_permission_too() -> None:
    text = b'{"error": {"message": "a@b does not have storage.buckets.get access to the bucket."}}'
    refusal = classify(http_error(403, text))
    assert refusal is not None
    assert refusal.permission == "storage.buckets.get"
