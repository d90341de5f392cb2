from collections.abc import Iterator

import pytest

from logcov.errors import ReadFailure
from logcov.inventory import Emitter, Fact, Ledger, Listing, Scope, Unread
from logcov.providers.aws.client import AwsPlace
from logcov.providers.aws.offered import offered_in, where_offered
from providers.aws.crawl import open_session
from providers.aws.stage import REGION, SCOPE, Stage

ACCOUNT = Scope(id=SCOPE, kind="aws.account", provider="aws")


def unreachable(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """An observer of a service whose endpoint no name server knows."""
    yield from ()
    raise ReadFailure(call="eks:ListClusters", kind="server-error", code="EndpointConnectionError")


def observed(stage: Stage, scope: Scope = ACCOUNT) -> list[Fact]:
    observe = where_offered(
        unreachable, service="eks", sources=("aws.eks.control_plane",), listings=("a", "b")
    )
    session = open_session(stage.endpoint, Ledger())
    return list(observe(session.at(scope, REGION), scope, REGION))


def offers(stage: Stage, *regions: str) -> None:
    stage.tell("ssm:GetParametersByPath", {"Parameters": [{"Value": region} for region in regions]})


def test_where_the_service_is_not_offered_nothing_can_be_logged(stage: Stage) -> None:
    offers(stage, "us-east-1")
    emitter, *listings = observed(stage)
    assert isinstance(emitter, Emitter)
    assert emitter.not_applicable == "eks is not offered in eu-west-1"
    assert [one.kind for one in listings if isinstance(one, Listing)] == ["a", "b"]


@pytest.mark.parametrize("regions", [(), (REGION, "us-east-1")])
def test_an_endpoint_that_should_be_there_is_a_failed_read(stage: Stage, regions: tuple[str, ...]) -> None:
    offers(stage, *regions)
    with pytest.raises(ReadFailure, match="eks:ListClusters"):
        observed(stage)


def test_a_refused_list_of_regions_excuses_nothing(stage: Stage) -> None:
    stage.deny("ssm:GetParametersByPath")
    with pytest.raises(ReadFailure, match="eks:ListClusters"):
        observed(stage)


def test_in_a_suspended_account_nothing_is_asked(stage: Stage) -> None:
    emitter, *_ = observed(stage, Scope(id=SCOPE, kind="aws.account", provider="aws", state="suspended"))
    assert isinstance(emitter, Emitter)
    assert emitter.not_applicable == "the account is suspended"
    assert stage.calls == []


def test_a_state_that_is_not_known_is_looked_into(stage: Stage) -> None:
    offers(stage, "us-east-1")
    emitter, *_ = observed(stage, Scope(id=SCOPE, kind="aws.account", provider="aws", state=Unread("x")))
    assert isinstance(emitter, Emitter)
    assert "not offered" in emitter.not_applicable


def test_aws_is_asked_once_per_service(stage: Stage) -> None:
    offers(stage, "us-east-1")
    place = open_session(stage.endpoint).place("", None, SCOPE)
    assert offered_in(place, "eks") == offered_in(place, "eks") == {"us-east-1"}
    assert stage.asked("ssm:GetParametersByPath") == 1
