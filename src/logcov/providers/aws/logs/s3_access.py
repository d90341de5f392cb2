"""S3 server access logs: the requests that a bucket got.

Sources: s3:ListBuckets (once per account), GetBucketLogging (once per bucket: there is no other way); S3 user guide,
"Logging requests with server access logging": best effort, to a bucket of the same account and region.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Emitter, Fact, Field, HopKind, Listing, LogSource, Route, Scope, Unread
from logcov.providers.aws import resource_tags, scopes
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.client import Answer, AwsPlace
from logcov.providers.aws.offered import OPERATIONS as OFFERED
from logcov.providers.aws.offered import where_offered
from logcov.providers.aws.permissions import reads
from logcov.providers.aws.resource_tags import labels_of, tags_by_arn
from logcov.providers.aws.stores.bucket_owners import buckets_of
from logcov.providers.rows import Family, ObserverRow

SOURCE = "aws.s3.access"
BUCKET, LOGGING = "aws.s3.bucket", "aws.s3.access_logging"
LIST, GET = "s3:ListBuckets", "s3:GetBucketLogging"
WRITER = "logging.s3.amazonaws.com"
GONE = "NoSuchBucket"


def observe_buckets(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """The account's buckets in one region, and where the log of each goes.

    Raises:
        ReadFailure: the account's buckets could not be listed. One that can't be asked is known all the same.
    """
    owned = buckets_of(place.session, place.account)
    if any(one.region is None for one in owned.values()):
        raise unparseable(LIST, "a bucket without its region")
    here = {name: one for name, one in sorted(owned.items()) if one.region == location}
    tags = tags_by_arn(place, "s3") if here else {}
    partition = place.session.caller().partition
    listed = {one.reading for one in owned.values()}
    for name, one in here.items():
        told = _logging(place, name)
        if told is None:
            continue
        readings = (one.reading,) if isinstance(told, Unread) else (one.reading, told.reading)
        yield Emitter(
            source=SOURCE,
            scope=scope.id,
            location=location,
            resource=name,
            fields={"bucket": name},
            labels=labels_of(tags, f"arn:{partition}:s3:::{name}"),
            store=f"aws:s3/{name}",
            # Access is recorded by CloudTrail's data events just as well.
            known_as={"resources.ARN": f"arn:{partition}:s3:::{name}/*"},
            readings=readings,
        )
        if isinstance(told, Unread) or told.data:
            yield _route(place, scope, location, name, told, readings)
    for kind in (BUCKET, LOGGING):
        yield Listing(kind=kind, at=scope.id, location=location, readings=tuple(sorted(listed)))


def _logging(place: AwsPlace, bucket: str) -> Answer | Unread | None:
    """`LoggingEnabled` of a bucket, empty where nothing is logged; None for one deleted since it was listed."""
    try:
        answer = place.call(
            "s3", "GetBucketLogging", subject=bucket, Bucket=bucket, ExpectedBucketOwner=place.account
        )
    except ReadFailure as failure:
        return None if failure.code == GONE else place.unread(failure, bucket)
    return Answer(answer.data.get("LoggingEnabled") or {}, answer.reading)


def _route(
    place: AwsPlace,
    scope: Scope,
    location: str | None,
    bucket: str,
    told: Answer | Unread,
    readings: tuple[str, ...],
) -> Route:
    setting = f"aws:s3/{bucket}"
    to, prefix = (told, "") if isinstance(told, Unread) else _target(place, bucket, told.data)
    return Route(
        id=f"{setting}#access-log",
        kind=LOGGING,
        setting=setting,
        effect="carry",
        origin=scope.id,
        location=location,
        resource=bucket,
        sources=(SOURCE,),
        enabled=told if isinstance(told, Unread) else True,
        to=to,
        prefix=prefix,
        writer=WRITER,
        readings=readings,
        raw={} if isinstance(told, Unread) else {"LoggingEnabled": told.data},
    )


def _target(place: AwsPlace, bucket: str, told: Mapping[str, Any]) -> tuple[str | Unread, str]:
    """The destination, and the start of the keys in it: a text of its own, not a folder."""
    target, prefix = told.get("TargetBucket"), told.get("TargetPrefix", "")
    if not isinstance(target, str) or not target or not isinstance(prefix, str):
        return place.misread(GET, "logging without a target bucket", bucket), ""
    if "PartitionedPrefix" in told.get("TargetObjectKeyFormat", {}):
        prefix += f"{place.account}/{place.region}/{bucket}/"
    return f"aws:s3/{target}", prefix


S3_ACCESS_FAMILY = Family(
    sources=(
        LogSource(
            id=SOURCE,
            title="Requests to an S3 bucket, as its server access log tells them",
            provider="aws",
            scope_kinds=("aws.account",),
            fields=(
                Field(name="bucket", optional=False),
                Field(name="operation", optional=False),
                Field(name="requester"),
                Field(name="remote_ip"),
                Field(name="key"),
                Field(name="http_status", kind="number"),
                Field(name="error_code"),
            ),
            needs=(LOGGING,),
            emitters=BUCKET,
            per_location=True,
            limits=(
                "S3 delivers these logs as well as it can: some records may come late or never.",
                "Data events of CloudTrail, which can tell the same, are the log source aws.cloudtrail.data.",
                "Directory buckets (S3 Express) have no server access logs and are not part of this.",
            ),
            documentation="https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=LOGGING,
            title="Server access logging of an S3 bucket",
            effects=("carry",),
            origins=("aws.account",),
            per_location=True,
            leads_to=("aws:s3/*",),
        ),
    ),
    observers=(
        ObserverRow(
            name="aws.s3_access",
            provider="aws",
            scope_kinds=("aws.account",),
            observe=where_offered(
                observe_buckets, service="s3", sources=(SOURCE,), listings=(BUCKET, LOGGING)
            ),
            listings=(BUCKET, LOGGING),
            sources=(SOURCE,),
            operations=(
                *scopes.OPERATIONS,
                *OFFERED,
                *resource_tags.OPERATIONS,
                *reads({LIST: "buckets and their regions", GET: "where a bucket's access log goes"}),
            ),
            per_location=True,
        ),
    ),
)
