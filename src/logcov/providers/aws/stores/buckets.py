"""S3 buckets that log files are written to: whose, how long kept, how locked, who may write.

Sources: s3:ListBuckets, HeadBucket, GetBucketPolicy, GetBucketLifecycleConfiguration, GetBucketVersioning,
GetObjectLockConfiguration, GetBucketEncryption, GetPublicAccessBlock, and GetBucketAcl where it decides; kms:DescribeKey and
GetKeyPolicy, and ListGrants where that decides.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from logcov.inventory import Admission, Destination, Fact, Keep, Lock, Route, Unread
from logcov.providers.aws.accounts import ACCOUNT_PREFIX
from logcov.providers.aws.client import AwsPlace, AwsSession
from logcov.providers.aws.permissions import reads
from logcov.providers.aws.stores import lifecycle
from logcov.providers.aws.stores.admissions import Asked, admissions, needs_grant, policy_of
from logcov.providers.aws.stores.bucket_deleters import deleters
from logcov.providers.aws.stores.bucket_keys import Keys, default_key
from logcov.providers.aws.stores.bucket_owners import Owned, Shut, owner_of, region_of, way_in
from logcov.providers.aws.stores.bucket_reader import Reader
from logcov.providers.aws.stores.public_access import OPERATIONS as PUBLIC_ACCESS
from logcov.providers.aws.stores.public_access import private

OPERATIONS = (
    *PUBLIC_ACCESS,
    *reads(
        {
            "s3:ListBuckets": "whose a bucket is",
            "s3:HeadBucket": "whether a bucket of nobody audited exists, and in which region a bucket is",
            "s3:GetBucketPolicy": "who may write",
            "s3:GetBucketAcl": "who may write, asked only where the policy does not let a log delivery in",
            "s3:GetBucketLifecycleConfiguration": "how long objects are kept, and when archived",
            "s3:GetBucketVersioning": "whether expired objects still exist",
            "s3:GetObjectLockConfiguration": "whether objects are locked",
            "s3:GetBucketEncryption": "with whose key objects are encrypted",
            "s3:GetPublicAccessBlock": "that nobody outside may read",
            "kms:DescribeKey": "whether the key works, and whose it is",
            "kms:GetKeyPolicy": "whether the key lets a service encrypt what it writes",
            "kms:ListGrants": "whether a grant lets a service in that the key's policy does not",
        }
    ),
)

IAM = "iam:GetAccountAuthorizationDetails"
"""What would tell who can delete where the bucket's policy does not settle it. It is not read."""


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
        deleters=unread,
        readings=shut.readings,
    )
    for route in routes:
        if needs_grant(route):
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
    default = default_key(place, encryption)
    keys = Keys.of(session, reader, default, routes)
    usable, because = keys.usable()
    shut, more = private(place, reader.owner, block)
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
        private=shut,
        deleters=_deleters(place, reader.owner, reader.bucket, policy),
        since=owned.created if owned else None,
        readings=(*dict.fromkeys((*reader.readings, *keys.readings(), *more)),),
        raw=_evidence(rules, versioning, locking, encryption, block),
    )
    asked = Asked(session=session, reader=reader, keys=keys, policy=policy, lock=lock, encryption=encryption)
    yield from admissions(asked, destination, routes)


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


def _deleters(
    place: AwsPlace, account: str | None, bucket: str, policy: Mapping[str, Any] | Unread | None
) -> tuple[str, ...] | Unread:
    """Who can delete, where the bucket's policy settles it. IAM's policies, which else would, are not read."""
    document = policy_of(place, policy)
    if isinstance(document, Unread):
        return document
    partition = place.session.caller().partition
    found = deleters(document, bucket, account, partition=partition) if account and document else None
    # A read that is never made is noted by whoever waits for it, and by nobody else.
    return Unread(f"!{IAM} {place.about}") if found is None else found


def _evidence(*answers: Mapping[str, Any] | Unread | None) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for answer in answers:
        if isinstance(answer, Mapping):
            found |= {name: value for name, value in answer.items() if name != "ResponseMetadata"}
    plain: Mapping[str, Any] = json.loads(json.dumps(found, default=str, sort_keys=True))
    return plain
