"""The fault rule over what runs in the pretend company's AWS accounts, family by family of log sources.

Of each family, only the accounts and regions are read in which it has something: that makes a run short enough to
fail each of its calls once.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from acme import EVERY, STEP, WORKLOADS, Acme, exactly, fair_part
from logcov.providers.aws.rows import SESSION_OPERATIONS
from logcov.sandbox.exchange import Call
from logcov.sandbox.faults import Fault
from nimbus import less_known
from slices import Slice

MANAGEMENT, ARCHIVE, PRODUCTION, STAGING = (f"{digit}" * 12 for digit in range(1, 5))
IRELAND, VIRGINIA = "eu-west-1", "us-east-1"
SCOPES = {operation.permission or operation.call for operation in SESSION_OPERATIONS}
"""Calls that every family makes in the same way; failing them in one family is enough."""


@dataclass(frozen=True)
class Family:
    """Log sources that are judged together: what is asked of them, and where they are read.

    `elsewhere`: how the operations begin that bear on its verdicts no more than on those of another family, which
    fails them.
    """

    requirements: tuple[str, ...]
    accounts: tuple[str, ...] = (ARCHIVE, PRODUCTION)
    regions: tuple[str, ...] = (IRELAND,)
    elsewhere: tuple[str, ...] = ()


FAMILIES = {
    "eks": Family(("eks-audit-searchable", "eks-archived")),
    "edge": Family(("requests-archived",)),
    "api": Family(("api-requests-searchable",), (PRODUCTION,)),
    "queries": Family(("queries-kept", "zone-queries-searchable")),
    "networks": Family(("firewall-searchable", "gateway-traffic-kept")),
    "connections": Family(("vpn-searchable",), (PRODUCTION,), (VIRGINIA,)),
    "databases": Family(("database-audit",), (PRODUCTION,)),
    "warehouses": Family(("database-audit",), (PRODUCTION,), (VIRGINIA,)),
    "functions": Family(("functions-searchable", "models-recorded", "sessions-recorded")),
    "objects": Family(
        ("object-requests",), (PRODUCTION, STAGING), elsewhere=("cloudwatch:", "logs:", "sns:")
    ),
    "configuration": Family(("configuration-recorded", "permissions-recorded"), regions=(IRELAND, VIRGINIA)),
    "watching": Family(("threats-heard", "posture-heard"), (PRODUCTION,)),
    "alarms": Family(("root-heard", "root-heard-in-staging"), (MANAGEMENT, PRODUCTION, STAGING), (VIRGINIA,)),
}


@pytest.fixture(scope="module")
def acme() -> Iterator[Acme]:
    with Acme(providers=()) as served:
        yield served


@pytest.fixture(scope="module")
def slices() -> dict[str, Slice]:
    """Family → what was read of it, once."""
    return {}


@pytest.fixture
def part(acme, slices, family) -> Slice:
    if family not in slices:
        asked = FAMILIES[family]
        target = dataclasses.replace(
            acme.config.aws[0], organization=False, accounts=asked.accounts, regions=asked.regions
        )
        slices[family] = Slice(acme, WORKLOADS, asked.requirements, aws=(target,))
    return slices[family]


def _failed_elsewhere(acme: Acme, family: str, call: Call) -> bool:
    """Whether another family, or the module about trails and networks, fails this call."""
    buckets = {trail["bucket"] for trail in acme.here.world.aws["trails"]}
    if call.operation.startswith("cloudtrail:") or call.path.strip("/") in buckets:
        return True
    if call.operation in SCOPES:
        return family != next(iter(FAMILIES))
    return call.operation.startswith(FAMILIES[family].elsewhere or ("none:",))


@pytest.mark.parametrize("family", FAMILIES)
def test_something_is_covered_and_something_is_not(part, family):
    statuses = {finding.status for finding in part.before.findings}

    assert {"covered", "gap"} <= statuses
    assert {finding.requirement for finding in part.before.findings} == {
        f"{WORKLOADS}:{name}" for name in FAMILIES[family].requirements
    }


@pytest.mark.parametrize("family", FAMILIES)
def test_denying_any_single_call_makes_verdicts_only_unknown(acme, part, family):
    calls = [call for call in fair_part(part.calls) if not _failed_elsewhere(acme, family, call)]
    for call in calls:
        assert part.broken_with(exactly(call, "denied")) == [], call
    assert calls


@pytest.mark.parametrize("fault", ["error_500", "invalid_json", "throttled", "empty_page", "expired_token"])
@pytest.mark.parametrize("family", FAMILIES)
def test_any_other_fault_from_some_call_on_makes_verdicts_only_unknown(part, fault):
    assert part.broken_with(Fault(fault=fault, provider="aws", after=5)) == []


@pytest.mark.parametrize("family", FAMILIES)
def test_losing_any_single_listing_or_value_makes_verdicts_only_unknown(part):
    for number, (what, less) in enumerate(less_known(part.inventory)):
        if EVERY or number % STEP == 0:
            assert part.broken_by(less) == [], what
