"""The fault rule over what runs in the pretend company's AWS accounts, family by family of log sources.

Of each family, only the accounts and regions are read in which it has something: that makes a run short enough to
fail each of its calls once.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import pytest

from acme import EVERY, SHORT, STEP, WORKLOADS, Acme, exactly, fair_part, is_above
from logcov.cli.asking import sources_of
from logcov.collect import collect
from logcov.evaluate import evaluate
from logcov.findings import Assessment
from logcov.inventory import Inventory
from logcov.policy import PolicySet
from logcov.providers.aws.rows import SESSION_OPERATIONS
from logcov.sandbox.exchange import Call
from logcov.sandbox.faults import Fault
from nimbus import broken_promises, less_known

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


class Slice:
    """One family of the served company: its policy, its inventory as it is without faults, and the calls for that."""

    def __init__(self, acme: Acme, family: Family) -> None:
        self.acme = acme
        target = dataclasses.replace(
            acme.config.aws[0], organization=False, accounts=family.accounts, regions=family.regions
        )
        self._config = dataclasses.replace(acme.config, gcp=(), okta=(), workspace=(), aws=(target,))
        self.policies = _only(acme.unexempted, family.requirements)
        self._sources = sources_of(self.policies)
        acme.here.faults.reset()
        acme.here.calls.reset()
        self.inventory = self.read()
        self.calls = tuple(dict.fromkeys(call for call in acme.here.calls.made() if not call.page))
        self.before = self.judge(self.inventory)

    def read(self) -> Inventory:
        """What the accounts give now."""
        return collect(self._config, self._sources, patience=SHORT)

    def judge(self, inventory: Inventory) -> Assessment:
        """The assessment of the family's requirements."""
        return evaluate(inventory, self.policies, as_of=self.acme.today)

    def broken_with(self, *faults: Fault) -> list[str]:
        """What promises are broken when these faults come on top of the world's own."""
        self.acme.here.faults.reset()
        self.acme.here.faults.replace((*self.acme.here.faults.current(), *faults))
        try:
            return self.broken_by(self.read())
        finally:
            self.acme.here.faults.reset()

    def broken_by(self, less: Inventory) -> list[str]:
        """What promises are broken when no more than this is known."""
        return broken_promises(self.before, self.judge(less), partial(is_above, self.inventory.facts))


def _only(policies: PolicySet, names: tuple[str, ...]) -> PolicySet:
    """The policies with these requirements and no others."""
    wanted = {f"{WORKLOADS}:{name}" for name in names}
    kept = tuple(
        dataclasses.replace(
            policy, requirements=tuple(one for one in policy.requirements if one.id in wanted)
        )
        for policy in policies.policies
    )
    return dataclasses.replace(policies, policies=kept)


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
        slices[family] = Slice(acme, FAMILIES[family])
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
