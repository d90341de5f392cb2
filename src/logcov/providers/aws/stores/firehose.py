"""Firehose streams: relays that hand everything on to one place, unless a function is put between.

Sources: firehose:DescribeDeliveryStream; kms:DescribeKey; Firehose developer guide, "Configure destination settings", "Configure
record transformation", "Configure backup settings", "Custom prefixes for Amazon S3 objects".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from logcov.errors import ReadFailure
from logcov.inventory import Delivery, Destination, Fact, Listing, Route, Unread
from logcov.providers.aws.accounts import ACCOUNT_PREFIX
from logcov.providers.aws.arns import destination_of, parsed
from logcov.providers.aws.client import AwsPlace, AwsSession
from logcov.providers.aws.keys import CALL as KEY
from logcov.providers.aws.keys import KeyState, key_state
from logcov.providers.aws.permissions import reads
from logcov.providers.aws.times import utc

DESCRIBE = "firehose:DescribeDeliveryStream"
ONWARD = "aws.firehose.target"
OPERATIONS = reads(
    {
        DESCRIBE: "whether a Firehose stream works, and where it delivers",
        KEY: "whether the keys of a Firehose stream work",
    }
)
WORKING, BROKEN = (
    "ACTIVE",
    frozenset({"CREATING", "CREATING_FAILED", "DELETING", "DELETING_FAILED", "SUSPENDED"}),
)
"""`DeliveryStreamStatus`; a stream that is being deleted takes no more records."""
WHOLE = frozenset(
    {
        "RecordDeAggregation",
        "Decompression",
        "CloudWatchLogProcessing",
        "MetadataExtraction",
        "AppendDelimiterToRecord",
    }
)
"""Processors that take records apart or put them together, and drop none."""
EXPRESSION = "!{"
"""Where a prefix begins to depend on the record or the hour."""

BUCKETS = ("ExtendedS3DestinationDescription", "S3DestinationDescription", "S3BackupDescription")
EVERYTHING = frozenset({"Enabled", "AllDocuments", "AllEvents", "AllData"})
"""`S3BackupMode` under which the backup bucket gets all records; under the others it gets what failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One place that a stream delivers to.

    `whole`: nothing stands before it that may drop records. `key`: of KMS, by which the stream encrypts there.
    `role`: the ARN of the role that it writes with, which a bucket of another account must let in.
    """

    name: str
    to: str | Unread
    prefix: str = ""
    whole: bool = True
    key: str = ""
    role: str = ""
    raw: Mapping[str, Any]


def read_firehose(session: AwsSession, destination: str, routes: Sequence[Route]) -> Iterator[Fact]:
    """A Firehose stream: whether it takes records, and routes to where it delivers them."""
    del routes
    region, account, name = destination.removeprefix("aws:firehose/").split("/", 2)
    place = session.place(account, region, destination)
    owner = ACCOUNT_PREFIX + account if account in session.audited else None
    try:
        if not session.may_read(account):
            told = f"the stream belongs to account {account}, which is not audited"
            raise ReadFailure(call=DESCRIBE, kind="not-observable", detail=told)  # noqa: TRY301
        answer = place.call("firehose", "DescribeDeliveryStream", DeliveryStreamName=name)
    except ReadFailure as failure:
        yield from _unseen(place, destination, owner, failure)
        return
    stream = answer.data.get("DeliveryStreamDescription", {})
    status = stream.get("DeliveryStreamStatus")
    usable: bool | Unread = status == WORKING
    if status != WORKING and status not in BROKEN:
        usable = place.misread(DESCRIBE, f"a stream in the unknown state {status}")
    because = f"the stream is {status}" if usable is False else ""
    key = _own_key(stream)
    if usable is True and key:
        state = _state(place, key)
        usable, because = state.usable, state.because
    yield Destination(
        id=destination,
        kind="aws.firehose",
        end=False,
        owner=owner,
        usable=usable,
        unusable_because=because,
        since=utc(stream.get("CreateTimestamp")),
        readings=(answer.reading,),
        raw={
            field: stream[field]
            for field in ("DeliveryStreamName", "DeliveryStreamStatus", "DeliveryStreamType")
            if field in stream
        },
    )
    targets = _targets(place, stream)
    if isinstance(targets, Unread):
        return
    for target in targets:
        yield Route(
            id=f"{destination}#{target.name}",
            kind=ONWARD,
            setting=destination,
            effect="carry",
            origin=destination,
            filter=None
            if target.whole
            else place.not_told(DESCRIBE, "a function or conversion between may drop records", target.name),
            to=target.to,
            prefix=target.prefix,
            writer=target.role,
            delivery=_with_key(place, target.key) if target.key else None,
            since=utc(stream.get("LastUpdateTimestamp") or stream.get("CreateTimestamp")),
            readings=(answer.reading,),
            raw=target.raw,
        )
    yield Listing(kind=ONWARD, at=destination, readings=(answer.reading,))


def _state(place: AwsPlace, key: str) -> KeyState:
    return key_state(place.session, key, place.account, place.region, place.about)


def _own_key(stream: Mapping[str, Any]) -> str:
    """The customer's key without which the stream takes no record, or none."""
    told = stream.get("DeliveryStreamEncryptionConfiguration") or {}
    return "" if told.get("Status") == "DISABLED" else str(told.get("KeyARN") or "")


def _with_key(place: AwsPlace, key: str) -> Delivery | None:
    """A key that does not work fails every delivery. Of the stream's deliveries, nothing else is read."""
    state = _state(place, key)
    return None if state.usable is True else Delivery(last_error=state.usable or state.because)


def _unseen(place: AwsPlace, destination: str, owner: str | None, failure: ReadFailure) -> Iterator[Fact]:
    if failure.code == "ResourceNotFoundException":
        reading = place.noted(failure.call)
        yield Destination(
            id=destination, kind="aws.firehose", end=False, exists=False, owner=owner, readings=(reading,)
        )
        yield Listing(kind=ONWARD, at=destination, readings=(reading,))
        return
    unread = place.unread(failure, hides=(ONWARD,), everywhere=True)
    yield Destination(
        id=destination, kind="aws.firehose", end=False, exists=unread, owner=owner, usable=unread
    )


def _targets(place: AwsPlace, stream: Mapping[str, Any]) -> Sequence[Target] | Unread:
    """Where the stream's one destination puts records, its backup bucket included if that gets all of them.

    Answers show the same bucket twice where both the older and the extended description are given.
    """
    destinations = stream.get("Destinations")
    if not isinstance(destinations, list) or len(destinations) != 1:
        return _hidden(place, "a stream without its one destination")
    (told,) = destinations
    kinds = {name: value for name, value in told.items() if name.endswith("Description") and value}
    kind = next((name for name in kinds if name not in BUCKETS), None) or next(iter(kinds), None)
    if "ExtendedS3DestinationDescription" in kinds and kind in BUCKETS:
        kind = "ExtendedS3DestinationDescription"
    if kind is None:
        return _hidden(place, "a destination without a description")
    chosen = kinds[kind]
    whole = _whole(chosen)
    if kind in BUCKETS:
        found = [_bucket(place, "s3", chosen, whole=whole)]
    else:
        found = [_elsewhere(place, kind, chosen, whole=whole)]
        if kind == "RedshiftDestinationDescription":
            # Everything is put into a bucket first, and copied from there.
            found.append(_bucket(place, "s3", chosen.get("S3DestinationDescription", {}), whole=whole))
    if chosen.get("S3BackupMode") in EVERYTHING:
        # The backup is made of what comes in, before any processor.
        backup = chosen.get("S3BackupDescription") or chosen.get("S3DestinationDescription") or {}
        found.append(_bucket(place, "backup", backup, whole=True))
    return found


def _hidden(place: AwsPlace, why: str) -> Unread:
    failure = ReadFailure(call=DESCRIBE, kind="unparseable", detail=why)
    return place.unread(failure, hides=(ONWARD,), everywhere=True)


def _whole(chosen: Mapping[str, Any]) -> bool:
    conversion = chosen.get("DataFormatConversionConfiguration")
    if conversion and conversion.get("Enabled") is not False:
        return False  # what its schema does not know is left out, and what does not fit is put elsewhere
    processing = chosen.get("ProcessingConfiguration") or {}
    if processing.get("Enabled") is False:
        return True
    return all(one.get("Type") in WHOLE for one in processing.get("Processors", []))


def _bucket(place: AwsPlace, name: str, told: Mapping[str, Any], *, whole: bool) -> Target:
    found = destination_of(told.get("BucketARN"))
    prefix = str(told.get("Prefix") or "").split(EXPRESSION, 1)[0]
    encryption = (told.get("EncryptionConfiguration") or {}).get("KMSEncryptionConfig") or {}
    return Target(
        name=name,
        key=str(encryption.get("AWSKMSKeyARN") or ""),
        role=_role(place, told),
        to=found[0] if found else place.misread(DESCRIBE, "a bucket without an ARN", name),
        prefix=prefix,
        whole=whole,
        raw={field: told[field] for field in ("BucketARN", "Prefix", "S3BackupMode") if field in told},
    )


def _role(place: AwsPlace, told: Mapping[str, Any]) -> str:
    """The role that a stream writes into a bucket with; somebody of the stream's account where it is not told."""
    role = told.get("RoleARN")
    arn = parsed(role)
    if arn is not None and arn.service == "iam":
        return str(role)
    return f"arn:{place.session.caller().partition}:iam::{place.account}:root"


def _elsewhere(place: AwsPlace, kind: str, told: Mapping[str, Any], *, whole: bool) -> Target:
    """A place that is no bucket: a door, behind which no API of AWS shows how records are kept."""
    word = kind.removesuffix("DestinationDescription").lower()
    address = told.get("HECEndpoint") or told.get("EndpointConfiguration", {}).get("Url")
    name = (
        urlsplit(address).hostname
        if isinstance(address, str)
        else told.get("DomainARN")
        or told.get("CollectionEndpoint")
        or told.get("ClusterEndpoint")
        or told.get("ClusterJDBCURL")
        or told.get("AccountUrl")
    )
    return Target(
        name=word,
        to=f"aws:endpoint/{word}/{name}"
        if name
        else place.not_told(DESCRIBE, f"where a stream of kind {word} leads is not known", word),
        whole=whole,
        # The URL of an endpoint can hold a key: only its host is kept.
        raw={"destination": word, "host": name, "S3BackupMode": told.get("S3BackupMode")},
    )


def read_endpoint(session: AwsSession, destination: str, routes: Sequence[Route]) -> Iterator[Fact]:
    """A place outside, or a database: it counts as there; how it keeps records, no API tells.

    What Firehose cannot deliver it puts into a bucket for failures; its metrics are not read.
    """
    del session
    yield Destination(
        id=destination,
        kind="aws.endpoint",
        end=False,
        readings=tuple(dict.fromkeys(reading for route in routes for reading in route.readings)),
    )
