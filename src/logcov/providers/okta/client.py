"""A session over Okta's SDK: its request executor only, on an event loop of its own, behind plain calls.

The SDK's typed methods lose a whole list when one field deviates from its models, so answers are taken raw
and read tolerantly. Retries happen outside the SDK.
"""

import asyncio
import json
import logging
import re
import threading
import time
from collections.abc import Coroutine, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from logcov.config import OktaTarget
from logcov.errors import ReadFailure
from logcov.inventory import Fact, Ledger, Scope, Unread
from logcov.providers.calls import Once, Patience, Refusal, attempt
from logcov.providers.okta.answers import Answer, Refused, asked_wait, error_of, is_success, refusal_of
from logcov.providers.okta.signing import base_url, on_loopback, org_host, principal, sdk_config
from logcov.providers.rows import Operation

T = TypeVar("T")

_ADDRESS = re.compile(r"<[^>]*>")

MOST_PAGES = 1000
"""A list with more pages than this is taken for one that never ends."""


def _keeps_quiet(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.CRITICAL


def hold_the_sdk_logger() -> None:
    """Keeps the SDK's logger quiet, whatever level somebody sets: at DEBUG it prints the Authorization header.

    What it has to say of errors is in the failures that the session raises.
    """
    logger = logging.getLogger("okta-sdk-python")
    logger.addFilter(_keeps_quiet)
    logger.setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class _Page:
    """One HTTP answer: decoded body, and the path and query of the next page."""

    data: Any
    following: str | None


def _proxy_for(url: str) -> str | None:
    """The proxy that the environment asks for; the SDK itself ignores `NO_PROXY`, and proxies loopback too."""
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    if on_loopback(url) or proxy_bypass(parts.hostname or ""):
        return None
    return getproxies().get(parts.scheme)


def _path_of(operation: Operation) -> str:
    """The path in the operation's wire name, `GET /api/v1/logStreams`."""
    return operation.wire.removeprefix("GET ")


class OktaSession:
    """Everything that is read of one Okta org, as one identity. Safe to share among threads.

    Calls go out one after the other: Okta limits how many run at once, and answers too many with far resets.
    """

    def __init__(self, target: OktaTarget, ledger: Ledger, patience: Patience) -> None:
        self.target = target
        self.ledger = ledger
        self.patience = patience
        self.host = org_host(target)
        self.once = Once()
        self._base = base_url(target)
        self._identity = principal(target)
        self._turn = threading.Lock()
        self._executors: dict[tuple[str, ...], Any] = {}
        self._http: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    # --- what collect asks for -----------------------------------------------------------------------------

    def scopes(self) -> Iterator[Fact]:
        """The org: see `logcov.providers.okta.scopes`."""
        from logcov.providers.okta.scopes import scopes

        yield from scopes(self.target)

    def at(self, scope: Scope, location: str | None) -> "OktaPlace":
        """The place that observers work at. Makes no call."""
        return OktaPlace(self, scope, location)

    def close(self) -> None:
        """Closes every connection and ends the event loop and its thread."""
        with self._turn:
            if self._loop is None or self._thread is None:
                return
            if self._http is not None:
                self._run(self._http.close())
                self._http = None
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
            self._loop = self._thread = None
            self._executors.clear()

    # --- calls ---------------------------------------------------------------------------------------------

    def call(
        self, operation: Operation, place: str, query: Mapping[str, str], *, subject: str = ""
    ) -> Answer:
        """Makes one call and gives whatever JSON came.

        Raises:
            ReadFailure: it failed for good.
        """
        page = self._ask(operation, _with_query(_path_of(operation), query))
        return Answer(page.data, self._noted(operation, place, subject, 1))

    def pages(
        self, operation: Operation, place: str, query: Mapping[str, str], *, subject: str = ""
    ) -> Answer:
        """Asks for a list and every page of it.

        Raises:
            ReadFailure: a page failed, is no list, or leads back to one already read.
        """
        path = _path_of(operation)
        following: str | None = _with_query(path, query)
        seen: set[str] = set()
        items: list[Any] = []
        while following is not None:
            if following in seen or len(seen) >= MOST_PAGES:
                raise ReadFailure(
                    call=operation.call,
                    kind="unparseable",
                    detail="the list leads back to a page already read",
                )
            if urlsplit(following).path != path:
                raise ReadFailure(
                    call=operation.call, kind="unparseable", detail="the next page is at another path"
                )
            seen.add(following)
            page = self._ask(operation, following)
            if not isinstance(page.data, list):
                raise ReadFailure(call=operation.call, kind="unparseable", detail="the answer is no list")
            items += page.data
            following = page.following
        return Answer(items, self._noted(operation, place, subject, len(seen)))

    # --- below: how a call is made --------------------------------------------------------------------------

    def _noted(self, operation: Operation, place: str, subject: str, pages: int) -> str:
        self.ledger.identify("okta", self._identity)
        return self.ledger.read(operation.call, place, subject=subject, identity=self._identity, pages=pages)

    def _ask(self, operation: Operation, path: str) -> _Page:
        def classify(error: Exception) -> Refusal | None:
            refusal = refusal_of(error)
            if refusal is None or refusal.kind not in {"access-denied", "not-entitled"}:
                return refusal
            return Refusal(
                kind=refusal.kind, code=refusal.code, detail=refusal.detail, permission=operation.permission
            )

        return attempt(
            lambda: self._ask_once(operation, path),
            call=operation.call,
            classify=classify,
            patience=self.patience,
        )

    def _ask_once(self, operation: Operation, path: str) -> _Page:
        with self._turn:
            scopes = (operation.permission,)
            executor = self._executors.get(scopes)
            if executor is None:
                config = sdk_config(self.target, scopes, operation.call)
                executor = self._executors[scopes] = self._started(config, operation.call)
            return self._run(self._fetch(executor, self._base + path))

    def _started(self, config: dict[str, Any], call: str) -> Any:
        """An executor of the SDK, over the one HTTP session of this org.

        Raises:
            ReadFailure: the key is of no use for DPoP.
        """
        from okta.cache.no_op_cache import NoOpCache
        from okta.http_client import HTTPClient
        from okta.request_executor import RequestExecutor

        class Client(HTTPClient):
            """The SDK's client, with the environment's proxy rules instead of its own."""

            def _setup_proxy(self, _proxy: Any) -> str | None:
                return _proxy_for(config["client"]["orgUrl"])

        hold_the_sdk_logger()
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(
                target=self._loop.run_forever, name=f"okta {self.host}", daemon=True
            )
            self._thread.start()

        make: Any = RequestExecutor
        no_cache: Any = NoOpCache

        async def start() -> Any:
            import aiohttp

            if self._http is None:
                self._http = aiohttp.ClientSession()
            made = make(config, no_cache(), Client)
            made.set_session(self._http)
            return made

        try:
            return self._run(start())
        except ValueError as error:
            raise ReadFailure(
                call=call, kind="credentials", detail="the private key is of no use for DPoP"
            ) from error

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        loop = self._loop
        assert loop is not None
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    async def _fetch(self, executor: Any, url: str) -> _Page:
        """One exchange.

        Raises:
            Refused: anything but a success whose body is JSON.
        """
        request = await _signed(executor, url)
        try:
            _, response, body, error = await executor.fire_request(request)
        except (UnicodeDecodeError, LookupError) as odd:
            raise Refused(cause=odd) from odd
        if error is not None:
            raise Refused(cause=error) from error
        if not is_success(response.status):
            raise _refused(response.status, response.headers, body)
        if response.history:
            raise Refused(status=response.history[0].status)
        try:
            data = json.loads(body)
        except (ValueError, RecursionError) as odd:
            raise Refused(status=response.status, body=body, cause=odd) from odd
        return _Page(data, _following(response))


def _with_query(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _refused(status: int, headers: Any, body: str, *, signing_in: bool = False) -> Refused:
    return Refused(
        status=status,
        code=error_of(body)[0],
        body=body,
        wait=asked_wait(headers, headers.getall("X-Rate-Limit-Reset", []), time.time()),
        signing_in=signing_in,
    )


async def _signed(executor: Any, url: str) -> Any:
    """A request that carries its authorization; may ask for an access token first.

    Raises:
        Refused: there was no token to be had.
    """
    from okta.errors.http_error import HTTPError
    from okta.errors.okta_api_error import OktaAPIError

    try:
        request, error = await executor.create_request("GET", url, headers={})
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as odd:
        # The key was tried before, so it is the token endpoint's answer that the SDK trips over.
        raise Refused(cause=Exception("no token"), signing_in=True) from odd
    if error is None:
        return request
    if isinstance(error, OktaAPIError) and error.status is not None:
        headers: Any = error.headers
        raise Refused(
            status=error.status,
            code=str(error.error_code),
            body=json.dumps({"error": str(error.error_code), "error_description": str(error.error_summary)}),
            wait=asked_wait(headers, headers.getall("X-Rate-Limit-Reset", []), time.time()),
            signing_in=True,
        ) from error
    if isinstance(error, HTTPError):
        raise _refused(error.status, error.response_headers, "", signing_in=True) from error
    if isinstance(error, OktaAPIError):
        raise Refused(cause=Exception("no token"), signing_in=True) from error
    raise Refused(cause=error, signing_in=True) from error


def _following(response: Any) -> str | None:
    """Path and query of the next page: its host is never taken over, so that no token goes elsewhere.

    Okta sends two `Link` headers, `self` first; `links` of the answer holds both.

    Raises:
        Refused: a next page is named in a way that cannot be read.
    """
    try:
        link = response.links.get("next")
        if link is not None:
            return str(link["url"].raw_path_qs)
    except (ValueError, KeyError) as odd:
        raise Refused(status=response.status, cause=odd) from odd
    # Anything else that speaks of a next page, outside of the addresses: better no list than half of one.
    if any("next" in _ADDRESS.sub("", value).lower() for value in response.headers.getall("Link", [])):
        raise Refused(status=response.status)
    return None


@dataclass(frozen=True, slots=True)
class OktaPlace:
    """Where an observer works: an org, which has no locations."""

    session: OktaSession
    scope: Scope
    location: str | None = None

    @property
    def host(self) -> str:
        """The org's host, `acme.okta.com`."""
        return self.session.host

    def call(self, operation: Operation, query: Mapping[str, str]) -> Answer:
        """Makes one call; see `OktaSession.call`.

        Raises:
            ReadFailure: it failed for good.
        """
        return self.session.call(operation, self.scope.id, query)

    def pages(self, operation: Operation, query: Mapping[str, str]) -> Answer:
        """Asks for a whole list; see `OktaSession.pages`.

        Raises:
            ReadFailure: it failed for good.
        """
        return self.session.pages(operation, self.scope.id, query)

    def unread(self, failure: ReadFailure, subject: str) -> Unread:
        """Notes that one value could not be read, and gives what stands in its place."""
        return self.session.ledger.blind(failure, self.scope.id, subject=subject)
