"""A session over Google's API client: transports, credentials, paging, and one answer for many askers."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from keyword import iskeyword
from typing import Any

from logcov.config import GcpTarget
from logcov.errors import ReadFailure
from logcov.inventory import Fact, Ledger, Scope, Unread
from logcov.providers import google
from logcov.providers.calls import Once, Patience, Refusal, attempt
from logcov.providers.gcp.answers import About, Answer, Listed
from logcov.providers.gcp.assets import SERVICE, Assets
from logcov.providers.gcp.credentials import credentials_for, principal_of
from logcov.providers.gcp.operations import (
    CONTAINER_GET,
    CONTAINER_POLICY,
    SINKS_LIST,
    Method,
)
from logcov.providers.gcp.pacing import Pace
from logcov.providers.gcp.refusals import classify
from logcov.providers.google import NoCredentialsError, Reach, Transports, on_loopback

__all__ = ["About", "Answer", "GcpPlace", "GcpSession", "Listed", "classify"]

PAGE_SIZE = 500
"""Items asked for at once. Servers may give fewer; only a missing `nextPageToken` ends a list."""

SERVICE_PATHS = {"compute": "compute/v1/", "storage": "storage/v1/", "bigquery": "bigquery/v2/"}
"""`api_endpoint` replaces the root URL *and* the service path, which only these APIs have."""

GET_POLICY_BODY = {"options": {"requestedPolicyVersion": 3}}
GET_POLICY_QUERY = {"options_requestedPolicyVersion": 3}
"""Version 3 shows conditions; lower versions silently leave conditional bindings out."""


def _classify_call(method: Method, error: Exception) -> Refusal | None:
    """`classify`, naming the permission that the method takes where Google's answer names none."""
    refusal = classify(error)
    if refusal is not None and refusal.kind == "access-denied" and not refusal.permission:
        return replace(refusal, permission=method.operation.permission or method.operation.call)
    return refusal


class GcpSession:
    """Everything that is read of one Google Cloud target, as one identity. Safe to share among threads."""

    def __init__(
        self, target: GcpTarget, ledger: Ledger, patience: Patience, *, timeout: float = google.TIMEOUT
    ) -> None:
        self.target = target
        self._timeout = timeout
        self.ledger = ledger
        self.patience = patience
        self.once = Once()
        self.projects: dict[str, str] = {}
        """Project number → project id, of every project that was seen."""
        self.audited: dict[str, Unread | None] = {}
        """Scope id of every audited scope → why its project number is not known; None where it is, or has none."""
        self.parents: dict[str, str] = {}
        """Scope id of everything below the target's root → the id of what is right above it."""
        self.unlisted: list[Unread] = []
        """Why parts of the audited tree could not be listed."""
        self.unlisted_accounts: list[Unread] = []
        """Why the billing accounts of the audited organisation could not all be listed."""
        self.all_targets: Sequence[GcpSession] = (self,)
        """The sessions of all Google Cloud targets of the audit: one may read what another one's project owns."""
        self.assets: Assets | None = None
        """What stands in for direct answers; None where every answer is a direct one."""
        if target.read == "asset-inventory":
            self.ask_assets()
        self._reach = Reach()
        self._pace = Pace(patience.pause)
        self._lock = threading.Lock()
        self._no_credentials: Exception | None = None
        self._identity = ""
        self._transports: Transports | None = None
        self._services: dict[tuple[str, str], Any] = {}
        self._collections: dict[tuple[str, str, tuple[str, ...]], Any] = {}

    # --- what collect asks for -----------------------------------------------------------------------------

    def scopes(self) -> Iterator[Fact]:
        """The scopes of the target: see `logcov.providers.gcp.scopes`."""
        from logcov.providers.gcp.scopes import scopes

        yield from scopes(self)

    def at(self, scope: Scope, location: str | None) -> "GcpPlace":
        """The place that observers work at. Makes no call."""
        return GcpPlace(self, scope, location)

    def ask_assets(self) -> None:
        """From now on, lets Cloud Asset Inventory stand in for direct answers. It is asked of a whole tree only."""
        target = self.target
        if target.organization is not None:
            self.assets = Assets(self, f"organizations/{target.organization}")
        elif target.folder is not None:
            self.assets = Assets(self, f"folders/{target.folder}")

    def directly(self) -> "GcpSession":
        """The same session, of which every answer is a direct one. It shares everything else; close only one of them."""
        twin = copy(self)
        twin.assets = None
        return twin

    def again(self, scope: Scope) -> Scope:
        """The scope as a direct answer tells of it: see `logcov.providers.gcp.scopes`."""
        from logcov.providers.gcp.scopes import read_again

        return read_again(self, scope)

    def close(self) -> None:
        """Closes every connection."""
        if self._transports is not None:
            self._transports.close()

    # --- calls ---------------------------------------------------------------------------------------------

    def get(self, method: Method, place: str, *, subject: str = "", **params: Any) -> Answer:
        """Asks for one object.

        Raises:
            ReadFailure: with code `404` where the API says that it does not exist.
        """
        body = self._ask(method, params)
        return Answer(body, self._noted(method, place, subject, 1))

    def list_all(
        self,
        method: Method,
        place: str,
        *,
        subject: str = "",
        items_of: Callable[[Mapping[str, Any]], list[Any]] | None = None,
        as_old_as: int = 0,
        **params: Any,
    ) -> Listed:
        """Asks for all pages of a list. Never raises `ReadFailure`: what came before a failure is kept.

        `items_of` takes the items out of a page; without it they are the list under `method.items`.
        `as_old_as`: the seconds that an answer of Cloud Asset Inventory may be old.
        """
        found: list[Any] = []
        tokens: set[str] = set()
        pages = 0
        failure: ReadFailure | None = None
        token: str | None = None
        while True:
            try:
                body = self._ask(method, {**params, "pageToken": token} if token else dict(params))
                found += items_of(body) if items_of else self._page_items(method, body)
                token = self._next_token(method, body, tokens)
            except ReadFailure as failed:
                failure = failed
                break
            pages += 1
            if token is None:
                break
            tokens.add(token)
        readings = (self._noted(method, place, subject, pages, as_old_as),) if pages else ()
        return Listed(tuple(found), readings, failure)

    def about(self, method: Method, place: str, subject: str = "") -> About:
        """For noting doubts over the fields of an answer."""
        return About(self.ledger, method, place, subject)

    # --- answers that several ask for: made once ------------------------------------------------------------

    def container(self, name: str) -> Answer:
        """An organisation, folder or project (`projects/ID` or `projects/NUMBER`).

        Raises:
            ReadFailure: it could not be read.
        """
        method = CONTAINER_GET[name.partition("/")[0]]
        return self.once.get(("container", name), lambda: self.get(method, f"gcp:{name}", name=name))

    def policy(self, name: str) -> Answer:
        """The IAM policy of a container or billing account, conditions and audit configuration included.

        Raises:
            ReadFailure: it could not be read.
        """
        told = self.assets.policy(name) if self.assets is not None else None
        if told is not None:
            return told
        kind = name.partition("/")[0]
        wanted = GET_POLICY_QUERY if kind == "billingAccounts" else {"body": GET_POLICY_BODY}
        return self.once.get(
            ("policy", name),
            lambda: self.get(CONTAINER_POLICY[kind], f"gcp:{name}", resource=name, **wanted),
        )

    def sinks(self, name: str) -> Listed:
        """The sinks of an organisation, folder, project or billing account itself (not those of what is above it)."""
        told = self.assets.sinks(name) if self.assets is not None else None
        if told is not None:
            return told
        return self.once.get(
            ("sinks", name), lambda: self.list_all(SINKS_LIST, f"gcp:{name}", parent=name, pageSize=PAGE_SIZE)
        )

    def project_id(self, name: str) -> str:
        """The project id for an id or a number: policies and scopes name projects by id.

        Raises:
            ReadFailure: it is a number that nothing seen so far had, and the project could not be read.
        """
        if not name.isdigit():
            return name
        known = self.projects.get(name)
        if known is not None:
            return known
        answer = self.container(f"projects/{name}")
        found = answer.body.get("projectId")
        if not isinstance(found, str) or not found:
            call = CONTAINER_GET["projects"].operation.call
            raise ReadFailure(call=call, kind="unparseable", detail="projectId is missing or no text")
        self.projects[name] = found
        return found

    def owner(self, container: str) -> str | Unread | None:
        """The scope id of a container if it is audited; None if it surely is not.

        `Unread` if part of the tree could not be listed: it may be there.
        """
        scope = f"gcp:{container}"
        if any(scope in target.audited for target in self.all_targets):
            return scope
        if container.startswith("billingAccounts/"):
            return next((why for target in self.all_targets for why in target.unlisted_accounts), None)
        return next(iter([*self._nameless(), *self._unlisted()]), None)

    def owner_by_number(self, number: str) -> str | Unread | None:
        """The same for a project that is only known by its number."""
        known = [target.projects[number] for target in self.all_targets if number in target.projects]
        if known:
            return self.owner(f"projects/{known[0]}")
        unknown = [why for target in self.all_targets for why in target.audited.values() if why is not None]
        return next(iter([*unknown, *self._unlisted()]), None)

    def _unlisted(self) -> list[Unread]:
        return [why for target in self.all_targets for why in target.unlisted]

    def _nameless(self) -> list[Unread]:
        """Why the ids of projects that the configuration names by number are not known."""
        return [
            why
            for target in self.all_targets
            for scope, why in target.audited.items()
            if why is not None and scope.rpartition("/")[2].isdigit()
        ]

    # --- below: how a call is made --------------------------------------------------------------------------

    def _noted(self, method: Method, place: str, subject: str, pages: int, as_old_as: int = 0) -> str:
        return self.ledger.read(
            method.operation.call,
            place,
            subject=subject,
            identity=self._identity,
            pages=pages,
            via=SERVICE if as_old_as else "direct",
            as_old_as=as_old_as,
        )

    def _page_items(self, method: Method, body: Mapping[str, Any]) -> list[Any]:
        items = body.get(method.items, [])
        if not isinstance(items, list):
            raise ReadFailure(
                call=method.operation.call, kind="unparseable", detail=f"{method.items} is no list"
            )
        return items

    def _next_token(self, method: Method, body: Mapping[str, Any], seen: set[str]) -> str | None:
        token = body.get("nextPageToken")
        if token is None or token == "":
            return None
        if not isinstance(token, str):
            raise ReadFailure(
                call=method.operation.call, kind="unparseable", detail="nextPageToken is no text"
            )
        if token in seen:
            raise ReadFailure(
                call=method.operation.call,
                kind="unparseable",
                detail="the list leads back to a page already read",
            )
        return token

    def _ask(self, method: Method, params: Mapping[str, Any]) -> Mapping[str, Any]:
        def judged(error: Exception) -> Refusal | None:
            refusal = self._reach.judged(error, _classify_call(method, error))
            if refusal is not None and refusal.kind == "throttled" and refusal.retry:
                self._pace.refused(method.api, refusal.wait)
            return refusal

        return attempt(
            lambda: self._ask_once(method, params),
            call=method.operation.call,
            classify=judged,
            patience=self.patience,
        )

    def _ask_once(self, method: Method, params: Mapping[str, Any]) -> Mapping[str, Any]:
        connections = self._connections()
        request = getattr(self._collection(method), method.name)(**params)
        lane = self._pace.turn(method.api)
        body = google.ask(lambda: request.execute(num_retries=0), connections, self._reach)
        lane.answered()
        return body

    def _connections(self) -> Transports:
        """A connection for each thread, with credentials that are made on the first call.

        Raises:
            NoCredentialsError: there are none.
            google.auth.exceptions.GoogleAuthError: likewise, or they cannot be used.
        """
        with self._lock:
            if self._no_credentials is not None:
                raise self._no_credentials.with_traceback(None)
            if self._transports is None:
                from google.auth.exceptions import GoogleAuthError

                try:
                    credentials = credentials_for(self.target)
                except (GoogleAuthError, NoCredentialsError) as error:
                    # Looking again would ask the metadata server, with its timeouts, before every call.
                    self._no_credentials = error
                    raise
                self._identity = principal_of(credentials)
                self.ledger.identify("gcp", self._identity)
                endpoint = self.target.endpoint
                direct = endpoint is not None and on_loopback(endpoint)
                self._transports = Transports(credentials, direct=direct, timeout=self._timeout)
            return self._transports

    def _request(self, _http: Any, postproc: Any, uri: str, **rest: Any) -> Any:
        """A request over the calling thread's own connection, paid for by the quota project."""
        from googleapiclient.http import HttpRequest

        request = HttpRequest(self._connections().mine(), postproc, uri, **rest)
        if self.target.quota_project is not None:
            request.headers["x-goog-user-project"] = self.target.quota_project
        return request

    def _service(self, api: str, version: str) -> Any:
        from googleapiclient.discovery import build

        # This connection only tells the client whose universe it is in; requests go over their thread's own.
        never_used = self._connections().new()
        options: dict[str, Any] = {"universe_domain": never_used.credentials.universe_domain}
        if self.target.endpoint is not None:
            options["api_endpoint"] = self.target.endpoint.rstrip("/") + "/" + SERVICE_PATHS.get(api, "")
        return build(
            api,
            version,
            http=never_used,
            requestBuilder=self._request,
            static_discovery=True,
            client_options=options,
        )

    def _collection(self, method: Method) -> Any:
        """The SDK's object for a collection. Making one anew costs more than most calls, so they are kept."""
        key = (method.api, method.version, method.collection)
        known = self._collections.get(key)
        if known is not None:
            return known
        service = self._services.get(key[:2]) or self._service(method.api, method.version)
        collection = service
        for name in method.collection:
            # The SDK gives names that are words of Python an underscore: `global_`.
            collection = getattr(collection, f"{name}_" if iskeyword(name) else name)()
        with self._lock:
            self._services.setdefault(key[:2], service)
            return self._collections.setdefault(key, collection)


@dataclass(frozen=True, slots=True)
class GcpPlace:
    """Where an observer works: a scope. Google's audit configuration has no locations."""

    session: GcpSession
    scope: Scope
    location: str | None = None

    @property
    def container(self) -> str:
        """The scope as Google's APIs name it: `projects/acme-prod`."""
        return self.scope.id.removeprefix("gcp:")
