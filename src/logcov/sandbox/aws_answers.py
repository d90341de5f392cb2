"""AWS answers on the wire: rendered, parsed, cut into pages, and the errors of each protocol.

One walk over botocore's own service models renders any answer in the protocol of its service (JSON, REST-JSON,
query XML, EC2 XML, REST-XML), so that rewriting an answer is a function from dictionary to dictionary, and what
the sandbox says always parses by the shapes that real clients use.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from logcov.sandbox.aws_wire import Answer, Ask, model, paginator

ERRORS = 400
"""HTTP statuses from here on are errors; from 500 on, the service's own."""

ISO = "%Y-%m-%dT%H:%M:%S.000Z"

REQUEST_ID = "5a5a0000-acce-4000-8000-000000000001"
"""In every answer: the world is static, so that one answer serves all who ask the same."""

# --- Answers ----------------------------------------------------------------------------------------------


def render(ask: Ask, content: Mapping[str, Any]) -> Answer:
    """An answer in the protocol of the request. `content` is shaped as boto3 returns it."""
    operation = model(ask.service).operation_model(ask.operation)
    shape = operation.output_shape
    match ask.protocol:
        case "json" | "rest-json":
            kind = f"application/x-amz-json-{operation.service_model.metadata.get('jsonVersion', '1.1')}"
            body = json.dumps(_plain(shape, content) if shape is not None else {}).encode()
            return _answer(200, kind if ask.protocol == "json" else "application/json", body)
        case "ec2":
            inner = f"<requestId>{REQUEST_ID}</requestId>" + _members(shape, content, ec2=True)
            return _answer(200, "text/xml;charset=UTF-8", _document(f"{ask.operation}Response", inner))
        case "query":
            inner = (
                f"<{ask.operation}Result>{_members(shape, content)}</{ask.operation}Result>"
                f"<ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata>"
            )
            return _answer(200, "text/xml", _document(f"{ask.operation}Response", inner))
        case "rest-xml":
            payload = shape.serialization.get("payload")
            if payload is not None:
                shape, content = shape.members[payload], content.get(payload, {})
            root = shape.serialization.get("name", shape.name)
            return _answer(200, "application/xml", _document(root, _members(shape, content)))


def _answer(status: int, kind: str, body: bytes, *more: tuple[str, str]) -> Answer:
    return Answer(status, (("Content-Type", kind), ("x-amzn-RequestId", REQUEST_ID), *more), body)


def _document(root: str, inner: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}>{inner}</{root}>'.encode()


def _plain(shape: Any, value: Any) -> Any:
    """A value as JSON spells it: timestamps are seconds since 1970."""
    match shape.type_name:
        case "structure":
            return {
                member.serialization.get("name", name): _plain(member, value[name])
                for name, member in shape.members.items()
                if value.get(name) is not None
            }
        case "list":
            return [_plain(shape.member, item) for item in value]
        case "map":
            return {key: _plain(shape.value, item) for key, item in value.items()}
        case "timestamp":
            return value.timestamp() if isinstance(value, datetime) else value
        case _:
            # Some services give times as texts.
            return value.strftime(ISO) if isinstance(value, datetime) else value


def _members(shape: Any, content: Mapping[str, Any], *, ec2: bool = False) -> str:
    if shape is None:
        return ""
    return "".join(
        _element(member, content[name], member.serialization.get("name", name), ec2=ec2)
        for name, member in shape.members.items()
        if content.get(name) is not None and "location" not in member.serialization
    )


def _element(shape: Any, value: Any, name: str, *, ec2: bool) -> str:
    match shape.type_name:
        case "structure":
            return f"<{name}>{_members(shape, value, ec2=ec2)}</{name}>"
        case "list":
            if shape.serialization.get("flattened"):
                inner_name = shape.member.serialization.get("name", name)
                return "".join(_element(shape.member, item, inner_name, ec2=ec2) for item in value)
            inner_name = shape.member.serialization.get("name", "item" if ec2 else "member")
            inner = "".join(_element(shape.member, item, inner_name, ec2=ec2) for item in value)
            return f"<{name}>{inner}</{name}>"
        case "map":
            inner = "".join(
                f"<entry><key>{escape(k)}</key>{_element(shape.value, v, 'value', ec2=ec2)}</entry>"
                for k, v in value.items()
            )
            return f"<{name}>{inner}</{name}>"
        case "boolean":
            return f"<{name}>{'true' if value else 'false'}</{name}>"
        case "timestamp":
            text = value.strftime(ISO) if isinstance(value, datetime) else str(value)
            return f"<{name}>{text}</{name}>"
        case _:
            return f"<{name}>{escape(str(value))}</{name}>"


def parse(ask: Ask, answer: Answer) -> dict[str, Any]:
    """What boto3 makes of a successful answer."""
    from botocore.parsers import create_parser

    operation = model(ask.service).operation_model(ask.operation)
    raw = {"status_code": answer.status, "headers": dict(answer.headers), "body": answer.body, "context": {}}
    read: dict[str, Any] = create_parser(ask.protocol).parse(raw, operation.output_shape)
    read.pop("ResponseMetadata", None)
    return read


def error(
    ask: Ask, code: str, message: str, status: int = 400, *, retry_after: float | None = None
) -> Answer:
    """An error body as this protocol spells it, `code` as clients see it in `Error.Code`."""
    more = (("Retry-After", f"{retry_after:g}"),) if retry_after is not None else ()
    what, told = escape(code), escape(message)
    match ask.protocol:
        case "json":
            body = json.dumps({"__type": code, "message": message, "Message": message}).encode()
            return _answer(status, "application/x-amz-json-1.1", body, *more)
        case "rest-json":
            body = json.dumps({"message": message}).encode()
            return _answer(status, "application/json", body, ("x-amzn-ErrorType", code), *more)
        case "ec2":
            inner = f"<Errors><Error><Code>{what}</Code><Message>{told}</Message></Error></Errors><RequestID>{REQUEST_ID}</RequestID>"
            return _answer(status, "text/xml;charset=UTF-8", _document("Response", inner), *more)
        case "query":
            kind = "Sender" if status < ERRORS + 100 else "Receiver"
            inner = f"<Error><Type>{kind}</Type><Code>{what}</Code><Message>{told}</Message></Error><RequestId>{REQUEST_ID}</RequestId>"
            return _answer(status, "text/xml", _document("ErrorResponse", inner), *more)
        case "rest-xml":
            inner = f"<Code>{what}</Code><Message>{told}</Message><RequestId>{REQUEST_ID}</RequestId><HostId>acme</HostId>"
            return _answer(status, "application/xml", _document("Error", inner), *more)


def garbled(answer: Answer) -> Answer:
    """A whole answer that does not parse, in any protocol."""
    return Answer(200, answer.headers, b'{"acme": [<oops')


def misunderstood(headers: Mapping[str, str], message: str) -> Answer:
    """The answer to a request that could not be recognised."""
    code = "MissingAuthenticationToken" if "authorization" not in headers else "UnknownOperationException"
    if "x-amz-target" in headers:
        body = json.dumps({"__type": code, "message": message}).encode()
        return _answer(400, "application/x-amz-json-1.1", body)
    inner = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error><RequestId>{REQUEST_ID}</RequestId>"
    return _answer(400, "text/xml", _document("ErrorResponse", inner))


# --- Pages ------------------------------------------------------------------------------------------------

_TOKEN = re.compile(r"acme-page-(\d{1,4})")


def cut(
    ask: Ask,
    content: Mapping[str, Any],
    sizes: tuple[int, ...],
    *,
    token: str | None,
    limit: int | None,
    empty_first: bool,
) -> dict[str, Any] | None:
    """One page of a whole answer.

    Args:
        ask: the request.
        content: the answer with all items.
        sizes: how many items the pages have; one more holds the rest.
        token: which page is asked for; None: the first.
        limit: no page is longer.
        empty_first: an empty page comes before the first.

    Returns:
        The page, shaped as boto3 returns it; None if this list never gave out such a token.
    """
    paging = paginator(ask.service, ask.operation)
    assert paging is not None, "only lists with pages are cut"
    items = content.get(paging["result_key"]) or []
    starts = _starts(len(items), sizes, limit)
    index = -1 if empty_first else 0
    if token is not None:
        fit = _TOKEN.fullmatch(token)
        if fit is None or int(fit.group(1)) >= len(starts):
            return None
        index = int(fit.group(1))
    last = index == len(starts) - 1
    page = dict(content)
    page[paging["result_key"]] = (
        [] if index < 0 else items[starts[index] : None if last else starts[index + 1]]
    )
    page.pop(paging["output_token"], None)
    if not last:
        page[paging["output_token"]] = f"acme-page-{index + 1}"
    if "more_results" in paging:
        page[paging["more_results"]] = not last
    return page


def _starts(count: int, sizes: tuple[int, ...], limit: int | None) -> list[int]:
    """Where the pages of `count` items start."""
    starts, at = [], 0
    for size in (*sizes, count):
        end = min(count, at + size)
        starts.append(at)
        while limit is not None and end - at > limit:
            at += limit
            starts.append(at)
        at = end
    return starts
