"""Whether the customer's key that a destination is encrypted with still works.

A destination whose key is disabled or destroyed takes no more records (cloud.google.com/kms/docs/cmek).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Encryption, Unread
from logcov.providers.gcp.client import About, GcpSession
from logcov.providers.gcp.fields import mapping, text
from logcov.providers.gcp.operations import KEYS_GET
from logcov.providers.google import MalformedAnswerError

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


@dataclass(frozen=True, slots=True)
class Sealed:
    """With whose key a destination is encrypted, whether it can take records after that, and what says so."""

    encrypted: Encryption | Unread
    usable: bool | Unread
    because: str
    readings: tuple[str, ...] = ()


def sealed(
    session: GcpSession,
    destination: str,
    body: Mapping[str, Any],
    path: tuple[str, ...],
    usable: bool | Unread,  # noqa: FBT001 - the value of a fact
    about: About,
    because: str = "",
) -> Sealed:
    """What the destination's answer says of its key.

    Args:
        session: to read the key's state with.
        destination: its id.
        body: the answer.
        path: where the key's name stands in it, `("encryption", "defaultKmsKeyName")`; nothing there: Google's key.
        usable: what is known of it so far; only a destination that is usable needs its key looked at.
        about: what the answer is about, for what is odd in it.
        because: why it is not usable, if it is not.
    """
    try:
        key = text(mapping(body, path[0]) if len(path) > 1 else body, path[-1])
    except MalformedAnswerError as error:
        odd = about.odd(path[0], str(error))
        return Sealed(odd, odd if usable is True else usable, because)
    if not key:
        return Sealed("provider", usable, because)
    if usable is not True:
        return Sealed("customer-key", usable, because)
    state = key_state(session, destination, key)
    return Sealed("customer-key", state.works, state.because, state.readings)
