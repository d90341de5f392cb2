"""Whose a bucket is, and who may look at it.

Sources: s3:ListBuckets, HeadBucket.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Route, Unread
from logcov.providers.aws.accounts import ACCOUNT_PREFIX, DORMANT
from logcov.providers.aws.answers import headers_of, unparseable
from logcov.providers.aws.client import AwsPlace, AwsSession
from logcov.providers.aws.times import utc

WORKERS = 8
MOST_CANDIDATES = 4
NOT_FOUND = ("NoSuchBucket", "404")
"""HeadBucket's answers have no body: what does not exist is told by the status alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """A bucket in its owner's list."""

    account: str
    region: str | None
    created: str | None
    reading: str


def owner_of(session: AwsSession, bucket: str) -> tuple[Owned | None, Unread | None]:
    """The audited account that has the bucket, or why there may be one; neither: nobody audited has it."""
    owners, unread = session.once.get("bucket owners", lambda: _owners(session))
    found = owners.get(bucket)
    return (found, None) if found else (None, unread or session.population)


def _owners(session: AwsSession) -> tuple[Mapping[str, Owned], Unread | None]:
    """Every bucket of every audited account, each account asked once."""
    accounts = [account for account, scope in sorted(session.audited.items()) if scope.state not in DORMANT]
    owners: dict[str, Owned] = {}
    unread: Unread | None = None
    with ThreadPoolExecutor(WORKERS) as pool:
        for answer in pool.map(lambda account: _buckets(session, account), accounts):
            if isinstance(answer, Unread):
                unread = unread or answer
            else:
                owners |= answer
    return owners, unread


def _buckets(session: AwsSession, account: str) -> Mapping[str, Owned] | Unread:
    try:
        return buckets_of(session, account)
    except ReadFailure as failure:
        return session.place(account, None).unread(failure)


def buckets_of(session: AwsSession, account: str) -> Mapping[str, Owned]:
    """An account's own buckets by name, listed once.

    Raises:
        ReadFailure: they could not be listed.
    """

    def ask() -> Mapping[str, Owned]:
        # With MaxBuckets, pages come, and each bucket's region with it.
        answer = session.place(account, None).pages("s3", "ListBuckets", "Buckets", MaxBuckets=1000)
        return {
            _named(told): Owned(
                account=account,
                region=told.get("BucketRegion"),
                created=utc(told.get("CreationDate")),
                reading=answer.reading,
            )
            for told in answer.data
        }

    return session.once.get(("buckets", account), ask)


def _named(told: Mapping[str, Any]) -> str:
    name = told.get("Name")
    if not isinstance(name, str):
        raise unparseable("s3:ListBuckets", "a bucket without a name")
    return name


def region_of(session: AwsSession, account: str, bucket: str, destination: str) -> str | None:
    """A bucket's region by HeadBucket; None: ask at home, S3 says where to go."""
    place = session.place(account, None, destination)
    answer = place.value("s3", "HeadBucket", absent=NOT_FOUND, Bucket=bucket, ExpectedBucketOwner=account)
    if answer is None or isinstance(answer, Unread):
        return None
    region = answer.data.get("BucketRegion")
    return region if isinstance(region, str) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shut:
    """A bucket that nobody here may look at, or that is not there. `exists` may still be told."""

    exists: bool | Unread
    unread: Unread | None
    readings: tuple[str, ...]


def way_in(session: AwsSession, destination: str, bucket: str, routes: Sequence[Route]) -> AwsPlace | Shut:
    """An identity that may look at a bucket of nobody audited: the caller, or an account that writes there.

    S3 says to everybody that a bucket does not exist. A refusal that names the bucket's region proves that
    it does; another refusal proves nothing.
    """
    writers = sorted({route.origin for route in routes if route.origin.startswith(ACCOUNT_PREFIX)})
    unread: Unread | None = None
    seen: list[str] = []
    for account in ("", *(writer.removeprefix(ACCOUNT_PREFIX) for writer in writers))[:MOST_CANDIDATES]:
        place = session.place(account, None, destination)
        try:
            answer = place.call("s3", "HeadBucket", Bucket=bucket)
        except ReadFailure as failure:
            if failure.code in NOT_FOUND:
                return Shut(exists=False, unread=None, readings=(place.noted(failure.call),))
            unread = unread or place.unread(failure)
            if failure.code and headers_of(failure).get("x-amz-bucket-region"):
                seen.append(place.noted(failure.call))
            continue
        region = answer.data.get("BucketRegion")
        if isinstance(region, str):
            return session.place(account, region, destination)
        unread = unread or place.misread("s3:HeadBucket", "the answer names no region")
    assert unread is not None
    return Shut(exists=True if seen else unread, unread=unread, readings=tuple(seen[:1]))
