"""What an exception of boto3 means: one pure table, tested case by case."""

from collections.abc import Mapping
from typing import Any

from logcov.errors import BlindKind
from logcov.providers.calls import Refusal

LONGEST_DETAIL = 300

BAD_CREDENTIALS = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "InvalidToken",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
        "UnrecognizedClientException",
        "AuthFailure",
        "NotSignedUp",
    }
)
"""Missing, wrong or expired credentials. In a region that is not enabled AWS answers the same, but observers
run only where a region is known to be enabled (or where somebody asked for it), so nothing is excused here."""

EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})

DENIED_PREFIXES = ("AccessDenied", "UnauthorizedOperation", "AuthorizationError", "NotAuthorized")
DENIED = frozenset({"403", "Forbidden", "AllAccessDisabled", "MethodNotAllowed", "UnauthorizedAccess", "401"})
"""`403` is how botocore names a refusal without a body (HeadBucket). `MethodNotAllowed` is S3's answer to
somebody of another account who asks for a bucket's policy."""

THROTTLED_PREFIXES = ("Throttl", "TooManyRequests", "RequestThrottled")
THROTTLED = frozenset(
    {
        "RequestLimitExceeded",
        "SlowDown",
        "BandwidthLimitExceeded",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "EC2ThrottledException",
        "429",
    }
)
NOT_ENTITLED_PREFIXES = ("OptInRequired", "SubscriptionRequired")
NOT_ENTITLED = frozenset({"AWSOrganizationsNotInUseException"})
TIMED_OUT = frozenset({"RequestTimeout", "RequestTimeoutException"})

SCP_WORDS = "explicit deny in a service control policy"


def classify(error: Exception) -> Refusal | None:
    """What `error` means, or None if it is not the provider's doing (then it is a bug of ours).

    Details hold the provider's words, shortened; of credential errors only the code, because such messages
    can repeat the signed headers, the session token among them.
    """
    from botocore import exceptions as boto
    from botocore.parsers import ResponseParserError

    if isinstance(error, boto.ClientError):
        return _of_answer(error.response)
    if isinstance(error, boto.ParamValidationError):
        return None
    name = type(error).__name__
    if isinstance(
        error,
        boto.NoCredentialsError
        | boto.PartialCredentialsError
        | boto.CredentialRetrievalError
        | boto.ProfileNotFound
        | boto.ConfigNotFound
        | boto.ConfigParseError
        | boto.InvalidConfigError
        | boto.TokenRetrievalError
        | boto.NoAuthTokenError
        | boto.UnknownCredentialError
        | boto.RefreshWithMFAUnsupportedError
        | boto.MetadataRetrievalError
        | boto.SSOError
        | boto.LoginError,
    ):
        return Refusal(kind="credentials", code=name, detail=_of_credentials(error))
    if isinstance(error, boto.ConnectTimeoutError | boto.ReadTimeoutError):
        return Refusal(kind="timeout", code=name, detail="no answer in time", retry=True)
    if isinstance(error, ResponseParserError | boto.IncompleteReadError | boto.ResponseStreamingError):
        return Refusal(kind="unparseable", code=name, detail="the answer is not whole", retry=True)
    if isinstance(error, boto.SSLError | boto.ProxyConnectionError):
        return Refusal(kind="server-error", code=name, detail="no connection to the endpoint")
    if isinstance(error, boto.ConnectionError | boto.HTTPClientError):
        return Refusal(kind="server-error", code=name, detail="no connection to the endpoint", retry=True)
    if isinstance(error, boto.BotoCoreError):
        return Refusal(kind="server-error", code=name, detail=_shortened(str(error)))
    return None


def heard(error: Exception) -> bool | None:
    """Whether the other side answered: it did, if only that it will not; it did not, in all the time that it had.

    None where that cannot be told: nothing was sent, its name is not known, or no connection came about. What is timed
    out by the other side is an answer.
    """
    from botocore import exceptions as boto
    from botocore.parsers import ResponseParserError

    if isinstance(error, boto.ConnectTimeoutError | boto.ReadTimeoutError):
        return False
    answers = (
        boto.ClientError,
        boto.IncompleteReadError,
        boto.ResponseStreamingError,
        ResponseParserError,
    )
    return True if isinstance(error, answers) else None


def _of_answer(response: Mapping[str, Any]) -> Refusal:
    problem = response.get("Error", {})
    facts = response.get("ResponseMetadata", {})
    code = str(problem.get("Code", ""))
    message = str(problem.get("Message", ""))
    status = facts.get("HTTPStatusCode", 0)
    if code in BAD_CREDENTIALS:
        told = "the credentials have expired" if code in EXPIRED else "the credentials were not accepted"
        return Refusal(kind="credentials", code=code, detail=f"{code}: {told}")
    if code.startswith(THROTTLED_PREFIXES) or code in THROTTLED or status == 429:  # noqa: PLR2004
        wait = _seconds(facts.get("HTTPHeaders", {}).get("retry-after"))
        return Refusal(kind="throttled", code=code, detail=_words(code, message), retry=True, wait=wait)
    if code.startswith(NOT_ENTITLED_PREFIXES) or code in NOT_ENTITLED:
        return Refusal(kind="not-entitled", code=code, detail=_words(code, message))
    if code.startswith(DENIED_PREFIXES) or code in DENIED:
        kind: BlindKind = "scp-denied" if SCP_WORDS in message else "access-denied"
        return Refusal(kind=kind, code=code, detail=_words(code, message))
    if code in TIMED_OUT:
        return Refusal(kind="timeout", code=code, detail=_words(code, message), retry=True)
    again = isinstance(status, int) and status >= 500  # noqa: PLR2004
    return Refusal(kind="server-error", code=code, detail=_words(code, message), retry=again)


def _words(code: str, message: str) -> str:
    # EC2 appends an encoded message, long and of no use to a reader.
    told = message.split("Encoded authorization failure message", 1)[0].strip()
    return _shortened(f"{code}: {told}" if told else code)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_DETAIL else line[: LONGEST_DETAIL - 1] + "…"


def _of_credentials(error: Exception) -> str:
    from botocore import exceptions as boto

    if isinstance(error, boto.ProfileNotFound):
        return _shortened(str(error))
    if isinstance(error, boto.NoCredentialsError):
        return "no credentials were found"
    return f"{type(error).__name__}: the credentials could not be loaded"


def _seconds(text: str | None) -> float | None:
    """The value of a Retry-After header in seconds; dates and nonsense are ignored."""
    if text is None or not text.isascii() or not text.isdigit():
        return None
    return float(text)
