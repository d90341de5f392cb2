"""Google's APIs: which operation a request is, what it is answered with, and how its faults read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from logcov.sandbox import (
    google_assets,
    google_bigquery,
    google_compute,
    google_kms,
    google_logging,
    google_monitoring,
    google_pubsub,
    google_resources,
    google_services,
    google_storage,
    google_workspace,
)
from logcov.sandbox.exchange import Answer, Call, Request
from logcov.sandbox.faults import Fault
from logcov.sandbox.google_answers import (
    EVERYWHERE,
    Operation,
    empty_first_page,
    google_error,
    invalid,
    switched_off,
)
from logcov.sandbox.world import World

OPERATIONS: tuple[Operation, ...] = (
    *google_resources.OPERATIONS,
    *google_assets.OPERATIONS,
    *google_logging.OPERATIONS,
    *google_monitoring.OPERATIONS,
    *google_storage.OPERATIONS,
    *google_pubsub.OPERATIONS,
    *google_bigquery.OPERATIONS,
    *google_kms.OPERATIONS,
    *google_compute.OPERATIONS,
    *google_services.OPERATIONS,
    *google_workspace.OPERATIONS,
)
"""Every operation that is answered. No two fit one request, so that one port serves all of Google."""

_ROWS = tuple((operation, re.compile(operation.path)) for operation in OPERATIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, recognised."""

    operation: Operation
    parts: Mapping[str, str]
    call: Call


def recognise(world: World, request: Request) -> Asked | None:
    """The operation that a request is; None if Google has none like it, or the sandbox does not play it."""
    for operation, shape in _ROWS:
        match = shape.fullmatch(request.path) if operation.method == request.method else None
        if not match:
            continue
        parts = {name: value or "" for name, value in match.groupdict().items()}
        place = "/".join(
            request.query.get(part[1:], "") if part.startswith("?") else parts[part]
            for part in operation.place
        )
        call = Call(
            provider=operation.provider,
            operation=operation.name,
            place=world.gcp.canonical(place),
            method=request.method,
            path=request.path,
            page=bool(request.query.get("pageToken")),
        )
        return Asked(operation=operation, parts=parts, call=call)
    return None


def unknown(request: Request) -> Answer:
    """What is said to a request that is no operation."""
    return google_error(404, f"The requested URL {request.path} was not found on this server.")


def answer(world: World, request: Request, asked: Asked) -> Answer:
    """The answer that the world gives. A query parameter that the operation does not know is an error, as at Google."""
    for name in request.query:
        if name not in EVERYWHERE and name not in asked.operation.parameters:
            return invalid(
                f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter.',
                asked.operation.style,
            )
    project = world.gcp.containers.get("/".join(asked.call.place.split("/")[:2]))
    if project is not None and asked.operation.service in project.apis_off:
        return switched_off(asked.operation.service, f"projects/{project.number}")
    return asked.operation.handle(world, request, asked.parts)


def faulty(fault: Fault, request: Request, asked: Asked) -> Answer | None:
    """What this fault is answered with, in the words of the API; None where the right answer is only spoilt.

    Shapes: https://cloud.google.com/apis/design/errors, and
    https://cloud.google.com/storage/docs/json_api/v1/status-codes for the older ones.
    """
    operation, place = asked.operation, asked.call.place
    style = operation.style
    consumer = place if place.startswith("projects/") else "projects/acme-audit"
    match fault.fault:
        case "denied":
            return _denied(operation, fault.permission or operation.permission, place)
        case "api_disabled":
            return switched_off(operation.service, consumer)
        case "throttled":
            headers = () if fault.retry_after is None else (("Retry-After", str(fault.retry_after)),)
            message = f"Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute' of service '{operation.service}'."
            reason = "rateLimitExceeded" if style == "legacy" else "RATE_LIMIT_EXCEEDED"
            metadata = {"service": operation.service, "consumer": consumer}
            return google_error(429, message, style=style, reason=reason, metadata=metadata, headers=headers)
        case "error_500":
            reason = "backendError" if style == "legacy" else ""
            return google_error(500, "Internal error encountered.", style=style, reason=reason)
        case "expired_token":
            return google_error(
                401,
                "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or "
                "other valid authentication credential.",
                style=style,
                reason="authError" if style == "legacy" else "ACCESS_TOKEN_EXPIRED",
                metadata={"service": operation.service},
                headers=(
                    (
                        "WWW-Authenticate",
                        'Bearer realm="https://accounts.google.com/", error="invalid_token"',
                    ),
                ),
            )
        case "empty_page":
            if "pageToken" not in operation.parameters:
                return None
            return empty_first_page(request)
        case _:
            return None


def _denied(operation: Operation, permission: str, place: str) -> Answer:
    """A refusal, as each service words it. Workspace's names a scope rather than a permission."""
    if operation.name == "reports.activities.list":
        message = "Access denied. You are not authorized to read activity records."
        return google_error(403, message, style="legacy", reason="forbidden")
    if operation.provider == "workspace":
        reason = "forbidden" if operation.style == "legacy" else ""
        return google_error(
            403, "Not Authorized to access this resource/api", style=operation.style, reason=reason
        )
    if operation.style == "legacy":
        message = f"Permission '{permission}' denied on resource '{place}' (or it may not exist)."
        reason = "accessDenied" if operation.service.startswith("bigquery") else "forbidden"
        return google_error(403, message, style="legacy", reason=reason)
    return google_error(
        403,
        f"Permission '{permission}' denied on resource '//{operation.service}/{place}' (or it may not exist).",
        reason="IAM_PERMISSION_DENIED",
        metadata={"resource": place, "permission": permission},
    )
