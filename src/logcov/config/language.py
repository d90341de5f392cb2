"""The shape of `logcov.yaml`: which keys there are, and what each may hold.

Importing this module imports pydantic. Secrets are never part of the file: the keys under which people
tend to put them are known, and refused with the name of the key that takes an environment variable.
No message repeats a value that could be one.
"""

import ipaddress
import re
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from logcov.documents.strict import Many, NameOr, Some, Strict, Text, Word

_NOT_HERE = "a secret does not belong in this file"


def _instead(key: str) -> str:
    return f"{_NOT_HERE}; put it into an environment variable and name that with `{key}`"


_SECRETS = dict.fromkeys(
    ("password", "secret", "key", "token", "access_token", "client_secret", "credentials_json"), _NOT_HERE
)
_GOOGLE = {
    **_SECRETS,
    **{
        word: _instead("key_file_env") + " (the path of the key file)"
        for word in ("private_key", "private_key_id", "key", "key_file", "key_json", "service_account_key")
    },
}
_AWS = {
    **_SECRETS,
    **dict.fromkeys(
        (
            "access_key",
            "access_key_id",
            "aws_access_key_id",
            "secret_key",
            "secret_access_key",
            "aws_secret_access_key",
            "session_token",
            "aws_session_token",
        ),
        f"{_NOT_HERE}; use a `profile`, or boto3's usual chain",
    ),
    "external_id": _instead("external_id_env"),
}
_OKTA = {
    **_SECRETS,
    **{word: _instead("private_key_env") for word in ("private_key", "privateKey", "key", "jwk", "pem")},
    **{word: _instead("api_token_env") for word in ("api_token", "apiToken", "token", "ssws")},
}


def _complain(message: str) -> PydanticCustomError:
    return PydanticCustomError("shape", message)


def _env(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value):
        raise _complain(
            "must be the name of an environment variable, such as `OKTA_API_TOKEN`, not a secret itself"
        )
    return value


def _url(value: Any) -> SplitResult:
    """The parts of a URL that is no more than scheme, host, port and path."""
    try:
        # `urlsplit` drops line breaks and tabs, and takes blanks for a part of the host.
        parts = urlsplit(value) if isinstance(value, str) and re.fullmatch(r"[!-~]+", value) else None
        if parts is not None and parts.port == 0:
            parts = None
    except ValueError:
        parts = None
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise _complain("must be a URL such as `https://acme.okta.com`")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise _complain("must hold no user name, password, query or fragment")
    return parts


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _endpoint(value: Any) -> str:
    parts = _url(value)
    if parts.scheme == "http" and not _loopback(str(parts.hostname)):
        raise _complain(
            "must begin with `https://`; plain http is accepted for loopback (127.0.0.1, localhost) alone"
        )
    return str(value).rstrip("/")


def _org_url(value: Any) -> str:
    parts = _url(value)
    host = str(parts.hostname)
    if parts.scheme != "https":
        raise _complain("must begin with `https://`")
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", host):
        raise _complain("must name a host such as `acme.okta.com`")
    if parts.path.strip("/") or parts.port is not None:
        raise _complain(f"must hold nothing after the host name: `https://{host}`")
    if host.split(".", maxsplit=1)[0].endswith("-admin"):
        plain = host.replace("-admin.", ".", 1)
        raise _complain(f"must not be the address of the admin console; write `https://{plain}`")
    return f"https://{host}"


def _number(what: str) -> BeforeValidator:
    def read(value: Any) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and re.fullmatch(r"[1-9][0-9]{0,24}", value):
            return value
        raise _complain(f'must be the {what}\'s number in quotes, without prefix, such as `"123456789012"`')

    return BeforeValidator(read, json_schema_input_type=str | int)


def _account(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch("[0-9]{12}", value):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        raise _complain("must be in quotes: account ids are text, and may begin with 0")
    raise _complain('must be an account id of 12 digits, such as `"111122223333"`')


def _project(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(
        r"([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]|[1-9][0-9]{0,24}", value
    ):
        return value
    raise _complain("must be a project id such as `acme-prod`, without prefix")


def _role(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_+=,.@/-]{1,512}", value) and value.strip("/"):
        return value.strip("/")
    raise _complain(
        "must be the name of a role, such as `LogcovReader`, not its ARN: it is assumed in each account"
    )


def _regions(value: Any) -> Any:
    if value == []:
        raise _complain("must not be empty")
    return () if value == "all" else value


def _is_region(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[a-z]{2}(-[a-z]+)+-[0-9]+", value) is not None


def _region(value: Any) -> Any:
    if _is_region(value):
        return value
    raise _complain("must be the name of a region, such as `eu-west-1`; or write `regions: all`")


def _one_region(value: Any) -> Any:
    if _is_region(value):
        return value
    raise _complain("must be the name of a region, such as `eu-west-1`")


def _aggregator(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value):
        return value
    raise _complain("must be the name of a Config aggregator, such as `acme-org`, not its ARN")


def _organization(value: Any) -> bool:
    if value is not True:
        raise _complain("must be `true`, or be left out")
    return True


Env = Annotated[str, BeforeValidator(_env)]
Account = Annotated[str, BeforeValidator(_account)]
OneRegion = Annotated[str, BeforeValidator(_one_region)]
Endpoint = Annotated[str, BeforeValidator(_endpoint)]


class CredentialsShape(Strict):
    """How to become somebody at Google."""

    refused: ClassVar = _GOOGLE
    impersonate: Text | None = None
    key_file_env: Env | None = None


def _credentials(value: Any) -> Any:
    if isinstance(value, str) and value != "adc":
        raise _complain("must be `adc`, {impersonate: …} or {key_file_env: …}")
    return value


Credentials = Annotated[NameOr[CredentialsShape], BeforeValidator(_credentials)]


class GcpShape(Strict):
    """A Google Cloud organisation, a folder, or some projects."""

    refused: ClassVar = _GOOGLE
    organization: Annotated[str, _number("organization")] | None = None
    folder: Annotated[str, _number("folder")] | None = None
    projects: Some[Annotated[str, BeforeValidator(_project)]] = ()
    quota_project: Text | None = None
    credentials: Credentials | None = None
    read: Literal["direct", "asset-inventory", "auto"] = "auto"
    endpoint: Endpoint | None = None


class AggregatorShape(Strict):
    """A Config aggregator: its name, and where it is."""

    refused: ClassVar = _AWS
    name: Annotated[str, BeforeValidator(_aggregator)]
    account: Account
    region: OneRegion


class TelemetryShape(Strict):
    """CloudWatch's telemetry configuration of an organisation: who may ask for it, and where it is evaluated."""

    refused: ClassVar = _AWS
    account: Account
    regions: Some[OneRegion]


class ShortcutsShape(Strict):
    """Services that know an organisation's resources from earlier. What they say is never judged."""

    refused: ClassVar = _AWS
    config_aggregator: AggregatorShape | None = None
    telemetry: TelemetryShape | None = None


class AwsShape(Strict):
    """An AWS organisation, some accounts, or the caller's own account."""

    refused: ClassVar = _AWS
    organization: Annotated[bool, BeforeValidator(_organization)] = False
    accounts: Some[Account] = ()
    profile: Text | None = None
    role: Annotated[str, BeforeValidator(_role)] | None = None
    external_id_env: Env | None = None
    regions: Annotated[Many[Annotated[str, BeforeValidator(_region)]], BeforeValidator(_regions)] = ()
    shortcuts: ShortcutsShape | None = None
    endpoint: Endpoint | None = None


class OktaAuthShape(Strict):
    """A service app with a private key, or an API token; each named by an environment variable."""

    refused: ClassVar = _OKTA
    client_id: Text | None = None
    key_id: Text | None = None
    private_key_env: Env | None = None
    dpop: bool = False
    api_token_env: Env | None = None


class OktaShape(Strict):
    """An Okta org."""

    refused: ClassVar = _OKTA
    org_url: Annotated[str, BeforeValidator(_org_url)]
    auth: OktaAuthShape | None = None
    labels: dict[str, Word] = Field(default={})
    endpoint: Endpoint | None = None


class WorkspaceShape(Strict):
    """A Google Workspace customer."""

    refused: ClassVar = _GOOGLE
    customer: Text = "my_customer"
    subject: Text | None = None
    credentials: Credentials | None = None
    labels: dict[str, Word] = Field(default={})
    endpoint: Endpoint | None = None


def _version(value: Any) -> int:
    if type(value) is bool or not isinstance(value, int) or value != 1:
        raise _complain("must be `1`, the only version that this logcov knows")
    return 1


class ConfigShape(Strict):
    """All of `logcov.yaml`."""

    refused: ClassVar = _SECRETS
    version: Annotated[int, BeforeValidator(_version)]
    policies: Some[Text] = ()
    gcp: Some[GcpShape] = ()
    aws: Some[AwsShape] = ()
    okta: Some[OktaShape] = ()
    workspace: Some[WorkspaceShape] = ()
