"""The fault rule over what runs in the pretend company's Google Cloud, family by family of log sources.

Of each family, only the projects are read in which it has something: that makes a run short enough to fail each of its
calls once.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from acme import CLOUD, EVERY, STEP, Acme, exactly, fair_part
from logcov.sandbox.exchange import Call
from logcov.sandbox.faults import Fault
from nimbus import less_known
from slices import Slice

NET, WEB, DATA, LAB, IDLE, STORE = (
    f"acme-{name}" for name in ("net", "web", "data", "lab", "idle", "apps-logs")
)
EVERYWHERE = ("cloudresourcemanager.", "logging.sinks.", "logging.locations.buckets.", "cloudbilling.")
"""How operations begin that bear on every family in the same way; failing them in one is enough."""


@dataclass(frozen=True)
class Family:
    """Log sources that are judged together: what is asked of them, and where they are read; no projects: everywhere.

    `step`: of a family that takes long to read, the tests leave out so many times more without `EVERY`.
    """

    requirements: tuple[str, ...]
    projects: tuple[str, ...] = ()
    step: int = 1


FAMILIES = {
    "flows": Family(("flows-searchable",), (NET, LAB), step=2),
    "firewalls": Family(("firewall-searchable",), (NET, LAB)),
    "gateways": Family(("nat-searchable",), (NET, LAB)),
    "queries": Family(("queries-searchable",), (NET, LAB)),
    "intrusions": Family(("threats-kept",), (NET, LAB)),
    "balancers": Family(("requests-kept", "connections-searchable"), (WEB, LAB)),
    "clusters": Family(("clusters-searchable",), (WEB, IDLE)),
    "databases": Family(("statements-kept", "logins-searchable"), (DATA, IDLE)),
    "files": Family(("server-audits-uploaded", "file-requests-kept", "files-guarded"), (DATA, STORE)),
    "entries": Family(("every-entry-kept", "staff-access-in-siem"), (WEB, DATA, STORE)),
    "new": Family(("new-projects-logged",), step=6),
    "assets": Family(("history-kept", "changes-published"), (NET, IDLE)),
    "alerts": Family(("roles-heard", "networks-heard", "databases-heard"), (WEB, DATA)),
    "stores": Family(("search-locked",), (DATA, LAB, STORE)),
}
FIRST = next(iter(FAMILIES))


@pytest.fixture(scope="module")
def acme() -> Iterator[Acme]:
    with Acme(providers=(), with_aws=False) as served:
        yield served


@pytest.fixture(scope="module")
def slices() -> dict[str, Slice]:
    """Family → what was read of it, once."""
    return {}


@pytest.fixture
def part(acme, slices, family) -> Slice:
    if family not in slices:
        asked = FAMILIES[family]
        (target,) = acme.config.gcp
        if asked.projects:
            target = dataclasses.replace(target, organization=None, projects=asked.projects)
        slices[family] = Slice(acme, CLOUD, asked.requirements, gcp=(target,))
    return slices[family]


def _calls(part: Slice, family: str) -> list[Call]:
    """The calls that are failed here; others are failed by the first family."""
    own = [call for call in part.calls if family == FIRST or not call.operation.startswith(EVERYWHERE)]
    return list(fair_part(own))[:: 1 if EVERY else FAMILIES[family].step]


@pytest.mark.parametrize("family", FAMILIES)
def test_something_is_covered_and_something_is_not(part, family):
    statuses = {finding.status for finding in part.before.findings}

    assert {"covered", "gap"} <= statuses
    assert {finding.requirement for finding in part.before.findings} == {
        f"{CLOUD}:{name}" for name in FAMILIES[family].requirements
    }


@pytest.mark.parametrize("family", FAMILIES)
def test_denying_any_single_call_makes_verdicts_only_unknown(part, family):
    calls = _calls(part, family)
    for call in calls:
        assert part.broken_with(exactly(call, "denied")) == [], call
    assert calls


@pytest.mark.parametrize("family", FAMILIES)
def test_an_api_that_says_it_is_off_where_it_is_on_makes_verdicts_only_unknown(part, family):
    for call in _calls(part, family)[:: 1 if EVERY else 4]:
        assert part.broken_with(exactly(call, "api_disabled")) == [], call


@pytest.mark.parametrize("fault", ["error_500", "invalid_json", "throttled", "empty_page", "expired_token"])
@pytest.mark.parametrize("family", FAMILIES)
def test_any_other_fault_from_some_call_on_makes_verdicts_only_unknown(part, fault):
    assert part.broken_with(Fault(fault=fault, provider="gcp", after=5)) == []


@pytest.mark.parametrize("family", FAMILIES)
def test_losing_any_single_listing_or_value_makes_verdicts_only_unknown(part, family):
    for number, (what, less) in enumerate(less_known(part.inventory)):
        if EVERY or number % (STEP * FAMILIES[family].step) == 0:
            assert part.broken_by(less) == [], what
