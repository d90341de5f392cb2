"""Where AWS Config delivers what it records: the delivery channel's bucket and topic, and the default event bus.

Sources: config:DescribeDeliveryChannels, DescribeDeliveryChannelStatus; Config developer guide, "Permissions for the
Amazon S3 bucket", "Monitoring AWS Config with EventBridge".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from logcov.inventory import Delivery, Unread
from logcov.providers.aws.arns import destination_of, parsed, under
from logcov.providers.aws.client import Answer, AwsPlace
from logcov.providers.aws.times import utc

CHANNELS, DELIVERED = "config:DescribeDeliveryChannels", "config:DescribeDeliveryChannelStatus"
WRITER = "config.amazonaws.com"
SERVICE_LINKED = "/aws-service-role/config.amazonaws.com/"
EVIDENCE = (
    "name",
    "s3BucketName",
    "s3KeyPrefix",
    "s3KmsKeyArn",
    "snsTopicARN",
    "configSnapshotDeliveryProperties",
)
HISTORY, SNAPSHOT, STREAM = (
    "configHistoryDeliveryInfo",
    "configSnapshotDeliveryInfo",
    "configStreamDeliveryInfo",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way that items take: `channel` is empty for the event bus, which needs no setting."""

    name: str
    to: str | Unread
    channel: str = ""
    prefix: str = ""
    delivery: Delivery | None = None
    writer: str = ""
    readings: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)

    @staticmethod
    def lost(unread: Unread) -> "Way":
        """A way of which it is not known where it leads."""
        return Way(name="unread", to=unread)


def ways(place: AwsPlace, channels: Answer | Unread, role: str) -> tuple[Way, ...]:
    """All ways of what is recorded here; `role` is the ARN that the recorder writes with.

    The service's own role always needs the bucket's leave to write; another needs it in other accounts only.
    """
    bus = Way(name="events", to=f"aws:events/{place.region}/{place.account}/default")
    if isinstance(channels, Unread):
        return (bus, Way.lost(channels))
    told = channels.data.get("DeliveryChannels")
    if not isinstance(told, list):
        return (bus, Way.lost(place.misread(CHANNELS, "the answer has no DeliveryChannels")))
    if not told:
        return (bus,)
    statuses = place.value("config", "DescribeDeliveryChannelStatus")
    assert statuses is not None
    return (bus, *(way for one in told for way in _of_channel(place, one, statuses, role)))


def _of_channel(
    place: AwsPlace, channel: Mapping[str, Any], statuses: Answer | Unread, role: str
) -> Iterator[Way]:
    name = str(channel.get("name", "default"))
    status = _status_of(place, statuses, name)
    raw = {word: channel[word] for word in EVIDENCE if word in channel}
    readings = (statuses.reading,) if isinstance(statuses, Answer) else ()
    bucket = channel.get("s3BucketName")
    yield Way(
        name=f"{name}/s3",
        channel=name,
        to=f"aws:s3/{bucket}"
        if isinstance(bucket, str) and bucket
        else place.misread(CHANNELS, "a delivery channel without a bucket", name),
        prefix=under(
            str(channel.get("s3KeyPrefix") or ""), "AWSLogs", place.account, "Config", str(place.region)
        ),
        delivery=_files(place, status, name),
        writer=WRITER if SERVICE_LINKED in role or not parsed(role) else role,
        readings=readings,
        raw=raw,
    )
    topic = channel.get("snsTopicARN")
    if topic:
        found = destination_of(topic)
        yield Way(
            name=f"{name}/sns",
            channel=name,
            to=found[0] if found else place.misread(CHANNELS, "a topic that is no ARN", name),
            delivery=_last(place, status, (STREAM,), name),
            readings=readings,
            raw=raw,
        )


def _status_of(place: AwsPlace, statuses: Answer | Unread, name: str) -> Mapping[str, Any] | Unread:
    if isinstance(statuses, Unread):
        return statuses
    for one in statuses.data.get("DeliveryChannelsStatus") or ():
        if one.get("name") == name:
            found: Mapping[str, Any] = one
            return found
    return place.misread(DELIVERED, "the status of a delivery channel is missing", name)


def _files(place: AwsPlace, status: Mapping[str, Any] | Unread, name: str) -> Delivery | None:
    """Of files: history files hold the items; until there is one, a snapshot shows whether the bucket takes them."""
    return _last(place, status, (HISTORY, SNAPSHOT), name)


def _last(
    place: AwsPlace, status: Mapping[str, Any] | Unread, words: Sequence[str], name: str
) -> Delivery | None:
    """How the last delivery went. After one that worked there is nothing to tell: Config delivers when there is something."""
    if isinstance(status, Unread):
        return Delivery(last_success=status, last_error=status)
    for word in words:
        told = status.get(word) or {}
        last = str(told.get("lastStatus", "not_applicable")).lower()
        if last == "success":
            return None
        if last == "failure":
            why = told.get("lastErrorCode") or told.get("lastErrorMessage") or "Failure"
            return Delivery(last_success=utc(told.get("lastSuccessfulTime")), last_error=str(why))
        if last != "not_applicable":
            unread = place.misread(DELIVERED, f"the unknown status {told.get('lastStatus')}", name)
            return Delivery(last_success=unread, last_error=unread)
    return Delivery()
