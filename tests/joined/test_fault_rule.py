"""Failing any single read may change a verdict only to unknown, and no finding may vanish but beneath an unknown one.

Walks over every call that an audit of the pretend company makes, and over every listing and value of the
inventory that it gives.
"""

import dataclasses
from collections.abc import Iterator

import pytest

from acme import PROVIDERS, Acme, exactly
from logcov.evaluate import evaluate
from logcov.inventory import Inventory
from logcov.policy import PolicySet
from nimbus import broken_promises, less_known

PARTS = 8
JOINED = {"aws": {"aws"}, "gcp": {"gcp", "workspace"}, "okta": {"okta"}, "workspace": {"workspace", "gcp"}}
"""Provider → the providers whose facts bear on verdicts that its own facts bear on."""
TOUCHED = {"aws": ("aws.",), "gcp": ("gcp.", "workspace."), "okta": ("okta.",), "workspace": ("workspace.",)}
"""Provider → the log sources whose verdicts its facts bear on."""


@pytest.fixture(scope="module")
def acme() -> Iterator[Acme]:
    with Acme() as served:
        yield served


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("provider", PROVIDERS)
def test_denying_any_single_call_makes_verdicts_only_unknown(acme, provider, part):
    for call in acme.calls[provider][part::PARTS]:
        after = acme.with_faults(provider, exactly(call, "denied"))

        assert broken_promises(acme.before, after, acme.above) == [], call


@pytest.mark.parametrize("fault", ["error_500", "invalid_json", "throttled", "empty_page", "expired_token"])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_any_other_fault_of_a_whole_provider_makes_verdicts_only_unknown(acme, provider, fault):
    from logcov.sandbox.faults import Fault

    after = acme.with_faults(provider, Fault(fault=fault, provider=provider, after=7))

    assert broken_promises(acme.before, after, acme.above) == []


def _about(policies: PolicySet, prefixes: tuple[str, ...]) -> PolicySet:
    """The policies without requirements about other log sources."""
    kept = tuple(
        dataclasses.replace(
            policy,
            requirements=tuple(
                one
                for one in policy.requirements
                if any(logs.pattern.startswith(prefixes) for logs in one.logs)
            ),
        )
        for policy in policies.policies
    )
    return dataclasses.replace(policies, policies=kept)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("provider", PROVIDERS)
def test_losing_any_single_listing_or_value_makes_verdicts_only_unknown(acme, provider, part):
    policies = _about(acme.unexempted, TOUCHED[provider])
    others = tuple(fact for name in sorted(JOINED[provider] - {provider}) for fact in acme.facts[name])
    assert acme.header is not None
    own = Inventory(header=acme.header, facts=acme.facts[provider])

    def judged(inventory: Inventory):
        whole = dataclasses.replace(inventory, facts=(*inventory.facts, *others))
        return evaluate(whole, policies, as_of=acme.today)

    before = judged(own)
    for number, (what, less) in enumerate(less_known(own)):
        if number % PARTS == part:
            assert broken_promises(before, judged(less), acme.above) == [], what


def test_a_collection_is_the_same_whatever_the_order_of_answers(acme):
    first = acme.judge({})
    second = acme.judge({provider: tuple(reversed(acme.facts[provider])) for provider in PROVIDERS})

    assert first == second
