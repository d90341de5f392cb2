"""Streams and functions that hand records on. Where they lead is not read in this version, and said so."""

from collections.abc import Iterator, Sequence

from logcov.errors import ReadFailure
from logcov.inventory import Destination, Fact, Route
from logcov.providers.aws.client import ACCOUNT_PREFIX, AwsSession

ONWARD = "aws.relay"
CALLS = {
    "firehose": "firehose:DescribeDeliveryStream",
    "kinesis": "kinesis:DescribeStreamSummary",
    "lambda": "lambda:GetFunctionConfiguration",
}
"""What would tell more; none of them is called."""


def read_relay(session: AwsSession, destination: str, routes: Sequence[Route]) -> Iterator[Fact]:
    """A Firehose, Kinesis stream or function: never an end, and what it hands on to is not known."""
    del routes
    service, region, account, _ = destination.removeprefix("aws:").split("/", 3)
    place = session.place(account, region, destination)
    told = f"what a {service} relay does with records is not read"
    failure = ReadFailure(call=CALLS[service], kind="not-observable", detail=told)
    unread = place.unread(failure, hides=(ONWARD,), everywhere=True)
    yield Destination(
        id=destination,
        kind=f"aws.{service}",
        end=False,
        exists=unread,
        owner=ACCOUNT_PREFIX + account if account in session.audited else None,
        usable=unread,
        consumed=unread,
        retained=unread,
        online=unread,
        searchable=unread,
        encrypted=unread,
    )
