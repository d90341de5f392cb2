"""Kinesis data streams: relays from which anybody with the right may pull.

Sources: kinesis:DescribeStreamSummary; kms:DescribeKey; firehose:ListDeliveryStreams, DescribeDeliveryStream
(`KinesisStreamSourceDescription`); lambda:ListEventSourceMappings. Who polls with GetRecords, no configuration tells.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from logcov.errors import ReadFailure
from logcov.inventory import Destination, Fact, Route, Unread
from logcov.providers.aws.accounts import ACCOUNT_PREFIX
from logcov.providers.aws.client import AwsPlace, AwsSession
from logcov.providers.aws.keys import CALL as KEY
from logcov.providers.aws.keys import key_state
from logcov.providers.aws.permissions import reads
from logcov.providers.aws.times import utc

SUMMARY = "kinesis:DescribeStreamSummary"
FIREHOSES, FIREHOSE = "firehose:ListDeliveryStreams", "firehose:DescribeDeliveryStream"
MAPPINGS = "lambda:ListEventSourceMappings"
ONWARD = "aws.kinesis.reader"
OPERATIONS = reads(
    {
        SUMMARY: "whether a Kinesis stream works, and has registered consumers",
        KEY: "whether the key of a Kinesis stream works",
        FIREHOSES: "which Firehose streams there are that may read from a Kinesis stream",
        FIREHOSE: "from which Kinesis stream a Firehose stream reads",
        MAPPINGS: "which functions read from a Kinesis stream",
    }
)
FUNCTION_PARTS = 7
"""Parts of a function's ARN between colons."""
OF_AWS = "alias/aws/kinesis"
"""The key that everybody's streams have if they name none; it works."""
WORKING, BROKEN = frozenset({"ACTIVE", "UPDATING"}), frozenset({"CREATING", "DELETING"})


def read_kinesis(session: AwsSession, destination: str, routes: Sequence[Route]) -> Iterator[Fact]:
    """A Kinesis stream: whether it takes records, who is known to read it, and routes to those."""
    del routes
    region, account, name = destination.removeprefix("aws:kinesis/").split("/", 2)
    place = session.place(account, region, destination)
    owner = ACCOUNT_PREFIX + account if account in session.audited else None
    try:
        if not session.may_read(account):
            told = f"the stream belongs to account {account}, which is not audited"
            raise ReadFailure(call=SUMMARY, kind="not-observable", detail=told)  # noqa: TRY301
        answer = place.call("kinesis", "DescribeStreamSummary", StreamName=name)
    except ReadFailure as failure:
        yield from _unseen(place, destination, owner, failure)
        return
    stream = answer.data.get("StreamDescriptionSummary", {})
    status, consumers = stream.get("StreamStatus"), stream.get("ConsumerCount")
    usable: bool | Unread = status in WORKING
    if status not in WORKING | BROKEN:
        usable = place.misread(SUMMARY, f"a stream in the unknown state {status}")
    because = f"the stream is {status}" if usable is False else ""
    key = str(stream.get("KeyId") or "")
    if usable is True and key and not key.endswith(OF_AWS):
        state = key_state(session, key, account, region, destination)
        usable, because = state.usable, state.because
    arn = stream.get("StreamARN")
    if isinstance(arn, str) and arn:
        readers = list(_readers(place, destination, arn))
    else:
        place.misread(SUMMARY, "a stream without an ARN")
        readers = []
    # Whoever polls is not seen: that nobody reads can never be told.
    unread = place.unread(
        ReadFailure(call=SUMMARY, kind="not-observable", detail="who polls a stream, no API tells"),
        hides=(ONWARD,),
        everywhere=True,
    )
    yield Destination(
        id=destination,
        kind="aws.kinesis",
        end=False,
        owner=owner,
        usable=usable,
        unusable_because=because,
        # Who reads a part only may leave the rest to nobody.
        consumed=True
        if any(route.filter is None for route in readers) or (isinstance(consumers, int) and consumers > 0)
        else unread,
        since=utc(stream.get("StreamCreationTimestamp")),
        readings=(answer.reading,),
        raw={
            field: stream[field]
            for field in ("StreamName", "StreamStatus", "RetentionPeriodHours", "ConsumerCount")
            if field in stream
        },
    )
    yield from readers


def _unseen(place: AwsPlace, destination: str, owner: str | None, failure: ReadFailure) -> Iterator[Fact]:
    if failure.code == "ResourceNotFoundException":
        yield Destination(
            id=destination,
            kind="aws.kinesis",
            end=False,
            exists=False,
            owner=owner,
            readings=(place.noted(failure.call),),
        )
        return
    unread = place.unread(failure, hides=(ONWARD,), everywhere=True)
    yield Destination(
        id=destination,
        kind="aws.kinesis",
        end=False,
        exists=unread,
        owner=owner,
        usable=unread,
        consumed=unread,
    )


def _readers(place: AwsPlace, destination: str, arn: str) -> Iterator[Route]:
    """Routes to the Firehose streams and functions that read the stream. More may exist: nothing is listed."""
    try:
        for name, source in sorted(_sources(place).items()):
            if source == arn:
                yield _route(destination, f"aws:firehose/{place.region}/{place.account}/{name}")
    except ReadFailure as failure:
        place.unread(failure)
    try:
        mappings = place.pages(
            "lambda",
            "ListEventSourceMappings",
            "EventSourceMappings",
            token=("Marker", "NextMarker"),
            EventSourceArn=arn,
        )
    except ReadFailure as failure:
        place.unread(failure)
        return
    for mapping in mappings.data:
        function = str(mapping.get("FunctionArn", "")).split(":")
        if mapping.get("State") != "Enabled" or len(function) < FUNCTION_PARTS:
            continue
        to = f"aws:lambda/{function[3]}/{function[4]}/{function[6]}"
        route = _route(destination, to, mappings.reading)
        if mapping.get("FilterCriteria"):
            route = replace(route, filter=place.not_told(MAPPINGS, "filter criteria are not read", to))
        yield route


def _sources(place: AwsPlace) -> dict[str, str]:
    """Firehose stream → ARN of the Kinesis stream that it reads; each asked once per account and region.

    Streams that may not be described are left out: nobody claims that the readers are all.
    """

    def ask() -> dict[str, str]:
        names: list[str] = []
        while True:
            start = {"ExclusiveStartDeliveryStreamName": names[-1]} if names else {}
            answer = place.call(
                "firehose",
                "ListDeliveryStreams",
                DeliveryStreamType="KinesisStreamAsSource",
                Limit=50,
                **start,
            )
            more = answer.data.get("DeliveryStreamNames", [])
            names += more
            if not more or not answer.data.get("HasMoreDeliveryStreams"):
                break
        return {name: found for name in names if (found := _source(place, name)) is not None}

    return place.session.once.get(("kinesis readers", place.account, place.region), ask)


def _source(place: AwsPlace, name: str) -> str | None:
    answer = place.value("firehose", "DescribeDeliveryStream", subject=name, DeliveryStreamName=name)
    if answer is None or isinstance(answer, Unread):
        return None
    told = answer.data.get("DeliveryStreamDescription", {}).get("Source", {})
    arn = told.get("KinesisStreamSourceDescription", {}).get("KinesisStreamARN")
    return arn if isinstance(arn, str) else None


def _route(destination: str, to: str, *readings: str) -> Route:
    return Route(
        id=f"{destination}>{to}",
        kind=ONWARD,
        setting=to,
        effect="carry",
        origin=destination,
        to=to,
        readings=readings,
    )
