"""A session over Google's API client for one Workspace customer: the Reports API and the Policy API."""

import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from logcov.config import WorkspaceTarget
from logcov.errors import BlindKind, ReadFailure
from logcov.inventory import Fact, Ledger, Scope, Unread
from logcov.providers.calls import Once, Patience, Refusal, attempt
from logcov.providers.google import NoCredentialsError, Reach, Transports, ask, classify
from logcov.providers.rows import Operation
from logcov.providers.workspace.credentials import credentials_for, principal

MY_CUSTOMER = "my_customer"
_CUSTOMER = re.compile(r"C[A-Za-z0-9_-]+")

MOST_PAGES = 1000
"""A list with more pages than this is taken for one that never ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method of Google's API client.

    Attributes:
        operation: what it is called in readings and rows; its permission is the OAuth scope.
        api, version: the discovery document.
        collection: the name of its resource.
        items: the field that holds a list's items.
    """

    operation: Operation
    api: str
    version: str
    collection: str
    items: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call gave, and the id of the reading that facts name."""

    data: Any
    reading: str


class WorkspaceSession:
    """Everything that is read of one customer, as one administrator. Safe to share among threads.

    Attributes:
        now: when the session began: the end of every window that is asked about.
    """

    def __init__(self, target: WorkspaceTarget, ledger: Ledger, patience: Patience) -> None:
        self.target = target
        self.ledger = ledger
        self.patience = patience
        self.once = Once()
        self.now = datetime.now(UTC).replace(microsecond=0)
        self._reach = Reach()
        self._lock = threading.Lock()
        self._apis: dict[tuple[str, str], tuple[Any, Transports]] = {}
        self._refused: Exception | None = None

    # --- what collect asks for -----------------------------------------------------------------------------

    def scopes(self) -> Iterator[Fact]:
        """The customer: see `logcov.providers.workspace.scopes`."""
        from logcov.providers.workspace.scopes import scopes

        yield from scopes(self)

    def at(self, scope: Scope, location: str | None) -> "WorkspacePlace":
        """The place that observers work at. Makes no call."""
        return WorkspacePlace(self, scope, location)

    def close(self) -> None:
        """Closes every connection."""
        with self._lock:
            apis = list(self._apis.values())
            self._apis.clear()
        for _, transports in apis:
            transports.close()

    # --- calls ---------------------------------------------------------------------------------------------

    @property
    def configured_customer(self) -> str | None:
        """The customer id that the configuration names; None for `my_customer`."""
        return None if self.target.customer == MY_CUSTOMER else self.target.customer

    def call(self, method: Method, place: str, subject: str = "", **params: Any) -> Answer:
        """Makes one call and gives its JSON object.

        Raises:
            ReadFailure: it failed for good.
        """
        return Answer(self._ask(method, params), self._noted(method, place, subject, 1))

    def pages(self, method: Method, place: str, subject: str = "", **params: Any) -> Answer:
        """Asks for all pages of a list, empty ones included, until no token is left.

        Raises:
            ReadFailure: a page failed, is odd, or leads back to one already read.
        """
        items: list[Any] = []
        tokens: set[str] = set()
        token = ""
        while True:
            body = self._ask(method, {**params, "pageToken": token} if token else params)
            items += _items(method, body)
            token = _next_token(method, body)
            if not token:
                break
            if token in tokens or len(tokens) >= MOST_PAGES:
                raise _odd(method, "the list leads back to a page already read")
            tokens.add(token)
        return Answer(items, self._noted(method, place, subject, len(tokens) + 1))

    # --- below: how a call is made --------------------------------------------------------------------------

    def _noted(self, method: Method, place: str, subject: str, pages: int) -> str:
        identity = principal(self.target)
        self.ledger.identify("workspace", identity)
        return self.ledger.read(method.operation.call, place, subject=subject, identity=identity, pages=pages)

    def _ask(self, method: Method, params: Mapping[str, Any]) -> Mapping[str, Any]:
        if self.configured_customer is not None and not _CUSTOMER.fullmatch(self.configured_customer):
            detail = "the configured customer is neither my_customer nor an id such as C0123abc"
            raise ReadFailure(call=method.operation.call, kind="not-observable", detail=detail)

        def classified(error: Exception) -> Refusal | None:
            refusal = self._reach.judged(error, classify(error))
            if refusal is not None and refusal.kind == "access-denied":
                return replace(refusal, permission=method.operation.permission)
            return refusal

        return attempt(
            lambda: self._ask_once(method, params),
            call=method.operation.call,
            classify=classified,
            patience=self.patience,
        )

    def _ask_once(self, method: Method, params: Mapping[str, Any]) -> Mapping[str, Any]:
        service, transports = self._api(method)
        request = getattr(service, method.collection)().list(**params)
        return ask(lambda: request.execute(http=transports.mine(), num_retries=0), transports, self._reach)

    def _api(self, method: Method) -> tuple[Any, Transports]:
        """The service object and its connections. Made once; a credential of its own, with its one scope.

        Raises:
            google.auth.exceptions.GoogleAuthError: there is no credential.
        """
        from google.auth.exceptions import GoogleAuthError
        from googleapiclient.discovery import build

        key = (method.api, method.version)
        with self._lock:
            if self._refused is not None:
                raise self._refused.with_traceback(None)
            if key not in self._apis:
                try:
                    credentials = credentials_for(self.target, method.operation.permission)
                except (GoogleAuthError, NoCredentialsError) as error:
                    # No scope's fault. Looking again would ask the metadata server, with its timeouts, before every call.
                    self._refused = error
                    raise
                transports = Transports(credentials, direct=self.target.endpoint is not None)
                options = {"universe_domain": credentials.universe_domain}
                if self.target.endpoint is not None:
                    # The service paths of these APIs are empty, so the endpoint stands for the root URL.
                    options["api_endpoint"] = self.target.endpoint.rstrip("/") + "/"
                # The connection given here tells the client whose universe it is in; none is made by it.
                service = build(*key, http=transports.new(), static_discovery=True, client_options=options)
                self._apis[key] = (service, transports)
            return self._apis[key]


def _odd(method: Method, detail: str) -> ReadFailure:
    return ReadFailure(call=method.operation.call, kind="unparseable", detail=detail)


def _items(method: Method, body: Mapping[str, Any]) -> list[Any]:
    items = body.get(method.items, [])
    if not isinstance(items, list):
        raise _odd(method, f"{method.items} is no list")
    return items


def _next_token(method: Method, body: Mapping[str, Any]) -> str:
    token = body.get("nextPageToken", "")
    if not isinstance(token, str):
        raise _odd(method, "nextPageToken is no text")
    return token


@dataclass(frozen=True, slots=True)
class WorkspacePlace:
    """Where an observer works: a customer, which has no locations."""

    session: WorkspaceSession
    scope: Scope
    location: str | None = None

    @property
    def customer(self) -> str:
        """The customer's id, `C0123abc`, or `my_customer` where nothing told it."""
        return self.scope.id.removeprefix("workspace:customers/")

    def pages(self, method: Method, subject: str = "", **params: Any) -> Answer:
        """Asks for a whole list; see `WorkspaceSession.pages`.

        Raises:
            ReadFailure: it failed for good.
        """
        return self.session.pages(method, self.scope.id, subject, **params)

    def unread(self, method: Method, subject: str, kind: BlindKind, detail: str) -> Unread:
        """Notes that an answer does not tell a value, and gives what stands in its place."""
        failure = ReadFailure(call=method.operation.call, kind=kind, detail=detail)
        return self.failed(failure, subject)

    def failed(self, failure: ReadFailure, subject: str, hides: tuple[str, ...] = ()) -> Unread:
        """Notes a failed call."""
        return self.session.ledger.blind(failure, self.scope.id, subject=subject, hides=hides)
