import pytest

from logcov.inventory import Destination, Ledger, Scope, Unread
from logcov.providers.aws.stores.lambda_relay import ONWARD, read_function
from providers.aws.crawl import Crawl, open_session
from providers.aws.stage import HOME, REGION, SCOPE, Stage

FUNCTION = f"aws:lambda/{REGION}/{HOME}/ship"
CALL = "lambda:GetFunctionConfiguration"


def read(stage: Stage, account: str = HOME) -> tuple[Crawl, Destination]:
    ledger = Ledger()
    session = open_session(stage.endpoint, ledger)
    session.audited[HOME] = Scope(id=SCOPE, kind="aws.account", provider="aws")
    found = Crawl(tuple(read_function(session, FUNCTION.replace(HOME, account), ())), ledger)
    (one,) = found.all(Destination)
    return found, one


@pytest.mark.parametrize(("state", "usable"), [("Active", True), ("Inactive", True), ("Failed", False)])
def test_a_function_takes_records_and_nobody_knows_where_they_go(
    stage: Stage, state: str, usable: bool
) -> None:
    stage.tell(CALL, {"FunctionName": "ship", "State": state})
    found, one = read(stage)
    assert (one.end, one.exists, one.usable) == (False, True, usable)
    assert [spot.hides for spot in found.spots(CALL)] == [(ONWARD,)]


def test_a_state_that_nobody_knows_is_unread(stage: Stage) -> None:
    stage.tell(CALL, {"FunctionName": "ship"})
    assert isinstance(read(stage)[1].usable, Unread)


def test_a_function_that_is_gone_is_told_from_one_that_may_not_be_seen(stage: Stage) -> None:
    stage.refuse(CALL, "ResourceNotFoundException", status=404)
    assert read(stage)[1].exists is False
    stage.deny(CALL)
    assert isinstance(read(stage)[1].exists, Unread)


def test_a_function_of_an_account_that_is_not_audited_is_not_asked_about(stage: Stage) -> None:
    found, one = read(stage, "999999999999")
    assert "not audited" in found.why(one.exists).detail
    assert stage.asked(CALL) == 0
