"""Whether the customer's key that a destination is encrypted with still works.

A destination whose key is disabled or destroyed takes no more records (cloud.google.com/kms/docs/cmek).
"""

import re
from dataclasses import dataclass

from logcov.errors import ReadFailure
from logcov.inventory import Unread
from logcov.providers.gcp.client import GcpSession
from logcov.providers.gcp.operations import KEYS_GET

_KEY = re.compile(
    r"(projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+)(?:/cryptoKeyVersions/[^/]+)?"
)

_GONE = frozenset({"DISABLED", "DESTROYED", "DESTROY_SCHEDULED"})
"""States of a key's primary version in which it encrypts nothing."""


@dataclass(frozen=True, slots=True)
class KeyState:
    """Whether the key works, why not, and what says so."""

    works: bool | Unread
    because: str = ""
    readings: tuple[str, ...] = ()


def key_state(session: GcpSession, destination: str, key: str) -> KeyState:
    """The state of a key, by the name that the destination gives it."""
    about = session.about(KEYS_GET, destination, key)
    found = _KEY.fullmatch(key)
    if found is None:
        return KeyState(about.odd("name", "the key's name is not of the documented form"))
    name = found.group(1)
    try:
        answer = session.once.get(
            ("key", name), lambda: session.get(KEYS_GET, destination, subject=name, name=name)
        )
    except ReadFailure as failure:
        # Keys cannot be deleted, so even "not found" tells nothing but that it was not readable.
        return KeyState(about.failed(failure))
    primary = answer.body.get("primary")
    state = primary.get("state") if isinstance(primary, dict) else None
    if state == "ENABLED":
        return KeyState(works=True, readings=(answer.reading,))
    if state in _GONE:
        return KeyState(works=False, because=f"the key {name} is {state.lower()}", readings=(answer.reading,))
    return KeyState(about.odd("primary.state", f"the state of the key's primary version is {state!r}"))
