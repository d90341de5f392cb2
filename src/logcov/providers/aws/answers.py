"""Answers that are not whole, and what a failed call still tells."""

import json
from collections.abc import Mapping
from typing import Any

from logcov.errors import ReadFailure


def unparseable(call: str, detail: str) -> ReadFailure:
    """The failure of an answer that lacks what it should hold."""
    return ReadFailure(call=call, kind="unparseable", detail=detail)


def headers_of(failure: ReadFailure) -> Mapping[str, str]:
    """The headers of the answer that a failure was made of, in lower case; none if there was no answer."""
    response = getattr(failure.__cause__, "response", None) or {}
    headers: Mapping[str, str] = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return headers


def refuse_half_an_answer(**event: Any) -> None:
    """Runs before botocore parses an answer, and refuses one that is cut off.

    botocore takes a body that is no JSON for an object without any known field: a cut-off list of trails
    would read as "no trails". An empty XML body is taken for an empty answer likewise.

    Raises:
        ResponseParserError: the answer is not whole; retried, then a blind spot.
    """
    from botocore.parsers import ResponseParserError

    operation_model, response_dict = event["operation_model"], event["response_dict"]
    shape = operation_model.output_shape
    if response_dict["status_code"] >= 300 or shape is None:  # noqa: PLR2004
        return
    if all(member.serialization.get("location") for member in shape.members.values()):
        return  # everything is in the headers (HeadBucket)
    body = response_dict["body"]
    if not body:
        raise ResponseParserError("the answer is empty")
    if operation_model.service_model.resolved_protocol in {"json", "rest-json"}:
        try:
            whole = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise ResponseParserError("the answer is no JSON") from error
        if not isinstance(whole, dict):
            raise ResponseParserError("the answer is no JSON object")
