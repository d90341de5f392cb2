"""Hierarchical firewall policies: rules of organisations and folders that act in the networks of every project below.

What such a rule logs is written in the project of the network, so in every such project each of its rules is an emitter of
its own, while the rule is one setting. A policy may be held by one folder and attached to another, so for each
organisation and folder above a project it is asked what is attached there, and then for those policies: one call for
each container and one for each policy in use, made once for all projects. Where rules act, one call a project tells whether
it has a network.
Sources: https://cloud.google.com/firewall/docs/firewall-policies; compute v1, methods firewallPolicies.listAssociations
and firewallPolicies.get, `FirewallPolicyRule.targetResources` ("if this field is left blank, all VMs within the
organization will receive the rule").
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Fact, Scope, Unread
from logcov.providers.gcp.client import Answer, GcpPlace, Listed
from logcov.providers.gcp.fields import entry, mappings, needed_text, texts
from logcov.providers.gcp.links import is_own, link_of
from logcov.providers.gcp.logs.dns import NETWORKS_LIST
from logcov.providers.gcp.logs.firewalls import (
    Rule,
    facts_of,
    observe_rules,
    odd,
    rules_of,
    whole_list,
)
from logcov.providers.gcp.operations import FOLDERS_GET, Method
from logcov.providers.google import MalformedAnswerError
from logcov.providers.rows import Operation

ASSOCIATIONS_LIST = Method(
    operation=Operation(
        call="compute.firewallPolicies.listAssociations",
        permission="compute.organizations.listAssociations",
        wire="GET compute/v1/locations/global/firewallPolicies/listAssociations",
        why="which firewall policies act below an organisation or folder",
    ),
    api="compute",
    version="v1",
    collection=("firewallPolicies",),
    name="listAssociations",
)
FIREWALL_POLICY_GET = Method(
    operation=Operation(
        call="compute.firewallPolicies.get",
        permission="compute.firewallPolicies.get",
        wire="GET compute/v1/locations/global/firewallPolicies/{firewallPolicy}",
        why="which rules of hierarchical firewall policies log connections",
    ),
    api="compute",
    version="v1",
    collection=("firewallPolicies",),
    name="get",
)


@dataclass(frozen=True, slots=True)
class _Policy:
    """The rules of a policy that can log, why these may not be all, and what it rests on."""

    rules: Sequence[Rule]
    broken: str
    readings: tuple[str, ...]


def observe_firewalls(place: GcpPlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - an observer
    """One emitter for each firewall rule that acts in a project's networks and can log, and its switch.

    Raises:
        ReadFailure: not all rules could be read.
    """
    yield from observe_rules(place, scope, _inherited)


def _inherited(place: GcpPlace, scope: Scope) -> Iterator[Fact]:
    """The rules of everything above the project.

    Raises:
        ReadFailure: not all of them could be read.
    """
    failures: list[ReadFailure] = []
    policies: dict[str, _Policy] = {}
    for container in _above(place, scope, failures):
        try:
            for name in _attached(place, container):
                if name not in policies:
                    policies[name] = _policy(place, name)
        except ReadFailure as failure:
            failures.append(failure)
    failures += [odd(FIREWALL_POLICY_GET, policy.broken) for policy in policies.values() if policy.broken]
    if any(policy.rules for policy in policies.values()):
        networks, unread = _networks(place)
        failures += [unread] if unread is not None else []
        for policy in policies.values():
            for rule in policy.rules:
                yield from _at_project(place, scope, rule, networks, policy.readings)
    if failures:
        raise failures[0]


def _above(place: GcpPlace, scope: Scope, failures: list[ReadFailure]) -> Iterator[str]:
    """The folders and the organisation above, nearest first."""
    at: str | Unread | None = scope.parent
    while at is not None:
        if isinstance(at, Unread):
            detail = "what is above the project could not be read"
            failures.append(
                ReadFailure(call=ASSOCIATIONS_LIST.operation.call, kind="not-observable", detail=detail)
            )
            return
        name = at.removeprefix("gcp:")
        yield name
        if name.startswith("organizations/"):
            return
        known = place.session.parents.get(at)
        try:
            at = known or "gcp:" + needed_text(place.session.container(name).body, "parent")
        except ReadFailure as failure:
            failures.append(failure)
            return
        except MalformedAnswerError as error:
            failures.append(odd(FOLDERS_GET, error))
            return


def _attached(place: GcpPlace, container: str) -> Sequence[str]:
    """The ids of the policies that are attached to an organisation or folder.

    Raises:
        ReadFailure: they could not be read.
    """

    def ask() -> Answer:
        return place.session.get(ASSOCIATIONS_LIST, f"gcp:{container}", targetResource=container)

    answer = place.session.once.get(("firewall associations", container), ask)
    if answer.body.get("nextPageToken") or answer.body.get("warning"):
        raise odd(ASSOCIATIONS_LIST, "the associations are not all there")
    try:
        return [
            needed_text(one, "firewallPolicyId").rpartition("/")[2]
            for one in mappings(answer.body, "associations")
        ]
    except MalformedAnswerError as error:
        raise odd(ASSOCIATIONS_LIST, error) from error


def _policy(place: GcpPlace, name: str) -> _Policy:
    """A policy by its id.

    Raises:
        ReadFailure: it could not be read.
    """

    def ask() -> _Policy:
        setting = f"gcp:compute/locations/global/firewallPolicies/{name}"
        answer = place.session.get(FIREWALL_POLICY_GET, setting, firewallPolicy=name)
        about = place.session.about(FIREWALL_POLICY_GET, setting)
        rules, broken = rules_of(answer.body, f"locations/global/firewallPolicies/{name}", setting, about, "")
        return _Policy(rules, broken, (answer.reading,))

    return place.session.once.get(("firewall policy", name), ask)


def _networks(place: GcpPlace) -> tuple[Sequence[str], ReadFailure | None]:
    """The paths of the project's networks, and why these may not be all. The answer is shared with Cloud DNS."""

    def ask() -> Listed:
        return whole_list(place, NETWORKS_LIST, project=place.container.removeprefix("projects/"))

    listed = place.session.once.get(("networks", place.container), ask)
    failure = listed.failure
    found: list[str] = []
    for item in listed.items:
        try:
            found.append(f"global/networks/{needed_text(entry(item, 'items'), 'name')}")
        except MalformedAnswerError as error:
            failure = failure or odd(NETWORKS_LIST, error)
    return found, failure


def _at_project(
    place: GcpPlace, scope: Scope, rule: Rule, networks: Sequence[str], readings: tuple[str, ...]
) -> Iterator[Fact]:
    """The rule in this project: not at all where no network of the project is one that it is for."""
    meant = _meant(place, rule.raw, networks)
    if meant is False:
        return
    if meant is None and rule.logs is False:
        about = place.session.about(FIREWALL_POLICY_GET, scope.id, rule.resource)
        doubt = about.unseen(
            "targetResources", "whether the rule is for a network of the project is not known"
        )
        rule = replace(rule, logs=doubt)
    yield from facts_of(place, scope, rule, readings)


def _meant(place: GcpPlace, raw: Mapping[str, Any], networks: Sequence[str]) -> bool | None:
    """Whether the rule acts in one of the networks; None: perhaps."""
    if not networks:
        return False
    try:
        targets = texts(raw, "targetResources")
    except MalformedAnswerError:
        return None
    answers: set[bool | None] = set() if targets else {True}
    for url in targets:
        link = link_of(url)
        own = None if link is None else is_own(place, link.project)
        answers.add(own if link is None or own is not True else link.path in networks)
    return True if True in answers else None if None in answers else False
