"""S3 buckets that log files are written to: whose, how long kept, how locked, who may write.

Sources: s3:ListBuckets, HeadBucket, GetBucketPolicy, GetBucketLifecycleConfiguration, GetBucketVersioning,
GetObjectLockConfiguration, GetBucketEncryption, GetPublicAccessBlock; kms:DescribeKey.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from logcov.errors import ReadFailure
from logcov.inventory import Admission, Destination, Encryption, Fact, Keep, Lock, Route, Unread
from logcov.providers.aws import lifecycle
from logcov.providers.aws.arns import parsed
from logcov.providers.aws.bucket_owners import Owned, Shut, owner_of, region_of, way_in
from logcov.providers.aws.bucket_policy import Ruling, Write, ruling
from logcov.providers.aws.client import ACCOUNT_PREFIX, AwsPlace, AwsSession, Organization
from logcov.providers.aws.globs import UNKNOWN
from logcov.providers.aws.keys import KeyState, key_state
from logcov.providers.rows import Operation

OPERATIONS = (
    Operation(
        call="s3:ListBuckets",
        permission="s3:ListAllMyBuckets",
        wire="s3 ListBuckets",
        why="whose a bucket is",
    ),
    Operation(
        call="s3:HeadBucket",
        permission="s3:ListBucket",
        wire="s3 HeadBucket",
        why="whether a bucket of nobody audited exists, and in which region a bucket is",
    ),
    Operation(call="s3:GetBucketPolicy", wire="s3 GetBucketPolicy", why="who may write"),
    Operation(
        call="s3:GetBucketLifecycleConfiguration",
        permission="s3:GetLifecycleConfiguration",
        wire="s3 GetBucketLifecycleConfiguration",
        why="how long objects are kept, and when archived",
    ),
    Operation(
        call="s3:GetBucketVersioning",
        wire="s3 GetBucketVersioning",
        why="whether expired objects still exist",
    ),
    Operation(
        call="s3:GetObjectLockConfiguration",
        permission="s3:GetBucketObjectLockConfiguration",
        wire="s3 GetObjectLockConfiguration",
        why="whether objects are locked",
    ),
    Operation(
        call="s3:GetBucketEncryption",
        permission="s3:GetEncryptionConfiguration",
        wire="s3 GetBucketEncryption",
        why="with whose key objects are encrypted",
    ),
    Operation(
        call="s3:GetPublicAccessBlock",
        permission="s3:GetBucketPublicAccessBlock",
        wire="s3 GetPublicAccessBlock",
        why="that nobody outside may read",
    ),
    Operation(call="kms:DescribeKey", wire="kms DescribeKey", why="whether the key works, and whose it is"),
)

GONE = "NoSuchBucket"
"""Never the bare status 404: an error whose body is cut off has no other code, whatever it says is missing."""
SERVICES = frozenset({"cloudtrail.amazonaws.com", "delivery.logs.amazonaws.com"})
"""Writers that need a grant in the bucket's policy. Others write with a role of their own."""
OWNER_CONTROL = "bucket-owner-full-control"


@dataclass(slots=True)
class Reader:
    """One bucket being read: where to ask, what was told, and whether it turned out to be gone."""

    place: AwsPlace
    bucket: str
    owner: str | None
    readings: list[str] = field(default_factory=list)
    gone: bool = False

    def ask(self, operation: str, *absent: str) -> Mapping[str, Any] | Unread | None:
        """One configuration of the bucket; None where S3 says that there is none."""
        params = {"Bucket": self.bucket}
        if self.owner:
            # Refused if somebody else has made a bucket of that name since.
            params["ExpectedBucketOwner"] = self.owner
        try:
            answer = self.place.call("s3", operation, **params)
        except ReadFailure as failure:
            self.gone = self.gone or failure.code == GONE
            if failure.code and failure.code in (*absent, GONE):
                self.readings.append(self.place.noted(failure.call))
                return None
            return self.place.unread(failure)
        self.readings.append(answer.reading)
        data: Mapping[str, Any] = answer.data
        return data


def read_bucket(session: AwsSession, destination: str, routes: Sequence[Route]) -> Iterator[Fact]:
    """A bucket, and whether its policy lets the services write that the routes name."""
    bucket = destination.removeprefix("aws:s3/")
    owned, doubt = owner_of(session, bucket)
    owner: str | Unread | None = ACCOUNT_PREFIX + owned.account if owned else doubt
    if owned is None:
        found = way_in(session, destination, bucket, routes)
        if isinstance(found, Shut):
            yield from _unseen(destination, owner, found, routes)
            return
        place = found
    else:
        region = owned.region or region_of(session, owned.account, bucket, destination)
        place = session.place(owned.account, region, destination)
    reader = Reader(place=place, bucket=bucket, owner=owned.account if owned else None)
    if owned:
        reader.readings.append(owned.reading)
    yield from _read(session, destination, reader, owned, owner, routes)


def _missing(destination: str, owner: str | Unread | None, readings: tuple[str, ...]) -> Destination:
    return Destination(
        id=destination,
        kind="aws.s3",
        exists=False,
        owner=owner,
        searchable=(Keep(days=0),),
        readings=readings,
    )


def _unseen(
    destination: str, owner: str | Unread | None, shut: Shut, routes: Sequence[Route]
) -> Iterator[Fact]:
    unread = shut.unread
    if unread is None:
        yield _missing(destination, owner, shut.readings)
        return
    yield Destination(
        id=destination,
        kind="aws.s3",
        exists=shut.exists,
        owner=owner,
        usable=unread,
        retained=unread,
        online=unread,
        searchable=(Keep(days=0),),
        lock=unread,
        encrypted=unread,
        private=unread,
        readings=shut.readings,
    )
    for route in routes:
        if route.writer in SERVICES:
            yield Admission(route=route.id, destination=destination, allowed=unread)


# --- what it is like --------------------------------------------------------------------------------------


def _read(
    session: AwsSession,
    destination: str,
    reader: Reader,
    owned: Owned | None,
    owner: str | Unread | None,
    routes: Sequence[Route],
) -> Iterator[Fact]:
    place = reader.place
    rules = reader.ask("GetBucketLifecycleConfiguration", "NoSuchLifecycleConfiguration")
    versioning = reader.ask("GetBucketVersioning")
    locking = reader.ask("GetObjectLockConfiguration", "ObjectLockConfigurationNotFoundError")
    encryption = reader.ask("GetBucketEncryption", "ServerSideEncryptionConfigurationNotFoundError")
    policy = reader.ask("GetBucketPolicy", "NoSuchBucketPolicy")
    block = reader.ask("GetPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration")
    if reader.gone:
        yield _missing(destination, owner, tuple(reader.readings))
        return
    lock = _lock(place, locking)
    retained, online = _kept(place, rules, versioning, lock)
    default = _default_key(place, encryption)
    keys = Keys.of(session, reader, default, routes)
    usable, because = keys.usable()
    yield Destination(
        id=destination,
        kind="aws.s3",
        owner=owner,
        usable=usable,
        unusable_because=because,
        retained=retained,
        online=online,
        searchable=(Keep(days=0),),
        lock=lock,
        encrypted=keys.encryption(),
        private=_private(place, block),
        since=owned.created if owned else None,
        readings=(*dict.fromkeys((*reader.readings, *keys.readings())),),
        raw=_evidence(rules, versioning, locking, encryption, block),
    )
    yield from _admissions(session, destination, reader, policy, keys, routes)


def _lock(place: AwsPlace, answer: Mapping[str, Any] | Unread | None) -> Lock | Literal[False] | Unread:
    if isinstance(answer, Unread):
        return answer
    if answer is None:
        return False
    told = lifecycle.default_lock(answer.get("ObjectLockConfiguration", {}))
    return place.misread("s3:GetObjectLockConfiguration", told) if isinstance(told, str) else told


def _kept(
    place: AwsPlace,
    rules: Mapping[str, Any] | Unread | None,
    versioning: Mapping[str, Any] | Unread | None,
    lock: Lock | Literal[False] | Unread,
) -> tuple[tuple[Keep, ...] | Unread, tuple[Keep, ...] | Unread]:
    """Until when objects exist, and until when they can be read at once."""
    call = "s3:GetBucketLifecycleConfiguration"
    if isinstance(rules, Unread):
        return rules, rules
    told = [] if rules is None else rules.get("Rules")
    if not isinstance(told, list):
        unread = place.misread(call, "the answer has no Rules")
        return unread, unread
    # Without versions, expiration removes: the worse case, and the same where nothing expires.
    versioned = isinstance(versioning, Mapping) and versioning.get("Status") in {"Enabled", "Suspended"}
    kept = lifecycle.kept(
        told,
        versioned=versioned,
        lock=lock if not isinstance(lock, Unread) else False,
        today=datetime.now(UTC).date(),
    )
    retained = place.not_told(call, kept.retained) if isinstance(kept.retained, str) else kept.retained
    online = place.not_told(call, kept.online) if isinstance(kept.online, str) else kept.online
    if retained != (lifecycle.FOREVER,):
        # Something expires: then versions and the lock decide when it is gone.
        for part in (versioning, lock):
            if isinstance(part, Unread):
                retained = part
    return retained, online


def _private(place: AwsPlace, block: Mapping[str, Any] | Unread | None) -> bool | Unread:
    """True where S3 keeps the public out, whatever policy and ACLs say.

    Otherwise the account's own block, the policy and the ACLs would decide, which are not all read.
    """
    if isinstance(block, Unread):
        return block
    told = {} if block is None else block.get("PublicAccessBlockConfiguration", {})
    if told.get("RestrictPublicBuckets") is True and told.get("IgnorePublicAcls") is True:
        return True
    call = "s3:GetAccountPublicAccessBlock"
    return place.not_told(call, "the bucket's own block is not complete, and the account's is not read")


def _evidence(*answers: Mapping[str, Any] | Unread | None) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for answer in answers:
        if isinstance(answer, Mapping):
            found |= {name: value for name, value in answer.items() if name != "ResponseMetadata"}
    plain: Mapping[str, Any] = json.loads(json.dumps(found, default=str, sort_keys=True))
    return plain


# --- with whose key ---------------------------------------------------------------------------------------


def _default_key(place: AwsPlace, answer: Mapping[str, Any] | Unread | None) -> str | Encryption | Unread:
    """The bucket's default key, or `provider` where S3 or AWS has it (every bucket has SSE-S3 since 2023)."""
    call = "s3:GetBucketEncryption"
    if isinstance(answer, Unread):
        return answer
    if answer is None:
        return "provider"
    rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    chosen = [rule.get("ApplyServerSideEncryptionByDefault", {}) for rule in rules]
    match [(told.get("SSEAlgorithm"), told.get("KMSMasterKeyID")) for told in chosen]:
        case [("AES256", _)] | [("aws:kms" | "aws:kms:dsse", None)]:
            return "provider"
        case [("aws:kms" | "aws:kms:dsse", str(key))]:
            return key
        case other:
            return place.misread(call, f"an unknown default encryption {[name for name, _ in other]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The keys that writers to a bucket use: a trail's own, or else the bucket's default."""

    by_route: Mapping[str, KeyState]
    default: KeyState

    @classmethod
    def of(
        cls, session: AwsSession, reader: Reader, default: str | Encryption | Unread, routes: Sequence[Route]
    ) -> "Keys":
        """The state of each route's key. A key named by its id alone is one of the bucket's account."""
        place = reader.place
        account = reader.owner or place.account

        def state(key: str) -> KeyState:
            return key_state(session, key, account, place.region, place.about)

        match default:
            case Unread():
                fallback = KeyState(usable=default, encryption=default)
            case "provider" | "none" | "customer-key":
                fallback = KeyState(usable=True, encryption="provider")
            case key:
                fallback = state(key)
        own = {route.id: str(route.raw["KmsKeyId"]) for route in routes if route.raw.get("KmsKeyId")}
        return cls(
            default=fallback,
            by_route={route.id: state(own[route.id]) if route.id in own else fallback for route in routes},
        )

    def _used(self) -> list[KeyState]:
        # Equal states of one key are one: KeyState is compared by content.
        used: list[KeyState] = []
        for state in self.by_route.values() or (self.default,):
            if state not in used:
                used.append(state)
        return used

    def usable(self) -> tuple[bool | Unread, str]:
        """Whether the bucket takes records at all. Where only some writers' keys work, their admissions say so."""
        used = self._used()
        if any(state.usable is True for state in used):
            return True, ""
        for state in used:
            if isinstance(state.usable, Unread):
                return state.usable, ""
        return False, used[0].because

    def encryption(self) -> Encryption | Unread:
        """With whose keys what is written here is encrypted: the weakest that any writer uses."""
        told = [state.encryption for state in self._used()]
        if "provider" in told:
            return "provider"
        return next((one for one in told if isinstance(one, Unread)), "customer-key")

    def readings(self) -> tuple[str, ...]:
        """What the keys' states rest on."""
        return tuple(reading for state in self._used() for reading in state.readings)


# --- who may write ----------------------------------------------------------------------------------------


def _admissions(
    session: AwsSession,
    destination: str,
    reader: Reader,
    policy: Mapping[str, Any] | Unread | None,
    keys: Keys,
    routes: Sequence[Route],
) -> Iterator[Admission]:
    place = reader.place
    document: Mapping[str, Any] | Unread | None = None
    if isinstance(policy, Unread):
        document = policy
    elif policy is not None:
        document = _document(place, policy.get("Policy"))
    known: dict[tuple[object, ...], Ruling] = {}
    works, _ = keys.usable()
    for route in routes:
        if route.writer not in SERVICES:
            continue
        if isinstance(document, Unread):
            yield Admission(route=route.id, destination=destination, allowed=document)
            continue
        write = _write(session, reader.bucket, route)
        same = (write.service, write.resource, *sorted(write.context.items()))
        if same not in known:
            known[same] = ruling(document, write)
        told = known[same]
        allowed: bool | Unread
        if told.allowed is None:
            allowed = place.not_told("s3:GetBucketPolicy", told.because, route.setting)
        else:
            allowed = told.allowed
        because = told.because
        key = keys.by_route[route.id]
        if works is True and allowed is not False and key.usable is not True:
            allowed, because = key.usable, key.because
        yield Admission(
            route=route.id,
            destination=destination,
            allowed=allowed,
            because=because,
            readings=tuple(reader.readings),
            raw={"Statement": told.statement} if told.statement else {},
        )


def _document(place: AwsPlace, text: object) -> Mapping[str, Any] | Unread:
    try:
        document = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        document = None
    if not isinstance(document, dict):
        return place.misread("s3:GetBucketPolicy", "the policy is no JSON object")
    return document


def _write(session: AwsSession, bucket: str, route: Route) -> Write:
    """What is known of a service's writes over a route: CloudTrail names the trail, flow logs their account."""
    partition = session.caller().partition
    context = {
        "s3:x-amz-acl": OWNER_CONTROL,
        "aws:securetransport": "true",
        "aws:principalisawsservice": "true",
        "aws:principalservicename": route.writer,
    }
    arn = parsed(route.raw.get("TrailARN"))
    if arn is not None:
        context["aws:sourcearn"] = str(route.raw["TrailARN"])
        if route.raw.get("IsOrganizationTrail") is False:
            context["aws:sourceaccount"] = arn.account
        organization = session.organization_of(arn.account) if arn.account in session.audited else None
        if isinstance(organization, Organization):
            context["aws:sourceorgid"] = organization.id
    elif route.origin.startswith(ACCOUNT_PREFIX):
        account = route.origin.removeprefix(ACCOUNT_PREFIX)
        context["aws:sourceaccount"] = account
        context["aws:sourcearn"] = f"arn:{partition}:logs:{route.location}:{account}:{UNKNOWN}"
    return Write(
        service=route.writer,
        resource=f"arn:{partition}:s3:::{bucket}/{route.prefix}",
        context=context,
    )
