"""Nimbus, a provider that does not exist: rows, and small estates written by hand.

The judge names no provider, so it must be able to judge this one.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from logcov.evaluate import evaluate
from logcov.findings import Assessment, Finding
from logcov.inventory import (
    Activity,
    Admission,
    BlindSpot,
    Destination,
    DestinationKind,
    Dimension,
    Emitter,
    Fact,
    Field,
    Filter,
    Header,
    HopKind,
    Inventory,
    Keep,
    Listing,
    Lock,
    LogSource,
    Reading,
    Route,
    Scope,
    Unread,
)
from logcov.inventory.file import ordered
from logcov.policy import (
    Clause,
    Exemption,
    Leg,
    Logs,
    Place,
    Policy,
    PolicySet,
    Reach,
    Requirement,
    Terms,
)

TODAY = date(2026, 11, 22)
NOW = "2026-11-22T08:00:00Z"

AUDIT = LogSource(
    id="nimbus.audit",
    title="who changed what",
    provider="nimbus",
    scope_kinds=("nimbus.realm", "nimbus.site"),
    fields=(
        Field(name="user", optional=False),
        Field(name="verb", kind="finite", values=("read", "write"), optional=False),
        Field(name="note"),
    ),
    dimensions=(Dimension(name="verb"),),
    always_generated=True,
    needs=("nimbus.pipe",),
)
ACCESS = LogSource(
    id="nimbus.access",
    title="who read what",
    provider="nimbus",
    scope_kinds=("nimbus.realm", "nimbus.site"),
    fields=AUDIT.fields,
    dimensions=AUDIT.dimensions,
    needs=("nimbus.switch", "nimbus.pipe"),
)
TRAFFIC = LogSource(
    id="nimbus.traffic",
    title="packets",
    provider="nimbus",
    scope_kinds=("nimbus.site",),
    needs=("nimbus.tap",),
    emitters="nimbus.net",
    per_location=True,
)
HOPS = (
    HopKind(
        id="nimbus.pipe",
        title="pipes",
        effects=("carry",),
        origins=("nimbus.realm", "nimbus.site"),
        descends=True,
        intercepts=True,
        leads_to=("nimbus:vault/*", "nimbus:relay/*"),
    ),
    HopKind(
        id="nimbus.switch",
        title="switches",
        effects=("generate", "withhold"),
        origins=("nimbus.realm", "nimbus.site"),
        descends=True,
    ),
    HopKind(
        id="nimbus.tap",
        title="taps",
        effects=("carry",),
        origins=("nimbus.site",),
        per_location=True,
        leads_to=("nimbus:vault/*",),
    ),
    HopKind(
        id="nimbus.spout",
        title="spouts",
        effects=("carry",),
        origins=("nimbus.relay",),
        leads_to=("nimbus:vault/*",),
    ),
)
DESTINATIONS = (
    DestinationKind(id="nimbus.vault", title="vaults", pattern="nimbus:vault/*"),
    DestinationKind(id="nimbus.relay", title="relays", pattern="nimbus:relay/*", onward=("nimbus.spout",)),
)
REALM = "nimbus:realms/r"
SITE = "nimbus:sites/s"
VAULT = "nimbus:vault/v"
DEPOT = "nimbus:depots/logs"

READ = "read it"


def vault(**changes: Any) -> Destination:
    """A store in which everything is good: kept for ever, locked, private, with a key of our own."""
    facts: dict[str, Any] = {
        "id": VAULT,
        "kind": "nimbus.vault",
        "owner": DEPOT,
        "retained": (Keep(),),
        "online": (Keep(),),
        "searchable": (Keep(),),
        "lock": Lock(mode="locked", days=None),
        "encrypted": "customer-key",
        "private": True,
        "deleters": (),
        "readings": (READ,),
    }
    return Destination(**{**facts, **changes})


def pipe(name: str = "p", **changes: Any) -> Route:
    """A pipe from the site to the vault that lets everything through."""
    facts: dict[str, Any] = {
        "id": f"nimbus:pipe/{name}",
        "kind": "nimbus.pipe",
        "setting": f"nimbus:pipe/{name}",
        "effect": "carry",
        "origin": SITE,
        "sources": ("nimbus.*",),
        "to": VAULT,
        "readings": (READ,),
        "raw": {"name": name},
    }
    return Route(**{**facts, **changes})


def switch(name: str = "on", **changes: Any) -> Route:
    """A switch that has everything written at the site."""
    facts: dict[str, Any] = {
        "id": f"nimbus:switch/{name}",
        "kind": "nimbus.switch",
        "setting": f"nimbus:switch/{name}",
        "effect": "generate",
        "origin": SITE,
        "sources": ("nimbus.access",),
        "readings": (READ,),
    }
    return Route(**{**facts, **changes})


def only(text: str, name: str = "f") -> Filter:
    """A filter on record fields: JSON of field → value."""
    return Filter(id=name, dialect="fields", text=text)


def realm(**changes: Any) -> Scope:
    """The top."""
    facts: dict[str, Any] = {"id": REALM, "kind": "nimbus.realm", "provider": "nimbus", "container": True}
    return Scope(**{**facts, **changes})


def site(**changes: Any) -> Scope:
    """The only site, in production."""
    facts: dict[str, Any] = {
        "id": SITE,
        "kind": "nimbus.site",
        "provider": "nimbus",
        "parent": REALM,
        "labels": {"env": "prod"},
        "locations": {"north": True, "south": False},
    }
    return Scope(**{**facts, **changes})


def depot(**changes: Any) -> Scope:
    """The scope that owns the vaults and writes nothing itself."""
    facts: dict[str, Any] = {"id": DEPOT, "kind": "nimbus.depot", "provider": "nimbus", "parent": REALM}
    return Scope(**{**facts, **changes})


LISTINGS = (
    Listing(kind="scopes", at=REALM),
    Listing(kind="nimbus.pipe", at=REALM, readings=(READ,)),
    Listing(kind="nimbus.pipe", at=SITE, readings=(READ,)),
    Listing(kind="nimbus.switch", at=REALM, readings=(READ,)),
    Listing(kind="nimbus.switch", at=SITE, readings=(READ,)),
    Listing(kind="nimbus.tap", at=SITE, location="north", readings=(READ,)),
    Listing(kind="nimbus.net", at=SITE, location="north", readings=(READ,)),
    Listing(kind="nimbus.spout", at="nimbus:relay/r", readings=(READ,)),
    Listing(kind="activity", at=SITE),
)

EMITTERS = (
    Emitter(source="nimbus.audit", scope=SITE, fields={"place": SITE}),
    Emitter(source="nimbus.access", scope=SITE),
    Emitter(source="nimbus.audit", scope=REALM),
    Emitter(source="nimbus.access", scope=REALM),
    Emitter(source="nimbus.traffic", scope=SITE, location="north", resource="net-1", in_use=True),
)


def estate(
    *facts: Fact, without: tuple[Fact, ...] = (), scopes: tuple[Scope, ...] | None = None
) -> Inventory:
    """A realm with one site and a depot, everything listed, and these facts."""
    body = [
        *(scopes if scopes is not None else (realm(), site())),
        depot(),
        *EMITTERS,
        *LISTINGS,
        Reading(id=READ, call="nimbus:ReadAll", place=REALM, at=NOW),
        *facts,
    ]
    header = Header(
        tool="logcov test",
        started_at=NOW,
        finished_at=NOW,
        sources=(AUDIT, ACCESS, TRAFFIC),
        hop_kinds=HOPS,
        destination_kinds=DESTINATIONS,
    )
    return Inventory(header=header, facts=ordered([fact for fact in body if fact not in without]))


def with_header(inventory: Inventory, **changes: Any) -> Inventory:
    """The inventory with other rows, or made at another time."""
    return dataclasses.replace(inventory, header=dataclasses.replace(inventory.header, **changes))


def reach(*patterns: str, mode: str = "all", **terms: Any) -> Reach:
    """One leg to these patterns, under these terms."""
    place = Place(name="trusted", patterns=patterns or ("nimbus:vault/*",))
    return Reach(mode=mode, legs=(Leg(to="trusted", places=(place,), terms=Terms(**terms)),))  # type: ignore[arg-type]


def requirement(**changes: Any) -> Requirement:
    """Audit records of the site reach a vault."""
    facts: dict[str, Any] = {
        "id": "test:one",
        "title": "Records reach the vault",
        "logs": (Logs(pattern="nimbus.audit"),),
        "where": (Clause(scopes=(SITE,)),),
        "reach": reach(),
        "severity": "high",
        "file": "test.yaml",
        "line": 7,
    }
    return Requirement(**{**facts, **changes})


def policies(*requirements: Requirement, **more: Any) -> PolicySet:
    """A policy of these requirements."""
    policy = Policy(
        name="test", title="Test", owner="us", path="test.yaml", sha256="0" * 64, requirements=requirements
    )
    return PolicySet(policies=(policy,), **more)


def judged(inventory: Inventory, *requirements: Requirement, **more: Any) -> Assessment:
    """The assessment, on a fixed day."""
    return evaluate(inventory, policies(*(requirements or (requirement(),)), **more), as_of=TODAY)


def the_one(assessment: Assessment) -> Finding:
    """The only finding."""
    (finding,) = assessment.findings
    return finding


def exemption(**changes: Any) -> Exemption:
    """An exemption from everything, that holds today."""
    facts: dict[str, Any] = {
        "id": "EX-1",
        "requirement": "test:*",
        "where": (),
        "accepts": frozenset({"gap"}),
        "reason": "moves soon",
        "requested_by": "a@example.com",
        "owner": "b@example.com",
        "approved_by": "c@example.com",
        "compensating": "none needed",
        "ticket": "T-1",
        "starts": date(2026, 11, 1),
        "expires": date(2026, 12, 31),
    }
    return Exemption(**{**facts, **changes})


def denied(place: str, call: str = "nimbus:List", **changes: Any) -> BlindSpot:
    """A refused read."""
    facts: dict[str, Any] = {
        "id": f"!{call} {place}",
        "place": place,
        "call": call,
        "kind": "access-denied",
        "permission": call,
    }
    return BlindSpot(**{**facts, **changes})


# --- Taking knowledge away: every listing, and every value that can be unread, one at a time ----------------

UNREADABLE: Mapping[type, tuple[str, ...]] = {
    Scope: ("parent", "state", "labels", "locations"),
    Emitter: ("labels", "in_use"),
    Route: ("descends", "enabled", "filter", "to", "intercepts", "validated"),
    Admission: ("allowed",),
    Destination: (
        "exists",
        "owner",
        "usable",
        "consumed",
        "retained",
        "online",
        "searchable",
        "lock",
        "encrypted",
        "private",
        "deleters",
    ),
}


def _any_fact(fact: Fact) -> bool:
    del fact
    return True


def less_known(
    inventory: Inventory, touching: Callable[[Fact], bool] = _any_fact
) -> Iterator[tuple[str, Inventory]]:
    """The inventory with one listing taken out, one record lost that others refer to, or one value unread.

    `touching` says which facts to take from.
    """
    lost = Unread("!taken away")

    def swapped(index: int, *instead: Fact) -> Inventory:
        facts = (*inventory.facts[:index], *instead, *inventory.facts[index + 1 :])
        return dataclasses.replace(inventory, facts=facts)

    for index, fact in enumerate(inventory.facts):
        if not touching(fact):
            continue
        name = type(fact).__name__
        if isinstance(fact, Listing) and fact.kind == "activity":
            # What was not asked gives no activity either.
            asked = (fact.at, fact.location)
            facts = tuple(
                one
                for one in inventory.facts
                if one is not fact and not (isinstance(one, Activity) and (one.scope, one.location) == asked)
            )
            yield f"without activity at {asked}", dataclasses.replace(inventory, facts=facts)
        elif isinstance(fact, Listing | Filter | Destination | Admission):
            yield f"without {name} {fact}", swapped(index)
        for field in UNREADABLE.get(type(fact), ()):
            value = getattr(fact, field)
            if isinstance(value, Unread):
                continue
            if value is None and field in {
                "consumed",
                "validated",
                "lock",
                "encrypted",
                "private",
                "deleters",
                "in_use",
            }:
                continue
            if isinstance(fact, Scope) and field == "parent" and value is None:
                continue
            yield (
                f"{name}.{field} unread of {fact}",
                swapped(index, dataclasses.replace(fact, **{field: lost})),
            )
        if isinstance(fact, Route) and fact.delivery is not None:
            for field in ("last_success", "last_error"):
                delivery = dataclasses.replace(fact.delivery, **{field: lost})
                yield (
                    f"Route.delivery.{field} of {fact.id}",
                    swapped(index, dataclasses.replace(fact, delivery=delivery)),
                )


def broken_promises(before: Assessment, after: Assessment, above: Callable[[str, str], bool]) -> list[str]:
    """Where the second assessment, made with less knowledge, says more than it may.

    A verdict may change only to unknown; a finding may vanish only beneath an unknown one at its place or above.
    `above(scope, other)`: whether the second scope is the first or above it.
    """
    wrong: list[str] = []
    later = {finding.id: finding for finding in after.findings}
    unknown = [finding for finding in after.findings if finding.status == "unknown"]
    for finding in before.findings:
        now = later.get(finding.id)
        if now is None:
            if not any(
                one.requirement == finding.requirement
                and above(finding.scope, one.scope)
                and one.location in {None, finding.location}
                for one in unknown
            ):
                wrong.append(f"{finding.requirement} at {finding.scope} {finding.location} vanished")
        elif now.status not in {finding.status, "unknown"}:
            wrong.append(
                f"{finding.requirement} at {finding.scope} {finding.resource} {dict(finding.dimensions)}: "
                f"{finding.status} ({finding.basis}) became {now.status} ({now.basis}) {now.detail}"
            )
    return wrong
