"""What an exception of Google's SDK means to Google Cloud: which permission would mend it, and what is absent."""

import re
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from logcov.providers import google
from logcov.providers.calls import Refusal

_PERMISSION = re.compile(
    r"[Pp]ermission\W{1,3}([a-z]\w*(?:\.\w+){2,})|not have ([a-z]\w*(?:\.\w+){2,}) access"
)


def _permission(error: Mapping[str, Any]) -> str:
    """The permission that a denial names: in `ErrorInfo`, or in its words."""
    if "USER_PROJECT_DENIED" in google.reasons_of(error):
        return "serviceusage.services.use"
    details = error.get("details")
    for item in details if isinstance(details, list) else ():
        metadata = item.get("metadata") if isinstance(item, dict) else None
        named = metadata.get("permission") if isinstance(metadata, dict) else None
        if isinstance(named, str):
            return named
    found = _PERMISSION.search(str(error.get("message", "")))
    return (found.group(1) or found.group(2)) if found else ""


def _refused(refusal: Refusal, content: bytes) -> Refusal:
    error = google.error_of(content)
    if refusal.kind == "access-denied":
        return replace(refusal, permission=_permission(error))
    if refusal.code == str(int(HTTPStatus.NOT_FOUND)):
        if not error:
            # A page of some server on the way, not Google's word that the thing does not exist.
            return replace(refusal, code="", detail="HTTP 404 without Google's error")
        # Whether this means "absent" is for the caller to say; as a failure it is "not there, or hidden from us".
        return replace(refusal, kind="access-denied")
    return refusal


def classify(error: Exception) -> Refusal | None:
    """What a failed call means; None for what is not Google's doing (a bug). Pure: it looks at the exception alone.

    HTTP 404 has the code `404`, so that a caller can take it for "absent"; but only if the answer is Google's own.
    """
    from google.auth.exceptions import GoogleAuthError
    from googleapiclient.errors import HttpError

    refusal = google.classify(error)
    if refusal is not None and isinstance(error, HttpError):
        return _refused(refusal, error.content)
    if refusal is not None and isinstance(error, GoogleAuthError) and refusal.kind == "access-denied":
        # Google Cloud is read without domain-wide delegation: whatever the token server says is about credentials.
        detail = f"no usable Google credentials ({refusal.code})"
        return replace(refusal, kind="credentials", detail=detail)
    return refusal
