"""How Google's APIs say things: one row per operation, and the shapes of their errors and pages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from logcov.sandbox.exchange import Answer, Request
from logcov.sandbox.paging import BadToken, page, token_of
from logcov.sandbox.world import World

Json = dict[str, Any]
Handle = Callable[[World, Request, Mapping[str, str]], Answer]
"""`handle(world, request, parts)`: `parts` are the named groups of the operation's path."""

STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
}
"""HTTP status → the name of the gRPC code. Source: https://cloud.google.com/apis/design/errors"""

EVERYWHERE = frozenset(
    {"alt", "fields", "key", "prettyPrint", "quotaUser", "userProject", "$.xgafv", "access_token", "callback"}
    | {"oauth_token", "upload_protocol", "uploadType", "userIp"}
)
"""Query parameters that every Google API takes. `fields` is taken and ignored: answers are always whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of one API.

    Attributes:
        name: service, resource and method, as in the discovery document: `logging.sinks.list`.
        provider: `gcp` or `workspace`.
        service: the host that would answer it.
        method: the HTTP method.
        path: a regular expression with named groups, for the whole path.
        place: which groups say whom it asks about; joined by `/`.
        permission: what it takes, in IAM's words, with the groups' names in braces.
        parameters: the query parameters that it knows.
        style: of its errors: `rpc` with `details`, or `legacy` with a list of `errors`.
        handle: what answers it.
    """

    name: str
    provider: Literal["gcp", "workspace"] = "gcp"
    service: str
    method: str = "GET"
    path: str
    place: tuple[str, ...] = ()
    permission: str = ""
    parameters: frozenset[str] = frozenset()
    style: Literal["rpc", "legacy"] = "rpc"
    list_size: str = "pageSize"
    handle: Handle


def google_error(
    status: int,
    message: str,
    *,
    style: Literal["rpc", "legacy"] = "rpc",
    reason: str = "",
    metadata: Mapping[str, str] | None = None,
    headers: tuple[tuple[str, str], ...] = (),
) -> Answer:
    """An error in the shape of Google's newer (`rpc`) or older (`legacy`) APIs.

    `reason` is ErrorInfo's for the newer ones, and that of the one entry of `errors` for the older ones.
    """
    error: Json = {"code": status, "message": message}
    if style == "legacy":
        error["errors"] = [{"message": message, "domain": "global", "reason": reason}]
    else:
        error["status"] = STATUS[status]
        if reason:
            domain = "iam.googleapis.com" if reason == "IAM_PERMISSION_DENIED" else "googleapis.com"
            error["details"] = [
                {
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": reason,
                    "domain": domain,
                    "metadata": dict(metadata or {}),
                }
            ]
    return Answer(status=status, body={"error": error}, headers=headers)


def invalid(message: str, style: Literal["rpc", "legacy"] = "rpc") -> Answer:
    """400: the request makes no sense."""
    return google_error(400, message, style=style, reason="invalid" if style == "legacy" else "")


def missing(message: str, style: Literal["rpc", "legacy"] = "rpc") -> Answer:
    """404: there is no such thing."""
    return google_error(404, message, style=style, reason="notFound" if style == "legacy" else "")


def listed(
    items: Sequence[Any],
    key: str,
    request: Request,
    *,
    world_size: int,
    size: str = "pageSize",
    extra: Mapping[str, Any] | None = None,
    keep: Callable[[Any], bool] | None = None,
    style: Literal["rpc", "legacy"] = "rpc",
    form: Callable[[Sequence[Any]], Any] | None = None,
) -> Answer:
    """One page of a list.

    Args:
        items: the whole list.
        key: the field that holds the items; it is missing where there are none, as in Google's answers.
        request: gives `pageToken` and the page size.
        world_size: the most items of a page in this world.
        size: the name of the page size parameter.
        extra: other fields of the answer.
        keep: applied after the list was cut into pages: filtered pages may be short or empty.
        style: of the error that a wrong token gets.
        form: makes of a page's items what the answer has under `key`, also of none.
    """
    asked = request.query.get(size, "")
    if asked and not asked.isdecimal():
        return invalid(f"Invalid value at '{size}'", style)
    most = min(world_size, int(asked)) if asked and int(asked) else world_size
    try:
        found, following = page(
            items, name=list_name(request), token=request.query.get("pageToken", ""), size=most
        )
    except BadToken:
        return invalid("Invalid value for: page_token", style)
    body: Json = dict(extra or {})
    kept = [item for item in found if keep is None or keep(item)]
    if form is not None:
        body[key] = form(kept)
    elif kept:
        body[key] = kept
    if following:
        body["nextPageToken"] = following
    return Answer(body=body)


def list_name(request: Request) -> str:
    """What tells one list from all others: its path and what it was asked for, page and page size aside."""
    passing = {"pageToken", "pageSize", "maxResults"} | EVERYWHERE
    asked = sorted((key, value) for key, value in request.query.items() if key not in passing)
    return f"{request.path}?{asked}"


def switched_off(service: str, consumer: str) -> Answer:
    """403: the API is off in the project that is asked about.

    Source: https://cloud.google.com/apis/design/errors, ErrorInfo with the reason SERVICE_DISABLED.
    """
    title = service.partition(".")[0]
    return google_error(
        403,
        f"{title} API has not been used in project {consumer.removeprefix('projects/')} before or it is disabled. "
        f"Enable it by visiting https://console.developers.google.com/apis/api/{service}/overview "
        "then retry. If you enabled this API recently, wait a few minutes for the action to propagate "
        "to our systems and retry.",
        style="rpc",
        reason="SERVICE_DISABLED",
        metadata={"service": service, "consumer": consumer},
    )


def empty_first_page(request: Request, extra: Mapping[str, Any] | None = None) -> Answer:
    """A first page without items, whose token leads to what it should have held."""
    return Answer(body={**(extra or {}), "nextPageToken": token_of(list_name(request), 0)})


def iam_policy(
    iam: Mapping[str, Any], etag: str, version: int, extra: Mapping[str, Any] | None = None
) -> Json:
    """An IAM policy as `getIamPolicy` gives it to somebody who asked for this version.

    Below version 3, conditional bindings come without their condition and with a changed role.
    Source: https://cloud.google.com/iam/docs/policies#versions
    """
    bindings = []
    conditional = False
    for binding in iam.get("bindings", ()):
        shown = dict(binding)
        if "condition" in shown:
            conditional = True
            if version < 3:  # noqa: PLR2004  # the version that knows conditions
                shown["role"] = f"{shown['role']}_withcond_{etag.rstrip('=').lower()[-8:]}"
                del shown["condition"]
        bindings.append(shown)
    policy: Json = {**(extra or {}), "version": 3 if conditional and version >= 3 else 1, "etag": etag}  # noqa: PLR2004
    if bindings:
        policy["bindings"] = bindings
    if iam.get("auditConfigs"):
        policy["auditConfigs"] = iam["auditConfigs"]
    return policy
