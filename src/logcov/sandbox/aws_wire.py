"""AWS requests on the wire: which operation of which service, asked by which account and in which region.

Whatever can be read off botocore's own service models is read off them; botocore is imported on first use.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import parse_qsl, quote, urlencode

Protocol = Literal["json", "rest-json", "query", "ec2", "rest-xml"]

SIGNING_NAMES = {
    "access-analyzer": "accessanalyzer",
    "airflow": "mwaa",
    "elasticloadbalancing": "elbv2",
    "elasticmapreduce": "emr",
    "es": "opensearch",
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
}
"""Signing name → botocore's service name, where they differ."""

ACTION_PREFIXES = {"monitoring": "cloudwatch", "tagging": "tag"}
"""Signing name → prefix of IAM actions, where they differ."""

S3_ACTIONS = {
    "ListBuckets": "ListAllMyBuckets",
    "HeadBucket": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "HeadObject": "GetObject",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
}
"""S3 operation → IAM action, where they differ. Source: S3 API reference, "Required permissions by operation"."""

UNLISTED_PAGINATORS: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("cloudtrail", "ListEventDataStores"): {
        "input_token": "NextToken",
        "output_token": "NextToken",
        "limit_key": "MaxResults",
        "result_key": "EventDataStores",
    },
    ("cloudtrail", "ListChannels"): {
        "input_token": "NextToken",
        "output_token": "NextToken",
        "limit_key": "MaxResults",
        "result_key": "Channels",
    },
}
"""Lists with tokens for which botocore ships no paginator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request, understood.

    Attributes:
        service: botocore's service name; `signing` is the name in the signature.
        operation: the API's own name of the operation, `GetBucketLifecycleConfiguration`.
        action: the IAM action, `s3:GetLifecycleConfiguration`.
        account: whose credentials signed it; `access_key` is the key id that did.
        params: what is asked: the JSON body, the form, or (REST) path and query parameters by their wire names.
        headers: names in lower case.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    signing: str
    service: str
    operation: str
    action: str
    protocol: Protocol
    account: str
    region: str
    access_key: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, ...]:
        """What makes two requests the same one."""
        expected = self.headers.get("x-amz-expected-bucket-owner", "")
        return (
            self.account,
            self.region,
            self.signing,
            self.operation,
            self.method,
            self.path,
            self.query,
            self.body.decode("latin-1"),
            expected,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: status, headers without Content-Length, body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Unrecognised(Exception):
    """A request that no AWS client sends: unsigned, or of an operation that its service does not have."""


# --- Models -----------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def loader() -> Any:
    """Botocore's reader of models, one for everybody here: it keeps what it has read, and models are large."""
    from botocore.loaders import Loader

    return Loader()


@lru_cache(maxsize=64)
def model(service: str) -> Any:
    """The model of a service, as botocore has it.

    Raises:
        Unrecognised: botocore knows no such service.
    """
    from botocore.exceptions import UnknownServiceError
    from botocore.model import ServiceModel

    try:
        return ServiceModel(loader().load_service_model(service, "service-2"), service)
    except UnknownServiceError as error:
        raise Unrecognised(f"no service signs as {service}") from error


@lru_cache(maxsize=256)
def paginator(service: str, operation: str) -> Mapping[str, Any] | None:
    """How a list is paged, or None if it is not: `input_token`, `output_token`, `result_key`, `limit_key`."""
    from botocore.exceptions import DataNotFoundError, UnknownServiceError

    if (service, operation) in UNLISTED_PAGINATORS:
        return UNLISTED_PAGINATORS[service, operation]
    try:
        pages = loader().load_service_model(service, "paginators-1")["pagination"]
    except (DataNotFoundError, UnknownServiceError):
        return None
    found: Mapping[str, Any] | None = pages.get(operation)
    return (
        found
        if found and isinstance(found["result_key"], str) and isinstance(found["input_token"], str)
        else None
    )


# --- Requests ---------------------------------------------------------------------------------------------

_SCOPE = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/,\s]+)/([^/,\s]+)/aws4_request")
_ACCOUNT_IN_KEY = re.compile(r"A[KS]IA(\d{12})")


def key_for(account: str) -> str:
    """The access key id of a session in this account. Like real ones, it holds the account's number."""
    return f"ASIA{account}ACME"


def recognise(
    method: str, path: str, query: str, headers: Mapping[str, str], body: bytes, *, caller: str
) -> Ask:
    """What a request asks for. Keys that name no account belong to `caller`.

    Raises:
        Unrecognised: it is not signed by SigV4, or names no operation that its service has.
    """
    scope = _SCOPE.search(headers.get("authorization", ""))
    if scope is None:
        raise Unrecognised("the request is not signed (AWS Signature Version 4)")
    access_key, region, signing = scope.groups()
    service = _service(signing, path, body)
    found = _ACCOUNT_IN_KEY.match(access_key)
    operation, protocol, params = _operation(service, method, path, query, headers, body)
    named = S3_ACTIONS.get(operation, operation) if service == "s3" else operation
    if service == "s3control":
        named = operation.replace("Get", "GetAccount", 1)
    if signing == "apigateway":
        named = method  # the actions of API Gateway are HTTP methods
    return Ask(
        method=method,
        path=path,
        query=query,
        headers=headers,
        body=body,
        signing=signing,
        service=service,
        operation=operation,
        action=f"{ACTION_PREFIXES.get(signing, signing)}:{named}",
        protocol=protocol,
        account=found.group(1) if found else caller,
        region=region,
        access_key=access_key,
        params=params,
    )


def _service(signing: str, path: str, body: bytes) -> str:
    """Botocore's name of the service. Three pairs of them sign alike."""
    if signing == "elasticloadbalancing" and b"Version=2012-06-01" in body:
        return "elb"
    if signing == "apigateway" and path.startswith("/v2/"):
        return "apigatewayv2"
    if signing == "s3" and path.startswith("/v20180820/"):
        return "s3control"
    return SIGNING_NAMES.get(signing, signing)


def _operation(
    service: str, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
) -> tuple[str, Protocol, Mapping[str, Any]]:
    target = headers.get("x-amz-target")
    if target is not None:
        return target.rpartition(".")[2], "json", _json(body)
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        if "Action" in form:
            return form["Action"], "ec2" if service == "ec2" else "query", form
    operation, params = _rest(service, method, path, query)
    protocol: Protocol = "rest-xml" if model(service).metadata["protocol"] == "rest-xml" else "rest-json"
    return operation, protocol, {**params, **(_json(body) if protocol == "rest-json" else {})}


def _json(body: bytes) -> Mapping[str, Any]:
    if not body:
        return {}
    try:
        read = json.loads(body)
    except ValueError as error:
        raise Unrecognised("the body is not JSON") from error
    if not isinstance(read, dict):
        raise Unrecognised("the body is not a JSON object")
    return read


@lru_cache(maxsize=32)
def _routes(service: str) -> tuple[tuple[str, re.Pattern[str], Mapping[str, str], str], ...]:
    """(method, pattern of the path, query parameters that are part of the address, operation), closest first."""
    rows = []
    known = model(service)
    for name in known.operation_names:
        http = known.operation_model(name).http
        path, _, query = http["requestUri"].partition("?")
        pieces = re.split(r"\{(\w+)(\+?)\}", path)
        pattern = "".join(
            re.escape(pieces[i])
            + (f"(?P<{pieces[i + 1]}>{'.+' if pieces[i + 2] else '[^/]+'})" if i + 1 < len(pieces) else "")
            for i in range(0, len(pieces), 3)
        )
        fixed = dict(parse_qsl(query, keep_blank_values=True))
        rows.append((http["method"], re.compile(pattern.rstrip("/") + "/?"), fixed, name))
    # Many fixed query parameters beat few, literal paths beat open ones; then names, for one order everywhere.
    # An operation that lists one kind of thing of a bucket with an id in its query (`?analytics&id=`) comes
    # after its plural in the models of S3 and is never asked for here.
    return tuple(sorted(rows, key=lambda row: (-len(row[2]), row[1].pattern.count("(?P"), row[3])))


def _rest(service: str, method: str, path: str, query: str) -> tuple[str, Mapping[str, Any]]:
    asked = dict(parse_qsl(query, keep_blank_values=True))
    for wanted, pattern, fixed, name in _routes(service):
        if wanted != method or not all(asked.get(k) == v or (not v and k in asked) for k, v in fixed.items()):
            continue
        fit = pattern.fullmatch(path or "/")
        if fit is not None:
            return name, {**asked, **fit.groupdict()}
    raise Unrecognised(f"{service} has no operation {method} {path}")


def with_params(ask: Ask, *, without: Iterable[str]) -> Ask:
    """The same request without some of its parameters (tokens and limits, by their names in the model)."""
    gone = {_wire_name(ask, name) for name in without}
    params = {k: v for k, v in ask.params.items() if k not in gone}
    if len(params) == len(ask.params):
        return ask
    if ask.protocol in ("rest-xml", "rest-json"):
        left = [(k, v) for k, v in parse_qsl(ask.query, keep_blank_values=True) if k not in gone]
        query = "&".join(f"{quote(k)}={quote(v)}" if v else quote(k) for k, v in left)
        body = ask.body
        if ask.protocol == "rest-json" and body:
            body = json.dumps({k: v for k, v in _json(body).items() if k not in gone}).encode()
        return replace(ask, query=query, params=params, body=body)
    spelled = urlencode(params) if ask.protocol in ("query", "ec2") else json.dumps(params)
    return replace(ask, params=params, body=spelled.encode())


def as_account(ask: Ask, account: str) -> Ask:
    """The same request, asked by another account."""
    return replace(ask, account=account)


def token_of(ask: Ask, name: str) -> str | None:
    """The page token in a request; `name` is the parameter's name in the model."""
    found = ask.params.get(_wire_name(ask, name))
    return found if isinstance(found, str) and found else None


def limit_of(ask: Ask, name: str) -> int | None:
    """The largest page that a request allows; `name` is the parameter's name in the model."""
    found = ask.params.get(_wire_name(ask, name))
    return int(found) if isinstance(found, int) or (isinstance(found, str) and found.isdecimal()) else None


def _wire_name(ask: Ask, name: str) -> str:
    if ask.protocol not in ("rest-xml", "rest-json"):
        return name
    member = model(ask.service).operation_model(ask.operation).input_shape.members[name]
    return str(member.serialization.get("name", name))
