"""Storage buckets: retention policy, lifecycle, key, and who may write.

Source: Bucket in storage.v1, cloud.google.com/storage/docs/bucket-lock and /lifecycle.
Every storage class can be read at once, ARCHIVE too (cloud.google.com/storage/docs/storage-classes): records are
online as long as they exist. Nothing can be queried in place.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from logcov.errors import ReadFailure
from logcov.inventory import Destination, Fact, Keep, Lock, Route, Unread
from logcov.providers.gcp.client import About, Answer, GcpSession
from logcov.providers.gcp.fields import first_moment, flag, mapping, mappings, number, picked, text, texts
from logcov.providers.gcp.keys import sealed
from logcov.providers.gcp.operations import STORAGE_GET, STORAGE_POLICY
from logcov.providers.gcp.roles import OBJECTS
from logcov.providers.gcp.routing.destinations import parts_of
from logcov.providers.gcp.stores.admissions import Policy, admit, policy_of
from logcov.providers.gcp.stores.deleters import OF_OBJECTS, deleters
from logcov.providers.gcp.unread import unread_destination
from logcov.providers.google import MalformedAnswerError

KIND = "gcp.storage"
DAY = 86_400
"""Seconds."""

_HARMLESS_ACTIONS = frozenset({"SetStorageClass", "AbortIncompleteMultipartUpload"})
_UNDERSTOOD = frozenset({"age", "matchesPrefix", "isLive"})
_OF_OLD_VERSIONS = frozenset({"daysSinceNoncurrentTime", "noncurrentTimeBefore"})
"""Conditions that only versions meet that were overwritten or deleted; exported objects are live."""


def read_storage_bucket(session: GcpSession, destination: str, routes: Sequence[Route]) -> Iterator[Fact]:
    """The storage bucket, and whether each sink's writer may write to it."""
    about = session.about(STORAGE_GET, destination)
    parts = parts_of("storage", destination)
    if parts is None:
        unread = about.odd("name", "this is no storage bucket's name")
        yield unread_destination(destination, KIND, unread, owner=unread, private=unread)
        return
    policy = _policy(session, destination, parts.leaf)
    try:
        answer = session.get(STORAGE_GET, destination, bucket=parts.leaf)
    except ReadFailure as failure:
        if failure.code == "404":
            yield Destination(id=destination, kind=KIND, exists=False)
            return
        unread = about.failed(failure)
        yield unread_destination(destination, KIND, unread, owner=unread, private=unread)
        yield from admit(session, destination, routes, OBJECTS, own=[policy], container="")
        return
    project = answer.body.get("projectNumber")
    number_known = isinstance(project, str) and project.isdigit()
    # By its id where that is known, so that a policy that was read already is not read again.
    container = f"projects/{session.projects.get(str(project), project)}" if number_known else ""
    found = _bucket(session, destination, answer, policy, str(project) if number_known else None, about)
    yield replace(found, deleters=deleters(session, destination, [policy], container, OF_OBJECTS))
    yield from admit(session, destination, routes, OBJECTS, own=[policy], container=container)


def _policy(session: GcpSession, destination: str, bucket: str) -> Policy:
    """The bucket's own IAM policy."""
    about = session.about(STORAGE_POLICY, destination, "iam")
    try:
        answer = session.get(STORAGE_POLICY, destination, bucket=bucket, optionsRequestedPolicyVersion=3)
    except ReadFailure as failure:
        return Policy("the bucket's policy", failure, about)
    return policy_of("the bucket's policy", answer, about)


def _owner(session: GcpSession, project: str | None, about: About) -> str | Unread | None:
    """The audited project that owns the bucket, found by its number."""
    if project is None:
        return about.odd("projectNumber", "projectNumber is missing or no number")
    return session.owner_by_number(project)


def _bucket(
    session: GcpSession, destination: str, answer: Answer, policy: Policy, project: str | None, about: About
) -> Destination:
    body = answer.body
    lock = _lock(body, about)
    kept = lock if isinstance(lock, Unread) else _kept(body, lock, about)
    usable: bool | Unread = _usable(body, about)
    seal = sealed(session, destination, body, ("encryption", "defaultKmsKeyName"), usable, about)
    return Destination(
        id=destination,
        kind=KIND,
        owner=_owner(session, project, about),
        usable=seal.usable,
        unusable_because=seal.because,
        retained=kept,
        online=kept,
        searchable=(Keep(days=0),),
        lock=lock,
        encrypted=seal.encrypted,
        private=_private(body, policy, about),
        since=first_moment(body, "timeCreated"),
        readings=(answer.reading, *policy.readings, *seal.readings),
        raw=picked(
            body,
            "projectNumber",
            "retentionPolicy",
            "lifecycle",
            "encryption",
            "iamConfiguration",
            "billing",
            "ipFilter",
        ),
    )


def _lock(body: Mapping[str, Any], about: About) -> Lock | Literal[False] | Unread:
    """What the retention policy says: nothing younger can be removed; unlocked, the policy itself can be."""
    try:
        policy = mapping(body, "retentionPolicy")
        if not policy:
            return False
        seconds = number(policy, "retentionPeriod")
    except MalformedAnswerError as error:
        return about.odd("retentionPolicy", str(error))
    if seconds is None:
        return about.odd("retentionPolicy", "retentionPeriod is missing")
    locked = flag(policy, "isLocked", about)
    if isinstance(locked, Unread):
        return locked
    return Lock(mode="locked" if locked else "bypassable", days=seconds // DAY)


@dataclass(frozen=True, slots=True)
class _Rule:
    """After how many days a lifecycle rule deletes, and what."""

    days: int
    prefixes: tuple[str, ...]


def _kept(body: Mapping[str, Any], lock: Lock | Literal[False], about: About) -> tuple[Keep, ...] | Unread:
    """What lifecycle rules leave. A retention policy holds a deletion back until it lets go."""
    floor = (lock.days or 0) if lock else 0
    keeps: list[Keep] = []
    try:
        for rule in mappings(mapping(body, "lifecycle"), "rule"):
            deletes = _deletion(rule)
            if deletes is not None:
                keeps += [Keep(prefix=prefix, days=max(deletes.days, floor)) for prefix in deletes.prefixes]
    except MalformedAnswerError as error:
        return about.unseen("lifecycle", str(error))
    return tuple(keeps) or (Keep(),)


def _deletion(rule: Mapping[str, Any]) -> _Rule | None:
    """What a rule deletes of live objects; None if nothing.

    Raises:
        MalformedAnswerError: it is not known what the rule does.
    """
    action = text(mapping(rule, "action"), "type")
    if action in _HARMLESS_ACTIONS:
        return None
    if action != "Delete":
        raise MalformedAnswerError(f"what the lifecycle action {action!r} does is not known")
    condition = mapping(rule, "condition")
    newer = number(condition, "numNewerVersions")
    if condition.get("isLive") is False or _OF_OLD_VERSIONS & set(condition) or newer:
        return None
    strangers = sorted(set(condition) - _UNDERSTOOD)
    age = number(condition, "age")
    if strangers or age is None:
        what = ", ".join(strangers) or "no age"
        raise MalformedAnswerError(f"a lifecycle rule deletes under conditions that are not judged: {what}")
    return _Rule(age, tuple(texts(condition, "matchesPrefix")) or ("",))


def _usable(body: Mapping[str, Any], about: About) -> bool | Unread:
    """Settings by which a bucket may refuse what Cloud Logging writes; that they do is not documented."""
    try:
        pays = mapping(body, "billing").get("requesterPays", False)
        filtering = mapping(body, "ipFilter").get("mode", "Disabled")
    except MalformedAnswerError as error:
        return about.odd("billing", str(error))
    if pays is not False:
        return about.unseen(
            "billing", "the bucket lets requesters pay; whether sinks can write to it is not known"
        )
    if filtering != "Disabled":
        return about.unseen(
            "ipFilter", "the bucket filters addresses; whether sinks can write to it is not known"
        )
    return True


def _private(body: Mapping[str, Any], policy: Policy, about: About) -> bool | Unread:
    """Whether the public is kept out.

    Sure if public access prevention is enforced, or if access goes by IAM alone and the bucket's policy names
    nobody public. A public binding may still be void: the organisation may prevent it, which is not read.
    """
    try:
        access = mapping(body, "iamConfiguration")
        prevention = text(access, "publicAccessPrevention")
        uniform = mapping(access, "uniformBucketLevelAccess").get("enabled", False)
    except MalformedAnswerError as error:
        return about.odd("iamConfiguration", str(error))
    if prevention == "enforced":
        return True
    if isinstance(policy.bindings, ReadFailure):
        return policy.about.failed(policy.bindings)
    try:
        public = any(
            {"allUsers", "allAuthenticatedUsers"}.intersection(texts(each, "members"))
            for each in policy.bindings
        )
    except MalformedAnswerError as error:
        return policy.about.odd("bindings", str(error))
    if public:
        return about.unseen(
            "private", "public bindings; whether an organisation policy makes them void is not read"
        )
    if uniform is not True:
        return about.unseen("private", "access lists of single objects may be public; they are not read")
    return True
