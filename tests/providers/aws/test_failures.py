import pytest
from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from logcov.providers.aws.failures import SCP_WORDS, classify, heard


def answer(code: str, message: str = "", status: int = 400, **headers: str) -> boto.ClientError:
    facts = {"HTTPStatusCode": status, "HTTPHeaders": headers}
    return boto.ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": facts}, "Do")


@pytest.mark.parametrize(
    ("error", "kind", "retry"),
    [
        (answer("AccessDenied", status=403), "access-denied", False),
        (answer("AccessDeniedException"), "access-denied", False),
        (answer("UnauthorizedOperation", status=403), "access-denied", False),
        (answer("AuthorizationErrorException", status=403), "access-denied", False),
        (answer("403", "Forbidden", 403), "access-denied", False),
        (answer("AccessDeniedException", f"User is not authorized with an {SCP_WORDS}"), "scp-denied", False),
        (answer("UnauthorizedOperation", f"… with an {SCP_WORDS}. Encoded…"), "scp-denied", False),
        (answer("ExpiredToken", status=403), "credentials", False),
        (answer("ExpiredTokenException"), "credentials", False),
        (answer("RequestExpired"), "credentials", False),
        (answer("UnrecognizedClientException"), "credentials", False),
        (answer("InvalidClientTokenId", status=403), "credentials", False),
        (answer("AuthFailure", status=401), "credentials", False),
        (answer("SignatureDoesNotMatch", status=403), "credentials", False),
        (answer("Throttling"), "throttled", True),
        (answer("ThrottlingException"), "throttled", True),
        (answer("RequestLimitExceeded", status=503), "throttled", True),
        (answer("TooManyRequestsException", status=429), "throttled", True),
        (answer("SlowDown", status=503), "throttled", True),
        (answer("SomethingNew", status=429), "throttled", True),
        (answer("OptInRequired"), "not-entitled", False),
        (answer("SubscriptionRequiredException"), "not-entitled", False),
        (answer("AWSOrganizationsNotInUseException"), "not-entitled", False),
        (answer("InternalFailure", status=500), "server-error", True),
        (answer("503", status=503), "server-error", True),
        (answer("NoSuchBucketPolicy", status=404), "server-error", False),
        (answer("RequestTimeout"), "timeout", True),
        (boto.NoCredentialsError(), "credentials", False),
        (boto.PartialCredentialsError(provider="env", cred_var="x"), "credentials", False),
        (boto.ProfileNotFound(profile="audit"), "credentials", False),
        (boto.CredentialRetrievalError(provider="sso", error_msg="x"), "credentials", False),
        (boto.UnauthorizedSSOTokenError(), "credentials", False),
        (boto.ConnectTimeoutError(endpoint_url="http://x"), "timeout", True),
        (boto.ReadTimeoutError(endpoint_url="http://x"), "timeout", True),
        (boto.EndpointConnectionError(endpoint_url="http://x"), "server-error", True),
        (boto.ConnectionClosedError(endpoint_url="http://x"), "server-error", True),
        (boto.SSLError(endpoint_url="http://x", error="x"), "server-error", False),
        (boto.ResponseStreamingError(error="x"), "unparseable", True),
        (boto.IncompleteReadError(actual_bytes=1, expected_bytes=2), "unparseable", True),
        (ResponseParserError("no XML"), "unparseable", True),
        (boto.UnknownRegionError(region_name="x", error_msg="y"), "server-error", False),
    ],
)
def test_what_an_error_means(error: Exception, kind: str, retry: bool) -> None:
    refusal = classify(error)
    assert refusal is not None
    assert (refusal.kind, refusal.retry) == (kind, retry)
    assert len(refusal.detail) <= 300


def test_a_mistake_of_ours_is_no_refusal() -> None:
    assert classify(KeyError("x")) is None
    assert classify(LookupError()) is None
    assert classify(boto.ParamValidationError(report="x")) is None


def test_absent_codes_keep_their_name() -> None:
    refusal = classify(answer("NoSuchLifecycleConfiguration", status=404))
    assert refusal is not None
    assert refusal.code == "NoSuchLifecycleConfiguration"


@pytest.mark.parametrize(("header", "wait"), [("7", 7.0), ("soon", None), ("-1", None), ("²", None)])
def test_a_throttled_caller_waits_as_long_as_it_is_told(header: str, wait: float | None) -> None:
    refusal = classify(answer("Throttling", **{"retry-after": header}))
    assert refusal is not None
    assert refusal.wait == wait


@pytest.mark.parametrize(
    "error",
    [
        answer("SignatureDoesNotMatch", "The canonical string was x-amz-security-token:SECRET"),
        answer("ExpiredToken", "The token SECRET has expired"),
        boto.CredentialRetrievalError(provider="custom-process", error_msg="printed SECRET"),
    ],
)
def test_nothing_secret_gets_into_a_detail(error: Exception) -> None:
    refusal = classify(error)
    assert refusal is not None
    assert "SECRET" not in refusal.detail


def test_an_encoded_message_is_left_out() -> None:
    refusal = classify(
        answer("UnauthorizedOperation", "You may not. Encoded authorization failure message: " + "x" * 900)
    )
    assert refusal is not None
    assert refusal.detail == "UnauthorizedOperation: You may not."


@pytest.mark.parametrize(
    ("error", "answered"),
    [
        (answer("AccessDenied", status=403), True),
        (answer("Throttling"), True),
        (answer("InternalFailure", status=500), True),
        (answer("RequestTimeout"), True),
        (ResponseParserError("no XML"), True),
        (boto.IncompleteReadError(actual_bytes=1, expected_bytes=2), True),
        (boto.ConnectTimeoutError(endpoint_url="http://x"), False),
        (boto.ReadTimeoutError(endpoint_url="http://x"), False),
        (boto.EndpointConnectionError(endpoint_url="http://x"), None),
        (boto.ConnectionClosedError(endpoint_url="http://x"), None),
        (boto.NoCredentialsError(), None),
        (boto.CredentialRetrievalError(provider="sso", error_msg="x"), None),
        (ValueError("a bug"), None),
    ],
)
def test_who_answered(error: Exception, answered: bool | None) -> None:
    assert heard(error) is answered
