"""What gives no answer is let alone, and everything else is asked as before."""

import pytest

from logcov.errors import ReadFailure
from logcov.providers.aws.pacing import Key
from logcov.providers.aws.silence import SILENT, Silence

ACCOUNT, OTHER, REGION, LIMIT = "111122223333", "444455556666", "eu-west-1", 120.0
EKS, EC2 = (ACCOUNT, REGION, "eks"), (ACCOUNT, REGION, "ec2")


class Quiet:
    """Places on a clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.silence = Silence(LIMIT, lambda: self.now)

    def unanswered(self, *keys: Key, after: float = 60.0) -> None:
        """Calls begin now, and time out later."""
        began = self.now
        self.now += after
        for key in keys:
            self.silence.unanswered(key, began)

    def why(self, key: Key) -> str:
        """Why a call is not made; empty if it is."""
        try:
            self.silence.ask(key, "eks:ListClusters")
        except ReadFailure as refused:
            failure = refused
        else:
            return ""
        assert (failure.kind, failure.code, failure.call) == ("timeout", SILENT, "eks:ListClusters")
        return failure.detail


@pytest.fixture
def quiet() -> Quiet:
    return Quiet()


def test_one_call_without_an_answer_is_no_silence(quiet: Quiet) -> None:
    quiet.unanswered(EKS)
    assert quiet.why(EKS) == ""


def test_a_service_that_was_silent_for_long_is_let_alone_and_nothing_else(quiet: Quiet) -> None:
    quiet.unanswered(EKS)
    quiet.unanswered(EKS)
    assert (
        quiet.why(EKS) == "not asked: eks in account 111122223333 in eu-west-1 gave no answer for 120 seconds"
    )
    for key in (EC2, (ACCOUNT, "us-east-1", "eks"), (OTHER, REGION, "eks"), ("", "", "organizations")):
        assert quiet.why(key) == ""


def test_a_service_that_is_silent_in_all_regions_does_not_make_its_account_silent(quiet: Quiet) -> None:
    keys = [(ACCOUNT, region, "eks") for region in ("eu-west-1", "us-east-1", "us-west-2")]
    for _ in range(3):
        quiet.unanswered(*keys)
    assert quiet.why(EC2) == ""


def test_an_account_of_which_several_services_are_silent_is_silent(quiet: Quiet) -> None:
    for _ in range(2):
        quiet.unanswered(EKS, (ACCOUNT, "us-east-1", "ec2"))
    told = "not asked: account 111122223333 gave no answer for 120 seconds"
    assert quiet.why((ACCOUNT, "us-west-2", "wafv2")) == told
    assert quiet.why((OTHER, REGION, "eks")) == ""


def test_a_region_of_one_account_can_be_silent_by_itself(quiet: Quiet) -> None:
    for _ in range(2):
        quiet.unanswered(EKS, EC2)
        quiet.silence.answered((ACCOUNT, "us-east-1", "eks"))
    told = "not asked: account 111122223333 in eu-west-1 gave no answer for 120 seconds"
    assert quiet.why((ACCOUNT, REGION, "wafv2")) == told
    assert quiet.why((ACCOUNT, "us-east-1", "wafv2")) == ""
    assert quiet.why((OTHER, REGION, "eks")) == ""


def test_any_answer_ends_the_silence(quiet: Quiet) -> None:
    quiet.unanswered(EKS)
    quiet.silence.answered(EKS)
    quiet.unanswered(EKS)
    assert quiet.why(EKS) == ""


def test_time_in_which_nothing_was_asked_is_no_silence(quiet: Quiet) -> None:
    quiet.silence.answered(EKS)
    quiet.now += 1000
    quiet.unanswered(EKS)
    assert quiet.why(EKS) == ""


def test_one_lost_call_and_a_long_pause_are_no_silence(quiet: Quiet) -> None:
    quiet.unanswered(EKS)
    quiet.now += 10 * LIMIT
    assert [quiet.why(EKS) for _ in range(3)] == ["", "", ""]


def test_a_call_lost_by_a_second_service_does_not_make_a_region_silent(quiet: Quiet) -> None:
    for _ in range(3):
        quiet.unanswered(EKS)
    quiet.unanswered(EC2, after=1.0)
    assert quiet.why(EC2) == ""
    assert quiet.why((ACCOUNT, REGION, "wafv2")) == ""
    quiet.unanswered(EC2)
    quiet.unanswered(EC2)
    assert quiet.why((ACCOUNT, REGION, "wafv2"))


def test_now_and_then_one_call_is_let_through_and_an_answer_opens_the_place(quiet: Quiet) -> None:
    for _ in range(2):
        quiet.unanswered(EKS)
    assert quiet.why(EKS)
    quiet.now += LIMIT
    assert [quiet.why(EKS) == "" for _ in range(3)] == [True, False, False]
    quiet.unanswered(EKS)
    assert quiet.why(EKS)
    quiet.now += LIMIT
    assert quiet.why(EKS) == ""
    quiet.silence.answered(EKS)
    assert [quiet.why(EKS) for _ in range(3)] == ["", "", ""]
