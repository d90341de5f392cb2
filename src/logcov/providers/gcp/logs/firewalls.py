"""Firewall rules: which of them log the connections that they decide.

Every rule has its own switch, and a connection is logged by the rule that decides it, so each rule is an emitter. Three kinds
have rules: VPC networks, network firewall policies (global and regional), and hierarchical policies, which organisations
and folders hold: see `hierarchical_firewalls`. "Firewall Rules Logging logs are created in the project that hosts the
network containing the instance VMs and firewall rules": with a Shared VPC, in the host project.

Rules that hand connections on (`goto_next`) decide none and "cannot" log; what a network does without any rule
is not logged at all. One call a project and page for VPC rules and one for network policies is the least that the APIs allow.
Sources: https://cloud.google.com/firewall/docs/firewall-rules-logging,
https://cloud.google.com/firewall/docs/firewall-policy-log-format (log format), compute v1, `Firewall.logConfig`,
`FirewallPolicyRule.enableLogging`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Emitter, Fact, Listing, Route, Scope, Unread
from logcov.providers.gcp.aggregated import BENIGN, PAGE_SIZE, aggregated
from logcov.providers.gcp.client import About, GcpPlace, Listed
from logcov.providers.gcp.fields import entry, flag, mapping, mappings, needed_text, number, picked, text
from logcov.providers.gcp.log_entries import log_name
from logcov.providers.gcp.operations import Method
from logcov.providers.google import MalformedAnswerError
from logcov.providers.rows import Operation

SOURCE = "gcp.firewall.connection"
KIND = "gcp.firewall_logging"
LOG_ID = "compute.googleapis.com/firewall"

FIREWALLS_LIST = Method(
    operation=Operation(
        call="compute.firewalls.list",
        permission="compute.firewalls.list",
        wire="GET compute/v1/projects/{project}/global/firewalls",
        why="which VPC firewall rules log connections",
    ),
    api="compute",
    version="v1",
    collection=("firewalls",),
    name="list",
    items="items",
)
NETWORK_POLICIES_LIST = Method(
    operation=Operation(
        call="compute.networkFirewallPolicies.aggregatedList",
        permission="compute.firewallPolicies.list",
        wire="GET compute/v1/projects/{project}/aggregated/firewallPolicies",
        why="which rules of network firewall policies log connections",
    ),
    api="compute",
    version="v1",
    collection=("networkFirewallPolicies",),
    name="aggregatedList",
    items="firewallPolicies",
)

HANDS_ON = "goto_next"
DECISIONS: Mapping[str, Mapping[str, str]] = {
    "allow": {"jsonPayload.disposition": "ALLOWED"},
    "deny": {"jsonPayload.disposition": "DENIED"},
    "apply_security_profile_group": {},
}
"""Action of a policy's rule → what is constant in the entries that it writes."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that can log.

    Attributes:
        resource: its path.
        setting: the object that a person would mend.
        fields: what is constant in its entries, the log's name aside.
        idle: why it decides no connection; empty if it does.
        logs: its switch.
        raw: the deciding fields, as evidence.
    """

    resource: str
    setting: str
    fields: Mapping[str, str]
    idle: str
    logs: bool | Unread
    raw: Mapping[str, Any]


def odd(method: Method, detail: object) -> ReadFailure:
    """The failure of an answer that is not what is documented."""
    return ReadFailure(call=method.operation.call, kind="unparseable", detail=str(detail))


def facts_of(place: GcpPlace, scope: Scope, rule: Rule, readings: tuple[str, ...]) -> Iterator[Fact]:
    """The emitter of a rule, and its switch."""
    yield Emitter(
        source=SOURCE,
        scope=scope.id,
        resource=rule.resource,
        fields={"logName": log_name(place.container, LOG_ID), **rule.fields},
        not_applicable=rule.idle,
        readings=readings,
    )
    if not rule.idle:
        yield Route(
            id=f"gcp:firewall-logging/{place.container}/{rule.resource}",
            kind=KIND,
            setting=rule.setting,
            effect="generate",
            origin=scope.id,
            resource=rule.resource,
            sources=(SOURCE,),
            enabled=rule.logs,
            readings=readings,
            raw=rule.raw,
        )


def observe_rules(
    place: GcpPlace, scope: Scope, hierarchical: Callable[[GcpPlace, Scope], Iterator[Fact]]
) -> Iterator[Fact]:
    """One emitter for each firewall rule that acts in a project's networks and can log, and its switch.

    Raises:
        ReadFailure: not all rules could be read.
    """
    readings: list[str] = []
    failures: list[ReadFailure] = []

    def gathered(facts: Iterable[Fact]) -> Iterator[Fact]:
        try:
            for fact in facts:
                if isinstance(fact, Emitter):
                    readings.extend(fact.readings)
                yield fact
        except ReadFailure as failure:
            if failure.kind == "api-disabled":
                raise
            failures.append(failure)

    yield from gathered(_network_rules(place, scope, readings))
    yield from gathered(_policy_rules(place, scope, readings))
    yield from gathered(hierarchical(place, scope))
    if failures:
        raise failures[0]
    for kind in (SOURCE, KIND):
        yield Listing(kind=kind, at=scope.id, readings=tuple(dict.fromkeys(readings)))


def whole_list(place: GcpPlace, method: Method, **params: Any) -> Listed:
    """A list of the Compute Engine API; with a failure if the answer warns that items are missing."""
    warned: list[str] = []

    def items_of(body: Mapping[str, Any]) -> list[Any]:
        items, warning = body.get(method.items, []), body.get("warning", {})
        if not isinstance(items, list) or not isinstance(warning, dict):
            raise odd(method, "items or warning have an odd form")
        if warning and warning.get("code") not in BENIGN:
            warned.append(str(warning.get("code")))
        return items

    listed = place.session.list_all(method, place.scope.id, items_of=items_of, maxResults=PAGE_SIZE, **params)
    if warned and listed.failure is None:
        detail = f"the list warns of {', '.join(sorted(set(warned)))}"
        failure = ReadFailure(call=method.operation.call, kind="server-error", detail=detail)
        return replace(listed, failure=failure)
    return listed


# --- VPC firewall rules -------------------------------------------------------------------------------------


def _network_rules(place: GcpPlace, scope: Scope, readings: list[str]) -> Iterator[Fact]:
    project = place.container.removeprefix("projects/")
    listed = whole_list(place, FIREWALLS_LIST, project=project)
    readings += listed.readings
    failure = listed.failure
    for item in listed.items:
        try:
            rule = _network_rule(place, scope, entry(item, "items"))
        except MalformedAnswerError as error:
            failure = failure or odd(FIREWALLS_LIST, error)
            continue
        yield from facts_of(place, scope, rule, listed.readings)
    if failure is not None:
        raise failure


def _network_rule(place: GcpPlace, scope: Scope, body: Mapping[str, Any]) -> Rule:
    name = needed_text(body, "name")
    resource = f"global/firewalls/{name}"
    about = place.session.about(FIREWALLS_LIST, scope.id, resource)
    decided = [word for word, kind in (("ALLOWED", "allowed"), ("DENIED", "denied")) if body.get(kind)]
    fields = {"jsonPayload.disposition": decided[0]} if len(decided) == 1 else {}
    network = text(body, "network").rpartition("/")[2]
    if network:
        fields["jsonPayload.rule_details.reference"] = f"network:{network}/firewall:{name}"
    disabled = flag(body, "disabled", about)
    logs: bool | Unread
    try:
        logs = flag(mapping(body, "logConfig"), "enable", about)
    except MalformedAnswerError as error:
        logs = about.odd("logConfig", str(error))
    return Rule(
        resource=resource,
        setting=f"gcp:compute/{place.container}/{resource}",
        fields=fields,
        idle="the rule is disabled" if disabled is True else "",
        logs=unless_idle(logs, disabled),
        raw=picked(body, "name", "network", "disabled", "logConfig"),
    )


def unless_idle(logs: bool | Unread, disabled: bool | Unread) -> bool | Unread:  # noqa: FBT001 - values of facts
    """The switch of a rule; where it is off, but nobody knows whether the rule acts, that is what is not known."""
    return disabled if logs is False and isinstance(disabled, Unread) else logs


# --- network firewall policies ------------------------------------------------------------------------------


def _policy_rules(place: GcpPlace, scope: Scope, readings: list[str]) -> Iterator[Fact]:
    listed = aggregated(place, NETWORK_POLICIES_LIST)
    readings += listed.readings
    failure = listed.failure
    for item in listed.items:
        try:
            policy = entry(item, "firewallPolicies")
            region = text(policy, "region").rstrip("/").rpartition("/")[2]
            where = f"regions/{region}" if region else "global"
            path = f"{where}/firewallPolicies/{needed_text(policy, 'name')}"
            attached = bool(mappings(policy, "associations"))
        except MalformedAnswerError as error:
            failure = failure or odd(NETWORK_POLICIES_LIST, error)
            continue
        idle = "" if attached else "the policy is attached to no network"
        about = place.session.about(NETWORK_POLICIES_LIST, scope.id, path)
        rules, broken = rules_of(policy, path, f"gcp:compute/{place.container}/{path}", about, idle)
        if broken:
            failure = failure or odd(NETWORK_POLICIES_LIST, broken)
        for rule in rules:
            yield from facts_of(place, scope, rule, listed.readings)
    if failure is not None:
        raise failure


def rules_of(
    policy: Mapping[str, Any], path: str, setting: str, about: About, idle: str
) -> tuple[Sequence[Rule], str]:
    """The rules of a policy that can log, and why these may not be all; empty if they are.

    A policy always has rules: "there must always be a default rule".
    """
    try:
        listed = mappings(policy, "rules")
    except MalformedAnswerError as error:
        return (), str(error)
    broken = "" if listed else "the policy tells no rules"
    found: list[Rule] = []
    for body in listed:
        try:
            rule = _rule(body, path, setting, about, idle)
        except MalformedAnswerError as error:
            broken = broken or str(error)
            continue
        if rule is not None:
            found.append(rule)
    return found, broken


def _rule(body: Mapping[str, Any], path: str, setting: str, about: About, idle: str) -> Rule | None:
    priority = number(body, "priority") or 0
    action = needed_text(body, "action")
    if action == HANDS_ON:
        return None
    name = f"rules/{priority}"
    about = replace(about, subject=f"{path}/{name}")
    disabled = flag(body, "disabled", about)
    logs = unless_idle(flag(body, "enableLogging", about), disabled)
    if action not in DECISIONS and logs is False:
        logs = about.odd("action", f"the action is {action!r}")
    return Rule(
        resource=f"{path}/{name}",
        setting=f"{setting}/{name}",
        fields=DECISIONS.get(action, {}),
        idle=idle or ("the rule is disabled" if disabled is True else ""),
        logs=logs,
        raw=picked(body, "priority", "action", "disabled", "enableLogging", "targetResources"),
    )
