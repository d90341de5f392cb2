"""What a reader should know although no verdict depends on it: patterns that match nothing, dates that run out."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta

from logcov.coverage import Estate
from logcov.evaluate.exemptions import state_of
from logcov.policy import Clause, Place, PolicySet, Requirement, Selector
from logcov.selection.cloud_logging import lints
from logcov.selection.predicate import glob_matches

SOON = timedelta(days=30)


def _scope_patterns(selector: Selector) -> Iterator[str]:
    for clause in selector:
        yield from _clause_patterns(clause)


def _clause_patterns(clause: Clause) -> Iterator[str]:
    yield from clause.scopes
    yield from clause.under
    yield from _scope_patterns(clause.excepting)


def _provider_of(pattern: str) -> str:
    return pattern.split(":", 1)[0]


def _places(requirement: Requirement) -> Iterator[Place]:
    if requirement.stores is not None:
        yield from requirement.stores.places
    for leg in requirement.reach.legs if requirement.reach is not None else ():
        yield from leg.places


def _unmatched(estate: Estate, policies: PolicySet) -> Iterator[str]:
    audited = {scope.provider for scope in estate.scopes.values()}
    where: dict[str, str] = {}
    for requirement in policies.requirements:
        for pattern in _scope_patterns(requirement.where):
            where.setdefault(pattern, f"{requirement.file}:{requirement.line}")
    for pattern, line in where.items():
        if _provider_of(pattern) in audited and not any(
            glob_matches(pattern, scope) for scope in estate.scopes
        ):
            yield f"{line}: the pattern {pattern} matches no scope of this inventory."
    ends = {route.to for route in estate.routes.values() if isinstance(route.to, str)} | set(
        estate.destinations
    )
    seen: set[str] = set()
    for requirement in policies.requirements:
        for place in _places(requirement):
            for pattern in place.patterns:
                if pattern in seen or _provider_of(pattern) not in audited:
                    continue
                seen.add(pattern)
                if not any(glob_matches(pattern, end) for end in ends):
                    yield (
                        f"{requirement.file}:{requirement.line}: {place.name} names {pattern}, "
                        "but nothing in this inventory leads there."
                    )


def _dated(policies: PolicySet, exempted: Mapping[str, int], as_of: date) -> Iterator[str]:
    for one in policies.exemptions:
        state = state_of(one, as_of)
        if state == "expired":
            yield f"{one.id}: the exemption expired on {one.expires}; its gaps count again."
        elif state == "active" and one.expires - as_of <= SOON:
            yield f"{one.id}: the exemption ends on {one.expires}."
        if (one.expires - one.starts).days > policies.exemption_limit:
            yield f"{one.id}: the exemption runs for more than {policies.exemption_limit} days."
        if not exempted.get(one.id):
            yield f"{one.id}: the exemption matches no finding."
    for statement in policies.attestations:
        if as_of > statement.expires:
            yield f"{statement.id}: the attestation by {statement.by} lapsed on {statement.expires}."
        elif statement.expires - as_of <= SOON:
            yield f"{statement.id}: the attestation by {statement.by} ends on {statement.expires}."


def _odd_filters(estate: Estate) -> Iterator[str]:
    """Traps in the filters of hops that are on: of each filter once, however many hops share it."""
    hops: dict[str, set[str]] = {}
    for route in estate.routes.values():
        if isinstance(route.filter, str) and route.enabled is not False:
            hops.setdefault(route.filter, set()).add(route.setting)
    for name, ids in sorted(hops.items(), key=lambda item: min(item[1])):
        known = estate.filters.get(name)
        if known is None or known.dialect != "gcp.logging":
            continue
        others = f" and {len(ids) - 1:,} more" if len(ids) > 1 else ""
        texts = {"filter": known.text}
        texts |= {f"exclusion {one.name}": one.text for one in known.exclusions if not one.disabled}
        for within, text in texts.items():
            for lint in lints(text):
                yield f"{min(ids)}{others}: {within}, {lint.at(text)}: {lint.code}: {lint.says}. Instead: {lint.instead}"


def warnings_of(
    estate: Estate,
    policies: PolicySet,
    matched: Mapping[str, int],
    exempted: Mapping[str, int],
    vacuous: Collection[str],
    as_of: date,
) -> tuple[str, ...]:
    """All warnings, in a fixed order. `vacuous`: requirements that no record can be about."""
    audited = {scope.provider for scope in estate.scopes.values()}
    lines: list[str] = list(policies.warnings)
    if not estate.inventory.header.complete:
        lines.append("The collection was interrupted: what had not been read by then is unknown.")
    if estate.inventory.cut_short:
        lines.append(
            "The inventory ends before its footer: it was cut short, and what is missing is unknown."
        )
    unaudited: dict[str, list[str]] = {}
    for requirement in policies.requirements:
        if requirement.id in vacuous:
            lines.append(
                f"{requirement.file}:{requirement.line}: {requirement.id} asks for no record that can exist at any "
                "place that it selects."
            )
            continue
        if matched.get(requirement.id):
            continue
        providers = {_provider_of(logs.pattern.replace(".", ":", 1)) for logs in requirement.logs}
        if providers & audited or "*" in "".join(providers):
            lines.append(
                f"{requirement.file}:{requirement.line}: {requirement.id} matches nothing in this inventory."
            )
        else:
            unaudited.setdefault(", ".join(sorted(providers)), []).append(requirement.id)
    for about, ids in sorted(unaudited.items()):
        others = f" and {len(ids) - 1} more" if len(ids) > 1 else ""
        lines.append(f"{ids[0]}{others}: about {about}, which was not audited.")
    lines += _unmatched(estate, policies)
    lines += _odd_filters(estate)
    lines += _dated(policies, exempted, as_of)
    return tuple(dict.fromkeys(lines))
