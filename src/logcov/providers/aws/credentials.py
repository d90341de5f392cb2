"""Whose credentials sign a call: decided per call, through a context variable.

The shared clients are given a stand-in for credentials. Where nobody decided, signing raises, so that no call
is ever made as the wrong account.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

FRESH_ENOUGH = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Key:
    """What signs a call. `repr` shows nothing secret."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    account_id: str | None = None


_SIGNER: ContextVar[Any] = ContextVar("signer")


class SwappedCredentials:
    """Stands in for botocore's credentials and gives, at each signing, those of the calling context."""

    access_key = "swapped"
    secret_key = "swapped"  # noqa: S105
    token = None
    account_id = None
    method = "swapped"

    def get_frozen_credentials(self) -> Any:
        """The credentials of this context.

        Raises:
            LookupError: nobody said whose; a call is better not made than made as somebody else.
        """
        return _SIGNER.get()

    def get_deferred_property(self, name: str) -> Callable[[], Any]:
        """What botocore asks for when it resolves an endpoint: a property, read when it is needed."""
        return lambda: getattr(_SIGNER.get(), name, None)


class SwappedProvider:
    """The credential provider that the shared botocore session is given in place of its own chain."""

    def load_credentials(self) -> SwappedCredentials:
        """Called by botocore whenever a client is made."""
        return SwappedCredentials()


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who the target's own credentials are: `sts:GetCallerIdentity`. Whoever makes one sees that `arn` is an ARN."""

    account: str
    arn: str

    @property
    def partition(self) -> str:
        """The part of AWS that the caller is in: `aws`, `aws-us-gov`, `aws-cn`."""
        return self.arn.split(":", 2)[1]


@contextmanager
def signing_as(key: Any) -> Iterator[None]:
    """Calls made inside are signed with this key (or botocore's own frozen credentials)."""
    token = _SIGNER.set(key)
    try:
        yield
    finally:
        _SIGNER.reset(token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Whose credentials, and how to get them at the moment of a call."""

    identity: str
    lend: Callable[[], Any]


class AssumedRole:
    """A role taken in one account, and taken again before it ends."""

    def __init__(self, assume: Callable[[], tuple[Key, str, datetime]]) -> None:
        self._assume = assume
        self._lock = threading.Lock()
        self._key, self.arn, self._ends = assume()

    def lend(self) -> Key:
        """The role's credentials, good for some minutes at least."""
        with self._lock:
            if self._ends - datetime.now(UTC) < FRESH_ENOUGH:
                self._key, self.arn, self._ends = self._assume()
            return self._key
