"""The tree of what is audited: organisation, its billing accounts, folders, projects; and what is above it.

Sinks and audit configuration of ancestors act on what is below them. So a target that is a folder or some
projects also yields its ancestors, as scopes that are no containers: their other children are not audited.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Alias, Fact, Listing, Scope, Unread
from logcov.providers.gcp.assets import AUTO_FROM, RESOURCES_LIST
from logcov.providers.gcp.billing import IDS as BILLING_IDS
from logcov.providers.gcp.billing import KIND as BILLING_ACCOUNT
from logcov.providers.gcp.billing import billing_accounts
from logcov.providers.gcp.client import PAGE_SIZE, About, GcpSession
from logcov.providers.gcp.fields import entry, needed_text
from logcov.providers.gcp.operations import CONTAINER_GET, FOLDERS_LIST, PROJECTS_LIST, Method
from logcov.providers.google import MalformedAnswerError

KINDS = {"organizations": "gcp.organization", "folders": "gcp.folder", "projects": "gcp.project"}

STATES = {"ACTIVE": "active", "DELETE_REQUESTED": "delete-requested"}
"""Any other state is `Unread`: an unknown word must never make a project look dead."""

SHARED_LOGS = ("activity", "data_access", "access_transparency")
"""The logs of a Workspace customer that, once shared, appear at its organisation."""

SHARED = "workspace.shared"
"""The listing that says: these are all aliases of Workspace logs at this organisation."""


def not_in_use(scope: Scope) -> str:
    """Why no record can exist at the scope; empty where it is active, or where that was not read."""
    if isinstance(scope.state, str) and scope.state != "active":
        return f"{scope.kind.removeprefix('gcp.')} is {scope.state}"
    return ""


def scopes(session: GcpSession) -> Iterator[Fact]:
    """Every scope of the target, breadth first, and a listing of children for each container that was read whole."""
    target = session.target
    above: set[str] = set()
    if target.organization is not None:
        yield from _tree(session, f"organizations/{target.organization}", above)
    elif target.folder is not None:
        yield from _tree(session, f"folders/{target.folder}", above)
    for project in dict.fromkeys(target.projects):
        yield from _configured_project(session, project, above)
    if target.read == "auto" and len(session.projects) > AUTO_FROM:
        session.ask_assets()


def _state(about: About, body: Mapping[str, Any]) -> str | Unread:
    given = body.get("state")
    if isinstance(given, str) and given in STATES:
        return STATES[given]
    return about.odd("state", f"{about.subject or 'its'} state is {given!r}")


def _parent(about: About, body: Mapping[str, Any]) -> str | Unread | None:
    """The scope above; None for what has no parent (organisations, and projects outside any)."""
    given = body.get("parent")
    if given is None:
        return None
    if isinstance(given, str) and given.partition("/")[0] in KINDS and given.partition("/")[2]:
        return f"gcp:{given}"
    return about.odd("parent", "parent is no organisation or folder")


def _labels(about: About, body: Mapping[str, Any]) -> Mapping[str, str] | Unread:
    given = body.get("labels", {})
    if isinstance(given, dict) and all(isinstance(value, str) for value in given.values()):
        return dict(given)
    return about.odd("labels", "labels are no texts")


def _display_name(body: Mapping[str, Any]) -> str:
    given = body.get("displayName")
    return given if isinstance(given, str) else ""


# --- one scope --------------------------------------------------------------------------------------------


def _organization(session: GcpSession, name: str, *, container: bool) -> Iterator[Fact]:
    """The organisation, with the alias of its Workspace customer's shared logs."""
    scope_id = f"gcp:{name}"
    about = session.about(CONTAINER_GET["organizations"], scope_id)
    apart = {BILLING_ACCOUNT: BILLING_IDS} if container else {}
    try:
        answer = session.container(name)
    except ReadFailure as failure:
        unread = session.ledger.blind(failure, scope_id, hides=(SHARED,))
        yield Scope(
            id=scope_id,
            kind="gcp.organization",
            provider="gcp",
            state=unread,
            labels=None,
            container=container,
            apart=apart,
            audited=container,
        )
        return
    customer = answer.body.get("directoryCustomerId")
    aliases: tuple[Alias, ...] = ()
    if isinstance(customer, str) and customer:
        aliases = tuple(
            Alias(
                id=f"workspace:shared/{customer}/{log}",
                sets={"logName": f"{name}/logs/cloudaudit.googleapis.com%2F{log}"},
            )
            for log in SHARED_LOGS
        )
    yield Scope(
        id=scope_id,
        kind="gcp.organization",
        provider="gcp",
        name=_display_name(answer.body),
        state=_state(about, answer.body),
        labels=None,
        aliases=aliases,
        container=container,
        apart=apart,
        audited=container,
        obtained_by=about.method.operation.call,
        readings=(answer.reading,),
    )
    if aliases:
        yield Listing(kind=SHARED, at=scope_id, readings=(answer.reading,))
    else:
        missing = ReadFailure(
            call=about.method.operation.call,
            kind="unparseable",
            detail="directoryCustomerId is missing or no text",
        )
        session.ledger.blind(missing, scope_id, subject="directoryCustomerId", hides=(SHARED,))


def _folder(
    about: About, body: Mapping[str, Any], *, parent: str | None, container: bool, readings: tuple[str, ...]
) -> Scope:
    """A folder as `folders.get` or `folders.list` tells of it; `parent` where the listing already says it.

    Raises:
        MalformedAnswerError: it has no name.
    """
    name = needed_text(body, "name")
    about = About(about.ledger, about.method, f"gcp:{name}")
    return Scope(
        id=f"gcp:{name}",
        kind="gcp.folder",
        provider="gcp",
        name=_display_name(body),
        parent=parent if parent is not None else _parent(about, body),
        state=_state(about, body),
        labels=None,
        container=container,
        audited=container,
        obtained_by=about.method.operation.call,
        readings=readings,
    )


def _project(
    session: GcpSession,
    method: Method,
    body: Mapping[str, Any],
    *,
    parent: str | None,
    readings: tuple[str, ...],
) -> Scope:
    """A project as `projects.get` or `projects.list` tells of it. Its number becomes an alias.

    Raises:
        MalformedAnswerError: it has no id or no number.
    """
    project = needed_text(body, "projectId")
    number = needed_text(body, "name").removeprefix("projects/")
    session.projects[number] = project
    about = session.about(method, f"gcp:projects/{project}")
    return Scope(
        id=f"gcp:projects/{project}",
        kind="gcp.project",
        provider="gcp",
        name=_display_name(body),
        parent=parent if parent is not None else _parent(about, body),
        state=_state(about, body),
        labels=_labels(about, body),
        aliases=(Alias(id=f"gcp:projects/{number}"),),
        obtained_by=method.operation.call,
        readings=readings,
    )


def read_again(session: GcpSession, scope: Scope) -> Scope:
    """A scope that a listing told of, as its own answer tells of it; what could not be read is `Unread`."""
    if scope.kind not in {"gcp.project", "gcp.folder"}:
        return scope
    name = scope.id.removeprefix("gcp:")
    method = CONTAINER_GET[name.partition("/")[0]]
    about = session.about(method, scope.id)
    try:
        answer = session.container(name)
        if scope.kind == "gcp.project":
            told = _project(session, method, answer.body, parent=None, readings=(answer.reading,))
        else:
            told = _folder(
                about, answer.body, parent=None, container=scope.container, readings=(answer.reading,)
            )
    except ReadFailure as failure:
        unread = about.failed(failure)
    except MalformedAnswerError as error:
        unread = about.odd("name", str(error))
    else:
        if told.id == scope.id:
            if isinstance(told.parent, str) and scope.id in session.parents:
                session.parents[scope.id] = told.parent
            return replace(told, audited=scope.audited)
        unread = about.odd("name", f"the answer is about {told.id}")
    labels = None if scope.labels is None else unread
    return replace(scope, parent=unread, state=unread, labels=labels, readings=())


# --- downwards --------------------------------------------------------------------------------------------


def _tree(session: GcpSession, root: str, above: set[str]) -> Iterator[Fact]:
    """The root and all below it, breadth first."""
    session.audited[f"gcp:{root}"] = None
    if root.startswith("organizations/"):
        yield from _organization(session, root, container=True)
        yield from billing_accounts(session, root)
    else:
        yield from _root_folder(session, root, above)
    waiting = deque([root])
    known = {root}
    while waiting:
        container = waiting.popleft()
        for fact in _children(session, container):
            yield fact
            if isinstance(fact, Scope):
                session.audited[fact.id] = None
                session.parents[fact.id] = f"gcp:{container}"
                name = fact.id.removeprefix("gcp:")
                if fact.container and name not in known:
                    known.add(name)
                    waiting.append(name)


def _children(session: GcpSession, container: str) -> Iterator[Fact]:
    """The folders and projects right below a container; its listing only if both came to the last page."""
    place = f"gcp:{container}"
    told = session.assets.children(container) if session.assets is not None else None
    if told is not None:
        folders, projects, known = told
        about = session.about(RESOURCES_LIST, place)
        for body in folders:
            yield _folder(about, body, parent=place, container=True, readings=known)
        for body in projects:
            yield _project(session, RESOURCES_LIST, body, parent=place, readings=known)
        yield Listing(kind="scopes", at=place, readings=known)
        return
    readings: list[str] = []
    whole = True
    for method in (FOLDERS_LIST, PROJECTS_LIST):
        listed = session.list_all(method, place, parent=container, showDeleted=True, pageSize=PAGE_SIZE)
        about = session.about(method, place)
        readings += listed.readings
        failures = [listed.failure] if listed.failure is not None else []
        for item in listed.items:
            try:
                body = entry(item, method.items)
                if method is FOLDERS_LIST:
                    yield _folder(about, body, parent=place, container=True, readings=listed.readings)
                else:
                    yield _project(session, method, body, parent=place, readings=listed.readings)
            except MalformedAnswerError as error:
                failures.append(
                    ReadFailure(call=method.operation.call, kind="unparseable", detail=str(error))
                )
        for failure in failures:
            whole = False
            session.unlisted.append(session.ledger.blind(failure, place, hides=("scopes",)))
    if whole:
        yield Listing(kind="scopes", at=place, readings=tuple(readings))


# --- upwards ----------------------------------------------------------------------------------------------


def _root_folder(session: GcpSession, name: str, above: set[str]) -> Iterator[Fact]:
    """The folder that the target names, and what is above it."""
    scope = _read_folder(session, name, container=True)
    yield scope
    yield from _ancestors(session, scope.parent, above)


def _read_folder(session: GcpSession, name: str, *, container: bool) -> Scope:
    """A folder by name; `Unread` in its state and parent if it could not be read."""
    about = session.about(CONTAINER_GET["folders"], f"gcp:{name}")
    try:
        answer = session.container(name)
        return _folder(about, answer.body, parent=None, container=container, readings=(answer.reading,))
    except ReadFailure as failure:
        unread = about.failed(failure)
    except MalformedAnswerError as error:
        unread = about.odd("name", str(error))
    return Scope(
        id=f"gcp:{name}",
        kind="gcp.folder",
        provider="gcp",
        parent=unread,
        state=unread,
        labels=None,
        container=container,
        audited=container,
    )


def _ancestors(session: GcpSession, parent: str | Unread | None, above: set[str]) -> Iterator[Fact]:
    """The scopes above, one by one: each read tells the next, so that a denied one leaves its own parent open."""
    while isinstance(parent, str) and parent not in above and parent not in session.audited:
        above.add(parent)
        name = parent.removeprefix("gcp:")
        if name.startswith("organizations/"):
            yield from _organization(session, name, container=False)
            return
        scope = _read_folder(session, name, container=False)
        yield scope
        parent = scope.parent


def _configured_project(session: GcpSession, project: str, above: set[str]) -> Iterator[Fact]:
    """A project that the target names. One that cannot be read is there all the same, all about it in doubt."""
    method = CONTAINER_GET["projects"]
    scope_id = f"gcp:projects/{project}"
    about = session.about(method, scope_id)
    try:
        answer = session.container(f"projects/{project}")
        scope = _project(session, method, answer.body, parent=None, readings=(answer.reading,))
        unknown: Unread | None = None
    except (ReadFailure, MalformedAnswerError) as error:
        unread = about.failed(error) if isinstance(error, ReadFailure) else about.odd("name", str(error))
        scope = Scope(
            id=scope_id, kind="gcp.project", provider="gcp", parent=unread, state=unread, labels=unread
        )
        unknown = unread
    if scope.id in session.audited:
        return
    session.audited[scope.id] = unknown
    yield scope
    yield from _ancestors(session, scope.parent, above)
