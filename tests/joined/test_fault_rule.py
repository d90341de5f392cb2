"""Failing any single read may change a verdict only to unknown, and no finding may vanish but beneath an unknown one.

Walks over the calls that an audit of the pretend company makes, and over the listings and values of the inventory
that it gives: over every one of them with `make faults`, else over a part. What runs in AWS accounts
besides trails and networks, and in Google Cloud, has modules of its own.
"""

import dataclasses
from collections.abc import Iterator, Mapping

import pytest

from acme import EVERY, PROVIDERS, STEP, Acme, exactly, fair_part
from logcov.evaluate import evaluate
from logcov.inventory import Admission, Emitter, Fact, Inventory, Listing, Route, Scope
from logcov.policy import PolicySet
from nimbus import broken_promises, less_known

PARTS = 8
JOINED = {"aws": {"aws"}, "gcp": {"gcp", "workspace"}, "okta": {"okta"}, "workspace": {"workspace", "gcp"}}
"""Provider → the providers whose facts bear on verdicts that its own facts bear on."""
TOUCHED = {"aws": ("aws.",), "gcp": ("gcp.", "workspace."), "okta": ("okta.",), "workspace": ("workspace.",)}
"""Provider → the log sources whose verdicts its facts bear on."""


@pytest.fixture(scope="module")
def acme() -> Iterator[Acme]:
    with Acme(workloads=False) as served:
        yield served


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("provider", PROVIDERS)
def test_denying_any_single_call_makes_verdicts_only_unknown(acme, provider, part):
    for call in fair_part(acme.calls[provider])[part::PARTS]:
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


def _home(fact: Fact, routes: Mapping[str, Route]) -> str | None:
    """The scope at and below which verdicts may rest on the fact; None: anywhere."""
    match fact:
        case Scope():
            return fact.id
        case Emitter():
            return fact.scope
        case Route():
            return fact.origin
        case Listing():
            return fact.at
        case Admission():
            return routes[fact.route].origin
        case _:
            return None


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("provider", PROVIDERS)
def test_losing_any_single_listing_or_value_makes_verdicts_only_unknown(acme, provider, part):
    policies = _about(acme.unexempted, TOUCHED[provider])
    others = tuple(fact for name in sorted(JOINED[provider] - {provider}) for fact in acme.facts[name])
    own = acme.facts[provider]
    scopes = {fact.id for fact in own if isinstance(fact, Scope)}
    routes = {fact.id: fact for fact in own if isinstance(fact, Route)}
    homes: dict[int, str | None] = {}
    for fact in own:
        home = _home(fact, routes)
        homes[id(fact)] = home if home in scopes else None
    assert acme.header is not None

    def judged(inventory: Inventory):
        whole = dataclasses.replace(inventory, facts=(*inventory.facts, *others))
        return evaluate(whole, policies, as_of=acme.today)

    number = 0
    for home in sorted(set(homes.values()), key=str):
        # The verdict on one emitter rests on no other emitter: those elsewhere may be left out.
        kept = tuple(
            fact
            for fact in own
            if home is None or not isinstance(fact, Emitter) or acme.above(fact.scope, home)
        )
        inventory = Inventory(header=acme.header, facts=kept)
        before = judged(inventory)
        for what, less in less_known(inventory, lambda fact, home=home: homes[id(fact)] == home):
            number += 1
            if number % PARTS == part and (EVERY or number % STEP == 0):
                assert broken_promises(before, judged(less), acme.above) == [], what


def test_a_collection_is_the_same_whatever_the_order_of_answers(acme):
    first = acme.judge({})
    second = acme.judge({provider: tuple(reversed(acme.facts[provider])) for provider in PROVIDERS})

    assert first == second
