"""AWS Config: the configuration items that each account and region records, and where they are delivered.

Sources: config:DescribeConfigurationRecorders, and only where there is a recorder DescribeConfigurationRecorderStatus,
DescribeDeliveryChannels and DescribeDeliveryChannelStatus: one to four calls per account and region, which serve the
items of its own resources and those of IAM alike. Config developer guide, "Recording AWS resources", "Permissions for
the Amazon S3 bucket", "Monitoring AWS Config with EventBridge"; API reference, `RecordingGroup`.

Users, groups, roles and policies of IAM belong to no region: one recorder that takes them is enough for an account.
They are a log source of their own, so that no region is asked for what another one records.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Emitter, Fact, Filter, Listing, Route, Scope, Unread
from logcov.providers.aws.accounts import DORMANT
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.client import Answer, AwsPlace
from logcov.providers.aws.logs.config_delivery import Way, ways
from logcov.providers.aws.logs.config_types import Group, filters_of, group_of
from logcov.providers.aws.times import plain

ITEM, GLOBAL_ITEM = "aws.config.item", "aws.config.global_item"
RECORDER, DELIVERY = "aws.config.recorder", "aws.config.delivery"
GLOBAL_RECORDER, GLOBAL_DELIVERY = "aws.config.global_recorder", "aws.config.global_delivery"

RECORDERS = "config:DescribeConfigurationRecorders"
RECORDING = "config:DescribeConfigurationRecorderStatus"
CHANNELS = "config:DescribeDeliveryChannels"
DELIVERED = "config:DescribeDeliveryChannelStatus"

WORKING = frozenset({"success", "pending"})
"""`lastStatus` of a recorder that works; AWS spells it in capitals, or with one."""
EVIDENCE = ("name", "roleARN", "recordingGroup", "recordingMode", "recordingScope")
STATUS_EVIDENCE = ("recording", "lastStatus", "lastErrorCode", "lastStatusChangeTime")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """A recorder of the customer's own: what it records, whether it runs, and where its items go."""

    name: str
    group: Group | Unread
    running: bool | Unread
    ways: tuple[Way, ...]
    readings: tuple[str, ...]
    raw: Mapping[str, Any]


def observe_recorders(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """The items of one account and region, the recorder that records them, and its deliveries.

    Raises:
        ReadFailure: DescribeConfigurationRecorders failed.
    """
    readings, recorders = _recorders(place)
    yield Emitter(
        source=ITEM,
        scope=scope.id,
        location=location,
        fields={"awsAccountId": place.account, "awsRegion": str(location)},
        readings=readings,
    )
    for one in recorders:
        regional, _ = filters_of(one.group, place, _setting(place, one))
        if isinstance(regional, Filter):
            yield regional
        yield _recording(place, scope, location, one, RECORDER, ITEM, regional, running=one.running)
        for way in one.ways:
            yield _carrying(place, scope, location, one, DELIVERY, ITEM, way)
    for kind in (RECORDER, DELIVERY):
        yield Listing(kind=kind, at=scope.id, location=location, readings=readings)


def observe_global_recorders(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """The items of IAM in one account, and the recorders of all its regions that take them.

    A region that cannot be read leaves a recorder of which nothing is known, and so does a region that is not audited.
    """
    asleep = f"the account is {scope.state}" if scope.state in DORMANT else ""
    yield Emitter(
        source=GLOBAL_ITEM,
        scope=scope.id,
        location=location,
        fields={"awsAccountId": place.account},
        not_applicable=asleep,
        readings=scope.readings,
    )
    if not asleep:
        if isinstance(scope.locations, Unread):
            return  # without its regions, nobody knows how many recorders there are
        enabled = {name for name, on in scope.locations.items() if on}
        everywhere = place.session.regions.get(place.account, ())
        if isinstance(everywhere, Unread):
            yield from _recorded(place, scope, _lost(everywhere))
            everywhere = ()
        for region in sorted(enabled | set(everywhere)):
            here = place.elsewhere(place.account, region, place.about)
            for one in _recorders_of(here, audited=region in enabled):
                yield from _recorded(here, scope, one)
    for kind in (GLOBAL_RECORDER, GLOBAL_DELIVERY):
        yield Listing(kind=kind, at=scope.id, location=location, readings=scope.readings)


def _recorders_of(here: AwsPlace, *, audited: bool) -> tuple[Recorder, ...]:
    """The recorders of a region; where they cannot be told, one of which nothing is known."""
    if not audited:
        told = f"{here.region} is not among the regions that are audited"
        return (_lost(here.not_told(RECORDERS, told)),)
    try:
        return _recorders(here)[1]
    except ReadFailure as failure:
        return (_lost(here.unread(failure)),)


def _lost(unread: Unread) -> Recorder:
    return Recorder(name="*", group=unread, running=unread, ways=(Way.lost(unread),), readings=(), raw={})


def _recorded(here: AwsPlace, scope: Scope, one: Recorder) -> Iterator[Fact]:
    """What a recorder does for the items of IAM; its deliveries only if it records them."""
    _, chosen = filters_of(one.group, here, _setting(here, one))
    if chosen is False:
        yield _recording(here, scope, None, one, GLOBAL_RECORDER, GLOBAL_ITEM, None, running=False)
        return
    if isinstance(chosen, Filter):
        yield chosen
    yield _recording(here, scope, None, one, GLOBAL_RECORDER, GLOBAL_ITEM, chosen, running=one.running)
    for way in one.ways:
        yield _carrying(here, scope, None, one, GLOBAL_DELIVERY, GLOBAL_ITEM, way)


# --- reading ----------------------------------------------------------------------------------------------


def _recorders(place: AwsPlace) -> tuple[tuple[str, ...], tuple[Recorder, ...]]:
    """The recorders of one account and region that are the customer's own, asked for once.

    Raises:
        ReadFailure: DescribeConfigurationRecorders failed.
    """

    def ask() -> tuple[tuple[str, ...], tuple[Recorder, ...]]:
        answer = place.call("config", "DescribeConfigurationRecorders")
        told = answer.data.get("ConfigurationRecorders")
        if not isinstance(told, list):
            raise unparseable(RECORDERS, "the answer has no ConfigurationRecorders")
        own = [one for one in told if not _of_a_service(one)]
        if not own:
            return (answer.reading,), ()
        statuses = place.value("config", "DescribeConfigurationRecorderStatus")
        channels = place.value("config", "DescribeDeliveryChannels")
        return (answer.reading,), tuple(_recorder(place, answer, one, statuses, channels) for one in own)

    return place.session.once.get(("config", place.account, place.region), ask)


def _of_a_service(recorder: Mapping[str, Any]) -> bool:
    """Service-linked recorders serve the service that made them, and deliver nothing to the customer."""
    return bool(recorder.get("servicePrincipal")) or recorder.get("recordingScope") == "INTERNAL"


def _recorder(
    place: AwsPlace,
    answer: Answer,
    told: Mapping[str, Any],
    statuses: Answer | Unread | None,
    channels: Answer | Unread | None,
) -> Recorder:
    name = told.get("name")
    if not isinstance(name, str):
        raise unparseable(RECORDERS, "a recorder without a name")
    assert statuses is not None and channels is not None  # noqa: PT018 - no code of theirs means "absent"
    status = _status_of(place, statuses, name)
    raw = {field: told[field] for field in EVIDENCE if field in told}
    if not isinstance(status, Unread):
        raw["status"] = {field: plain(status[field]) for field in STATUS_EVIDENCE if field in status}
    answers = [one for one in (answer, statuses, channels) if isinstance(one, Answer)]
    return Recorder(
        name=name,
        group=group_of(place, RECORDERS, told),
        running=status if isinstance(status, Unread) else _running(place, status, name),
        ways=ways(place, channels, str(told.get("roleARN", ""))),
        readings=tuple(one.reading for one in answers),
        raw=raw,
    )


def _status_of(place: AwsPlace, statuses: Answer | Unread, name: str) -> Mapping[str, Any] | Unread:
    if isinstance(statuses, Unread):
        return statuses
    for one in statuses.data.get("ConfigurationRecordersStatus") or ():
        if one.get("name") == name and not one.get("servicePrincipal"):
            found: Mapping[str, Any] = one
            return found
    return place.misread(RECORDING, "the status of a recorder is missing", name)


def _running(place: AwsPlace, status: Mapping[str, Any], name: str) -> bool | Unread:
    """Whether it records. One whose last recording failed may record other things all the same."""
    recording, last = status.get("recording"), status.get("lastStatus")
    if not isinstance(recording, bool):
        return place.misread(RECORDING, "whether it records is missing", name)
    if not recording or str(last).lower() in WORKING:
        return recording
    if str(last).lower() == "failure":
        why = f"its last recording failed ({status.get('lastErrorCode') or 'no reason given'})"
        return place.not_told(RECORDING, f"whether {name} records everything is not told: {why}", name)
    return place.misread(RECORDING, f"the unknown status {last}", name)


# --- the hops ---------------------------------------------------------------------------------------------


def _setting(place: AwsPlace, recorder: Recorder) -> str:
    return f"aws:config/{place.region}/{place.account}/{recorder.name}"


def _recording(
    place: AwsPlace,
    scope: Scope,
    location: str | None,
    one: Recorder,
    kind: str,
    source: str,
    admits: Filter | Unread | None,
    *,
    running: bool | Unread,
) -> Route:
    setting = _setting(place, one)
    return Route(
        id=f"{setting}#{kind}",
        kind=kind,
        setting=setting,
        effect="generate",
        origin=scope.id,
        location=location,
        sources=(source,),
        enabled=running,
        filter=admits.id if isinstance(admits, Filter) else admits,
        readings=one.readings,
        raw=one.raw,
    )


def _carrying(
    place: AwsPlace, scope: Scope, location: str | None, one: Recorder, kind: str, source: str, way: Way
) -> Route:
    setting = _setting(place, one)
    return Route(
        id=f"{setting}#{kind}/{way.name}",
        kind=kind,
        setting=f"aws:config-channel/{place.region}/{place.account}/{way.channel}"
        if way.channel
        else setting,
        effect="carry",
        origin=scope.id,
        location=location,
        sources=(source,),
        to=way.to,
        prefix=way.prefix,
        delivery=way.delivery,
        writer=way.writer,
        readings=tuple(dict.fromkeys((*one.readings, *way.readings))),
        raw={**way.raw, "roleARN": one.raw.get("roleARN", "")},
    )
