"""Whether the writer of a sink, or of a usage log, may write to where it leads.

A grant is proved by one binding that names the writer, in the policy of the resource, its project, or anything
above. That there is none is proved only if all those policies were read and nothing in them could hold the
permission for the writer unseen: no group, no conditional binding, no role whose permissions are not known.
IAM deny policies and VPC Service Controls are not looked at.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from logcov.errors import ReadFailure
from logcov.inventory import Admission, Route, Unread
from logcov.providers.gcp.client import About, Answer, GcpSession
from logcov.providers.gcp.fields import mappings, needed_text, text, texts
from logcov.providers.gcp.operations import CONTAINER_GET, CONTAINER_POLICY
from logcov.providers.gcp.roles import Grant, permits
from logcov.providers.gcp.routing.sinks import UNTOLD
from logcov.providers.google import MalformedAnswerError

Says = Literal["yes", "no", "maybe"]

_EVERYBODY = frozenset({"allUsers", "allAuthenticatedUsers"})
"""Both include every service account (cloud.google.com/iam/docs/principals-overview)."""

_SINGLE = ("user:", "serviceAccount:", "deleted:", "principal://")
"""Members that stand for one principal, so never for another one."""

_BASIC = ("projectOwner:", "projectEditor:", "projectViewer:")
"""Members that stand for the holders of a basic role on a project: those bindings are judged where they are made."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy on the way up: whose it is, its bindings or why there are none to see."""

    label: str
    bindings: Sequence[Mapping[str, Any]] | ReadFailure
    about: About
    readings: tuple[str, ...] = ()


@dataclass(slots=True)
class _Tally:
    """What the policies said so far."""

    doubts: list[Unread] = field(default_factory=list)
    readings: list[str] = field(default_factory=list)
    basic: set[str] = field(default_factory=set)


def policy_of(label: str, answer: Answer, about: About) -> Policy:
    """The policy in an answer of `getIamPolicy`. One without bindings has none."""
    try:
        return Policy(label, mappings(answer.body, "bindings"), about, (answer.reading,))
    except MalformedAnswerError as error:
        failure = ReadFailure(call=about.method.operation.call, kind="unparseable", detail=str(error))
        return Policy(label, failure, about)


def admit(
    session: GcpSession,
    destination: str,
    routes: Sequence[Route],
    grant: Grant,
    *,
    own: Sequence[Policy] = (),
    container: str,
) -> Iterator[Admission]:
    """One admission for each route that leads here and whose writer needs a grant: sinks, usage logs.

    Args:
        session: to read the policies above with; each is read once.
        destination: the destination's id.
        routes: what leads to it.
        grant: what a writer needs here.
        own: the resource's own policy, if such resources have one.
        container: what holds the resource, `projects/p` (by id or number); empty if that is not known.
    """
    for route in routes:
        if route.writer:
            yield _admission(session, destination, route, grant, own, container)


def _admission(
    session: GcpSession, destination: str, route: Route, grant: Grant, own: Sequence[Policy], container: str
) -> Admission:
    about = session.about(CONTAINER_GET["projects"], destination, f"admission of {route.id}")
    if route.writer == UNTOLD:
        unread = about.unseen("writerIdentity", f"no API tells as whom {route.setting} writes")
        return Admission(route=route.id, destination=destination, allowed=unread)
    tally = _Tally()
    for policy in upwards(session, destination, own, container):
        binding = _look(policy, route.writer, grant, tally)
        if binding is not None:
            return Admission(
                route=route.id,
                destination=destination,
                allowed=True,
                because=f"{policy.label} grants it",
                readings=policy.readings,
                raw={"binding": dict(binding)},
            )
    strangers = sorted(tally.basic - _names(session, container))
    if strangers:
        tally.doubts.append(about.unseen("basic roles", f"who holds basic roles on {', '.join(strangers)}"))
    readings = tuple(dict.fromkeys(tally.readings))
    if tally.doubts:
        return Admission(
            route=route.id,
            destination=destination,
            allowed=tally.doubts[0],
            because="no grant was seen",
            readings=readings,
        )
    because = f"nothing grants {grant.permission} ({grant.role}), up to the organisation"
    return Admission(
        route=route.id, destination=destination, allowed=False, because=because, readings=readings
    )


def _names(session: GcpSession, container: str) -> set[str]:
    """The project's id and number, by which convenience members may name it."""
    name = container.removeprefix("projects/")
    known = {name, session.projects.get(name, name)}
    return known | {number for number, project in session.projects.items() if project in known}


def upwards(session: GcpSession, destination: str, own: Sequence[Policy], container: str) -> Iterator[Policy]:
    """The policies that may hold the grant, nearest first. One that is missing is there as a failure."""
    yield from own
    if not container:
        about = session.about(CONTAINER_GET["projects"], destination, "project")
        failure = ReadFailure(
            call=about.method.operation.call, kind="not-observable", detail="its project is not known"
        )
        yield Policy("its project", failure, about)
        return
    at: str | None = container
    while at is not None:
        kind = at.partition("/")[0]
        about = session.about(CONTAINER_POLICY[kind], destination, at)
        try:
            yield policy_of(at, session.policy(at), about)
        except ReadFailure as failure:
            yield Policy(at, failure, about)
        if kind == "organizations":
            return
        about = session.about(CONTAINER_GET.get(kind, CONTAINER_POLICY[kind]), destination, f"above {at}")
        try:
            at = _above(session, at, about)
        except ReadFailure as failure:
            # It stands for the policies of everything above.
            yield Policy(f"above {at}", failure, about)
            return


def _above(session: GcpSession, container: str, about: About) -> str | None:
    """What the container is in; None at the top.

    Raises:
        ReadFailure: that could not be read.
    """
    listed = session.parents.get(f"gcp:{container}")
    if listed is not None:
        return listed.removeprefix("gcp:")
    call = about.method.operation.call
    if container.startswith("billingAccounts/"):
        detail = "what an unaudited billing account is in is not read"
        raise ReadFailure(call=call, kind="not-observable", detail=detail)
    parent = session.container(container).body.get("parent")
    if parent is None or (
        isinstance(parent, str) and parent.partition("/")[0] in {"folders", "organizations"}
    ):
        return parent
    raise ReadFailure(call=call, kind="unparseable", detail="parent is no organisation or folder")


def _look(policy: Policy, writer: str, grant: Grant, tally: _Tally) -> Mapping[str, Any] | None:
    """The binding of this policy that surely lets the writer write, if there is one; doubts go to the tally."""
    if isinstance(policy.bindings, ReadFailure):
        tally.doubts.append(policy.about.failed(policy.bindings))
        return None
    tally.readings += policy.readings
    for number, binding in enumerate(policy.bindings):
        try:
            says, because = _binding(binding, writer, grant, tally)
        except MalformedAnswerError as error:
            tally.doubts.append(policy.about.odd(f"binding {number}", str(error)))
            continue
        if says == "yes":
            return binding
        if says == "maybe":
            tally.doubts.append(policy.about.unseen(f"binding {number}", f"{policy.label}: {because}"))
    return None


def _binding(binding: Mapping[str, Any], writer: str, grant: Grant, tally: _Tally) -> tuple[Says, str]:
    """Whether a binding lets the writer write, and if that is not sure, why.

    Raises:
        MalformedAnswerError: it is not of the documented form.
    """
    role = needed_text(binding, "role")
    members = texts(binding, "members")
    held = permits(role, grant)
    if held is False:
        return "no", ""
    conditional = bool(binding.get("condition"))
    if writer in members or _EVERYBODY.intersection(members):
        if held is None:
            return "maybe", f"what {role} permits is not known"
        return ("maybe", f"{role} is granted under a condition") if conditional else ("yes", "")
    for member in members:
        if member.startswith(_SINGLE):
            continue
        if member.startswith(_BASIC):
            tally.basic.add(member.partition(":")[2])
            continue
        return "maybe", f"{member} may include {writer}, with {role}"
    return "no", ""


def bindings_of_access(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A BigQuery dataset's `access` as the bindings that it stands for.

    Raises:
        MalformedAnswerError: it is missing or not of the documented form: every dataset has one.
    """
    roles = {
        "OWNER": "roles/bigquery.dataOwner",
        "WRITER": "roles/bigquery.dataEditor",
        "READER": "roles/bigquery.dataViewer",
    }
    if "access" not in body:
        raise MalformedAnswerError("access is missing")
    project = text(
        body.get("datasetReference", {}) if isinstance(body.get("datasetReference", {}), dict) else {},
        "projectId",
    )
    special = {
        "projectOwners": f"projectOwner:{project}",
        "projectWriters": f"projectEditor:{project}",
        "projectReaders": f"projectViewer:{project}",
    }
    found: list[dict[str, Any]] = []
    for entry in mappings(body, "access"):
        if not text(entry, "role"):
            # Authorised views, routines and datasets read; they have no role.
            continue
        role = entry["role"]
        members: list[str]
        if entry.get("userByEmail"):
            address = text(entry, "userByEmail")
            members = [f"user:{address}", f"serviceAccount:{address}"]
        elif entry.get("groupByEmail"):
            members = [f"group:{text(entry, 'groupByEmail')}"]
        elif entry.get("specialGroup"):
            group = text(entry, "specialGroup")
            members = [special.get(group, group)]
        elif entry.get("iamMember"):
            members = [text(entry, "iamMember")]
        elif entry.get("domain"):
            members = [f"domain:{text(entry, 'domain')}"]
        else:
            members = ["an unknown kind of member"]
        binding: dict[str, Any] = {"role": roles.get(role, role), "members": members}
        if entry.get("condition"):
            binding["condition"] = entry["condition"]
        found.append(binding)
    return found
