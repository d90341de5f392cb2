"""Lambda functions that records are handed to. What a function does with them, no API tells.

Source: lambda:GetFunctionConfiguration, `State`.
"""

from collections.abc import Iterator, Sequence

from logcov.errors import ReadFailure
from logcov.inventory import Destination, Fact, Route, Unread
from logcov.providers.aws.accounts import ACCOUNT_PREFIX
from logcov.providers.aws.client import AwsSession
from logcov.providers.aws.permissions import reads

CALL = "lambda:GetFunctionConfiguration"
ONWARD = "aws.lambda.output"
OPERATIONS = reads({CALL: "whether a function that records are handed to is there"})
WORKING, BROKEN = frozenset({"Active", "Inactive"}), frozenset({"Pending", "Failed"})
"""An inactive function wakes up when it is called (Lambda developer guide, "Lambda function states")."""


def read_function(session: AwsSession, destination: str, routes: Sequence[Route]) -> Iterator[Fact]:
    """A function: never an end, and what it hands on to is not known."""
    del routes
    region, account, name = destination.removeprefix("aws:lambda/").split("/", 2)
    place = session.place(account, region, destination)
    owner = ACCOUNT_PREFIX + account if account in session.audited else None
    onward = ReadFailure(
        call=CALL, kind="not-observable", detail="what a function does with records, no API tells"
    )
    place.unread(onward, hides=(ONWARD,), everywhere=True)
    try:
        if not session.may_read(account):
            told = f"the function belongs to account {account}, which is not audited"
            raise ReadFailure(call=CALL, kind="not-observable", detail=told)  # noqa: TRY301
        answer = place.call("lambda", "GetFunctionConfiguration", FunctionName=name)
    except ReadFailure as failure:
        gone = failure.code == "ResourceNotFoundException"
        unread = place.noted(failure.call) if gone else place.unread(failure)
        yield Destination(
            id=destination,
            kind="aws.lambda",
            end=False,
            exists=unread if isinstance(unread, Unread) else False,
            owner=owner,
            usable=unread if isinstance(unread, Unread) else True,
            readings=() if isinstance(unread, Unread) else (unread,),
        )
        return
    state = answer.data.get("State")
    usable: bool | Unread = state in WORKING
    if state not in WORKING | BROKEN:
        usable = place.misread(CALL, f"a function in the unknown state {state}")
    yield Destination(
        id=destination,
        kind="aws.lambda",
        end=False,
        owner=owner,
        usable=usable,
        unusable_because=f"the function is {state}" if usable is False else "",
        readings=(answer.reading,),
        raw={
            field: answer.data[field]
            for field in ("FunctionName", "State", "LastModified")
            if field in answer.data
        },
    )
