"""A verdict in words: the sentence, the way of the record, the evidence, and what would mend it."""

from collections.abc import Mapping, Sequence

from logcov.coverage import NEVER_READ, Check, Estate, Hop
from logcov.evaluate.verdict import Verdict
from logcov.findings import Evidence, Step
from logcov.inventory import BlindSpot, Emitter, LogSource, Route

MOST_EVIDENCE = 12
SHOWN_FIELDS = 4
SHOWN_SPOTS = 3

_MEND: Mapping[str, str] = {
    "not-generated": "Switch the log on at {place}, or at a scope above it.",
    "partly-generated": "Widen what is written at {cause}: remove the exemption or add the missing kinds of records.",
    "not-routed": "Give the records of {place} a route to {wanted}.",
    "unclassified": "Set the missing label of {cause}, so that it is known whether the policy is about it.",
    "filtered-out": "Widen the filter of {cause} so that these records pass, or cover them by another route to {wanted}.",
    "sampled": "Raise the sampling rate of {cause} to 100 %.",
    "intercepted": "Let {cause} stop intercepting, or route these records on from where it sends them.",
    "route-disabled": "Switch {cause} on again.",
    "delivery-failing": "Find out why {cause} cannot deliver, and repair the grant or the destination that its error names.",
    "stale": "Find out why {cause} stopped delivering although records exist.",
    "wrong-destination": "Send the records of {place} to {wanted}; or, if they rest well where they are, name that place in the policy.",
    "destination-missing": "Create {cause} again, or point the route at a destination that exists.",
    "destination-unusable": "Make {cause} take records again.",
    "writer-denied": "Grant {writer} the right to create objects in {cause}.",
    "no-consumer": "Attach a subscription that stores what arrives at {cause}.",
    "retention-too-short": "Lengthen the retention of {cause}.",
    "not-online-long-enough": "Keep the records of {cause} out of archive tiers for longer.",
    "not-searchable-long-enough": "Keep a copy searchable for longer than {cause} does.",
    "not-immutable": "Lock {cause} for as long as the records must be kept.",
    "not-encrypted": "Encrypt {cause} as the policy asks.",
    "not-validated": "Switch on log file validation of {cause}.",
    "not-separate": "Keep a copy in an account or project of its own, outside {place}.",
    "deletable": "Take the right to delete in {cause} from everybody but those whom the policy names.",
    "public": "Close {cause} to the public.",
    "fields-missing": "Add the missing fields to the format of {cause}.",
    "attestation-expired": "Ask the owner of {cause} to confirm it again, and renew the attestation.",
}


def place_of(emitter: Emitter) -> str:
    """The emitter in words that can be copied into a console."""
    parts = [emitter.scope, emitter.location, None if emitter.resource == "*" else emitter.resource]
    return " ".join(part for part in parts if part)


def shown(record: Mapping[str, str | tuple[str, ...]]) -> dict[str, str]:
    """A record as text."""
    return {
        name: value if isinstance(value, str) else ", ".join(value) for name, value in sorted(record.items())
    }


def _telling(
    emitter: Emitter, source: LogSource, record: Mapping[str, str | tuple[str, ...]], tested: frozenset[str]
) -> str:
    fixed = {*emitter.fields, *emitter.dimensions, *(shape.field for shape in source.shape)}
    fields = [
        f"{name}={value}"
        for name, value in shown(record).items()
        if name not in fixed and (not tested or name in tested)
    ]
    return ", ".join(fields[:SHOWN_FIELDS])


def _tested(check: Check | None) -> frozenset[str]:
    from logcov.selection.predicate import Atom, leaves

    if check is None:
        return frozenset()
    return frozenset(leaf.field for leaf in leaves(check.test) if isinstance(leaf, Atom))


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "?", "!")) else text + "."


def _blind(spot: BlindSpot) -> str:
    """Why something could not be read, in words."""
    where = " ".join(part for part in (spot.place, spot.location) if part)
    if spot.detail == NEVER_READ:
        return f"{spot.call} at {where} was {spot.detail}" if where else f"{spot.call} was {spot.detail}"
    if spot.kind in {"not-observable", "cut-off"} and spot.detail:
        return f"{where}: {spot.detail}"
    what = {"access-denied": "was refused", "scp-denied": "was refused by a service control policy"}
    return f"{spot.call} at {where} {what.get(spot.kind, f'could not be read ({spot.kind})')}"


def detail(verdict: Verdict, emitter: Emitter, source: LogSource, spots: Sequence[BlindSpot] = ()) -> str:
    """One sentence that a person can act on. `spots` are the blind spots that an unknown waits for."""
    where = place_of(emitter)
    if verdict.status == "not-applicable":
        return _sentence(verdict.says)
    if verdict.status != "unknown" and verdict.told:
        return _sentence(verdict.told)
    if verdict.status == "covered":
        if verdict.candidate is not None:
            by = " and then ".join(hop.route.setting for hop in verdict.candidate.hops)
            way = f" by {by}" if by else ""
            word = f", as {' and '.join(verdict.attestations)} states" if verdict.basis == "attested" else ""
            if verdict.alone:
                return _sentence(f"Every record reaches {verdict.candidate.end}{way}{word}")
            way = f"Every record arrives where the policy asks; one of several ways leads to {verdict.candidate.end}{way}"
            return _sentence(f"{way}{word}")
        return _sentence("Every record is written" if verdict.says == "" else verdict.says)
    if verdict.status == "unknown":
        if not spots:
            return _sentence(f"Could not tell for {where}: {verdict.says}")
        what = verdict.says.partition(": ")[0]
        words = [] if what == "could not be read" else [what + ": "]
        words.append("; ".join(_blind(spot) for spot in spots[:SHOWN_SPOTS]))
        if len(spots) > SHOWN_SPOTS:
            words.append(f"; and {len(spots) - SHOWN_SPOTS} more")
        return _sentence(f"Could not tell for {where}: {''.join(words)}")
    telling = _telling(emitter, source, verdict.record, _tested(verdict.check)) if verdict.record else ""
    lost = (
        f"Records with {telling} of {where}"
        if telling and verdict.extent == "some"
        else f"Records of {where}"
    )
    lost = f"No record of {where}" if verdict.extent == "all" and verdict.reason == "not-generated" else lost
    verb = {
        "not-generated": "is written" if lost.startswith("No") else "are not written",
        "partly-generated": "are not written",
    }.get(verdict.reason or "", "do not count as covered" if _only_terms(verdict) else "are lost")
    return _sentence(f"{lost} {verb}: {verdict.says}")


def _only_terms(verdict: Verdict) -> bool:
    return verdict.reason in {
        "retention-too-short",
        "not-online-long-enough",
        "not-searchable-long-enough",
        "not-immutable",
        "not-encrypted",
        "not-validated",
        "not-separate",
        "deletable",
        "public",
        "attestation-expired",
        "wrong-destination",
    }


def remediation(
    verdict: Verdict,
    emitter: Emitter,
    wanted: Sequence[str],
    permissions: Sequence[str],
    *,
    unclassified: bool,
    labels: bool = True,
) -> str | None:
    """What would mend it. `labels`: what is unclassified lacks a label."""
    if verdict.status in {"covered", "not-applicable"}:
        return None
    if verdict.status == "unknown":
        grants = sorted({permission for permission in permissions if permission})
        if grants:
            return _paragraph(_sentence("Let logcov read it: grant " + ", ".join(grants)))
        if verdict.reason == "undecidable-filter":
            return _paragraph(
                _sentence(f"Write the filter of {verdict.cause} without the part that cannot be decided")
            )
        return None
    if unclassified and not labels:
        return None
    template = _MEND["unclassified" if unclassified else verdict.reason or ""]
    hops = verdict.candidate.hops if verdict.candidate is not None else ()
    writer = next((hop.route.writer for hop in hops if verdict.check in hop.checks), "")
    told = template.format(
        place=place_of(emitter),
        cause=emitter.scope if unclassified else verdict.cause,
        wanted=" or ".join(wanted) or "a place that the policy accepts",
        writer=writer,
    )
    return _paragraph(told)


def _paragraph(text: str) -> str:
    """Without line breaks: an empty line ends the sentence, and no name may have its own words taken for commands."""
    return " ".join(text.split("\n"))


def with_commands(sentence: str | None, commands: str) -> str | None:
    """The sentence that says what would mend it and, after an empty line, the commands that would, if any."""
    return f"{sentence}\n\n{commands}" if sentence is not None and commands else sentence


def _route_step(route: Route, *, stops: Check | None) -> Step:
    if stops is not None:
        return Step(kind="route", id=route.setting, says=f"stops here ({stops.reason}): {stops.says}")
    lead = f" to {route.to}" if isinstance(route.to, str) else ""
    return Step(kind="route", id=route.setting, says=f"lets it through{lead}")


def path(verdict: Verdict, emitter: Emitter, source: LogSource) -> tuple[Step, ...]:
    """The record's way, hop by hop, to where it arrives or stops."""
    if verdict.status == "not-applicable":
        return ()
    steps = [Step(kind="emitter", id=place_of(emitter), says=f"writes records of {source.id}")]
    if verdict.reason in {"not-generated", "partly-generated"} and verdict.status == "gap":
        return (Step(kind="emitter", id=place_of(emitter), says=f"does not write it: {verdict.says}"),)
    steps += [Step(kind="route", id=route.setting, says="has it written") for route in verdict.generators[:1]]
    hops: tuple[Hop, ...] = ()
    end = ""
    if verdict.candidate is not None:
        hops, end = verdict.candidate.hops, verdict.candidate.end
    elif verdict.arrival is not None:
        hops, end = verdict.arrival.hops, verdict.arrival.destination.id
    stopped = False
    for hop in hops:
        failing = verdict.check if verdict.check is not None and verdict.check in hop.checks else None
        if failing is not None and failing.cause == hop.route.to:
            steps.append(_route_step(hop.route, stops=None))
            steps.append(
                Step(
                    kind="destination",
                    id=failing.cause,
                    says=f"stops here ({failing.reason}): {failing.says}",
                )
            )
            stopped = True
            break
        steps.append(_route_step(hop.route, stops=failing))
        if failing is not None:
            stopped = True
            break
    if not stopped and end:
        attested = verdict.candidate is not None and verdict.candidate.attested
        if verdict.check is not None:
            says = f"does not satisfy the policy ({verdict.check.reason}): {verdict.check.says}"
        elif verdict.arrival is not None:
            says = "holds it, but is not a place that the policy accepts"
        else:
            says = "holds it, as its owner states" if attested else "holds it"
        steps.append(Step(kind="attestation" if attested else "destination", id=end, says=says))
    if not hops and not end and verdict.status != "covered":
        steps.append(Step(kind="route", id=verdict.cause or emitter.scope, says=verdict.says))
    return tuple(steps)


def evidence(estate: Estate, verdict: Verdict, emitter: Emitter) -> tuple[Evidence, ...]:
    """The API answers that decide, with the fields as the API gave them."""
    found: dict[tuple[str, str], Evidence] = {}

    def add(readings: Sequence[str], value: Mapping[str, object] | None) -> None:
        for key in readings:
            reading = estate.readings.get(key)
            if reading is None:
                continue
            entry = Evidence(
                api=reading.call, at=reading.at, value=dict(value or {}), as_old_as=reading.as_old_as
            )
            place = (key, repr(sorted(entry.value.items(), key=lambda item: item[0])))
            bare = (key, "[]")
            if entry.value and bare in found:
                del found[bare]
            if place[1] == "[]" and any(other[0] == key for other in found):
                continue
            found.setdefault(place, entry)

    for route in verdict.generators:
        add(route.readings, route.raw)
    hops: tuple[Hop, ...] = ()
    if verdict.candidate is not None:
        hops = verdict.candidate.hops
    elif verdict.arrival is not None:
        hops = verdict.arrival.hops
    for hop in hops:
        add(hop.route.readings, hop.route.raw)
        if verdict.check is not None and verdict.check in hop.checks:
            break
    if verdict.check is not None:
        add(verdict.check.readings, verdict.check.raw)
    elif hops and isinstance(hops[-1].route.to, str):
        destination = estate.destinations.get(hops[-1].route.to)
        if destination is not None:
            add(destination.readings, destination.raw)
    if not hops:
        add(verdict.readings, None)
    for activity in estate.activity_of(emitter):
        add(activity.readings, {"newestRecordSeen": activity.at})
    add(emitter.readings, None)
    return tuple(found.values())[:MOST_EVIDENCE]


def effective_since(estate: Estate, verdict: Verdict) -> str | None:
    """The oldest moment from which every hop and the store have been as they are; None if any does not tell.

    Nor is it told where several ways cover only together: the way that is shown does not speak for the others.
    """
    if not verdict.alone or verdict.candidate is None or not verdict.candidate.hops:
        return None
    times = [route.since for route in (*verdict.generators, *(hop.route for hop in verdict.candidate.hops))]
    destination = estate.destinations.get(verdict.candidate.end)
    if destination is not None:
        times.append(destination.since)
    known = [time for time in times if time is not None]
    return max(known) if len(known) == len(times) else None
