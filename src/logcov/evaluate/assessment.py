"""From an inventory, policies and a day to an assessment: the findings, and everything that stands around them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from logcov import __version__
from logcov.coverage import Estate
from logcov.evaluate.ages import age_warnings
from logcov.evaluate.exemptions import state_of
from logcov.evaluate.judge import Judging
from logcov.evaluate.population import populations, scope_lines
from logcov.evaluate.warnings import warnings_of
from logcov.findings import (
    Assessment,
    BlindSpotLine,
    Cause,
    Finding,
    RequirementLine,
    Summary,
)
from logcov.inventory import BlindSpot, Inventory
from logcov.policy import PolicySet


def _summary(findings: Sequence[Finding]) -> Summary:
    counts = Counter(
        "covered_attested" if finding.status == "covered" and finding.basis == "attested" else finding.status
        for finding in findings
    )
    return Summary(
        covered=counts["covered"],
        covered_attested=counts["covered_attested"],
        gap=counts["gap"],
        unknown=counts["unknown"],
        exempt=counts["exempt"],
        not_applicable=counts["not-applicable"],
    )


def _causes(findings: Sequence[Finding]) -> tuple[Cause, ...]:
    counts = Counter(
        (finding.cause, finding.reason)
        for finding in findings
        if finding.status in {"gap", "unknown"} and finding.cause is not None
    )
    lines = [
        Cause(id=cause or "", reason=reason or "", findings=number)
        for (cause, reason), number in counts.items()
    ]
    return tuple(sorted(lines, key=lambda line: (-line.findings, line.id, line.reason)))


def _affected(estate: Estate, spot: BlindSpot) -> set[str]:
    hidden = set(spot.hides)
    affected = set()
    for source in estate.sources.values():
        if hidden & {*source.needs, source.emitters} or (
            "scopes" in hidden
            and any(
                scope.provider == source.provider
                for scope in (estate.scopes.get(spot.place),)
                if scope is not None
            )
        ):
            affected.add(source.id)
    return affected


def _blind_lines(judging: Judging) -> tuple[BlindSpotLine, ...]:
    estate, waiting = judging.estate, judging.waiting
    lines = []
    spots = {
        **estate.blind_spots,
        **{key: spot for key, spot in estate.made_up.items() if key in waiting},
    }
    for key in sorted(spots):
        spot = spots[key]
        lines.append(
            BlindSpotLine(
                scope=spot.place,
                location=spot.location,
                call=spot.call,
                kind=spot.kind,
                permission=spot.permission,
                affects=tuple(sorted(_affected(estate, spot) | waiting.get(key, set()))),
            )
        )
    return tuple(lines)


def evaluate(
    inventory: Inventory, policies: PolicySet, *, as_of: date, command: Sequence[str] = ()
) -> Assessment:
    """Judges every requirement at every emitter it selects.

    Same inventory, policies and day: same assessment, to the byte. Times are the inventory's own.
    """
    judging = Judging(inventory, policies, as_of)
    judging.run()
    estate = judging.estate
    order = {requirement.id: number for number, requirement in enumerate(policies.requirements)}
    matched, exempted, not_assessed = judging.matched, judging.exempted, judging.not_assessed
    findings = tuple(
        sorted(
            (finding for finding, _ in judging.noted.values()),
            key=lambda one: (
                order[one.requirement],
                one.source,
                one.scope,
                one.location or "",
                one.resource or "",
                sorted(one.dimensions.items()),
            ),
        )
    )
    judged = judging.sources
    used = [source for source in estate.sources.values() if source.id in judged]
    header = inventory.header
    return Assessment(
        tool={"name": "logcov", "version": __version__},
        command=tuple(command),
        as_of=as_of.isoformat(),
        started_at=header.started_at,
        finished_at=header.finished_at,
        inventory={"sha256": inventory.sha256},
        policies=tuple(
            {
                "name": policy.name,
                "path": policy.path,
                "sha256": policy.sha256,
                "title": policy.title,
                "owner": policy.owner,
                "framework": dict(policy.framework),
            }
            for policy in policies.policies
        ),
        identities=tuple({"provider": one.provider, "principal": one.principal} for one in header.identities),
        population=populations(estate),
        requirements=tuple(
            RequirementLine(
                id=requirement.id,
                title=requirement.title,
                matched=matched[requirement.id],
                not_assessed=tuple(sorted(not_assessed.get(requirement.id, ()))),
            )
            for requirement in policies.requirements
        ),
        summary=_summary(findings),
        findings=findings,
        causes=_causes(findings),
        blind_spots=_blind_lines(judging),
        exemptions=tuple(
            {
                "id": one.id,
                "requirement": one.requirement,
                "state": state_of(one, as_of),
                "accepts": sorted(one.accepts),
                "reason": one.reason,
                "requested_by": one.requested_by,
                "owner": one.owner,
                "approved_by": one.approved_by,
                "compensating": one.compensating,
                "ticket": one.ticket,
                "from": one.starts.isoformat(),
                "expires": one.expires.isoformat(),
                "findings": exempted[one.id],
            }
            for one in policies.exemptions
        ),
        attestations=_attestation_lines(policies, judging.attested, as_of),
        not_assessed=tuple(
            {"framework": one.framework, "id": one.id, "because": one.because}
            for policy in policies.policies
            for one in policy.not_assessed
        ),
        warnings=(
            *warnings_of(estate, policies, matched, exempted, judging.vacuous, as_of),
            *age_warnings(estate, judging.noted.values()),
        ),
        notes=tuple(
            dict.fromkeys(
                [
                    *(note for policy in policies.policies for note in policy.notes),
                    *(f"{one.id}: {note}" for one in policies.requirements for note in one.notes),
                ]
            )
        ),
        limits=tuple(dict.fromkeys(f"{source.id}: {limit}" for source in used for limit in source.limits)),
        scopes=scope_lines(estate),
    )


def _attestation_lines(
    policies: PolicySet, counts: Mapping[str, int], as_of: date
) -> tuple[Mapping[str, Any], ...]:
    def line(name: str, by: str, starts: date, expires: date, proof: str) -> Mapping[str, Any]:
        state = "expired" if as_of > expires else "not-yet" if as_of < starts else "active"
        return {
            "id": name,
            "state": state,
            "by": by,
            "from": starts.isoformat(),
            "expires": expires.isoformat(),
            "evidence": proof,
            "findings": counts.get(name, 0),
        }

    lines = [line(one.id, one.by, one.starts, one.expires, one.evidence) for one in policies.attestations]
    vouched = {
        place.name: place.vouched
        for requirement in policies.requirements
        if requirement.reach is not None
        for leg in requirement.reach.legs
        for place in leg.places
        if place.vouched is not None
    }
    lines += [
        line(name, one.by, one.starts, one.expires, one.evidence) for name, one in sorted(vouched.items())
    ]
    return tuple(lines)
