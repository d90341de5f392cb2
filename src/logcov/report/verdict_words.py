"""The verdict of an assessment in plain words, with the numbers that it rests on.

Nothing here says more than was judged: no sentence calls a company compliant or secure.
"""

from collections import Counter

from logcov.findings import BOTH, COVERED, GAPS, Assessment, exit_code
from logcov.report.grouping import (
    BY_SEVERITY,
    Counts,
    Satisfied,
    count,
    requirements_satisfied,
    scopes_satisfied,
)
from logcov.report.plain import plural


def headline(assessment: Assessment) -> str:
    """The verdict in one sentence."""
    counts = count(assessment.findings)
    if not counts.judged:
        return "Nothing was judged: no requirement found a place where its records are written."
    code = exit_code(assessment)
    if code == COVERED:
        return f"{_none(counts)}, and nothing is unknown."
    if code == GAPS:
        return f"{_found(counts)}; nothing is unknown."
    if code == BOTH:
        return f"{_found(counts)}, and {_open(counts)}."
    return f"{_none(counts)}, but {_open(counts)}: this is not a proof of coverage."


def _none(counts: Counts) -> str:
    """No gap counts. One that somebody has accepted was found all the same, or would have been."""
    if not counts.exempt:
        return "No gap was found"
    return f"No gap was found beyond {plural(counts.exempt, 'exempt finding')}"


def _found(counts: Counts) -> str:
    return f"{plural(counts.gap, 'gap was', 'gaps were')} found"


def _open(counts: Counts) -> str:
    return f"{plural(counts.unknown, 'finding', 'findings')} could not be decided"


def status_lines(assessment: Assessment) -> tuple[tuple[str, str, str], ...]:
    """Per status: its name, `n of m`, and what is to be known about it."""
    counts = count(assessment.findings)
    gaps = [finding for finding in assessment.findings if finding.status == "gap"]
    severities = Counter(finding.severity for finding in gaps)
    told = [f"{severities[one]:,} {one}" for one in BY_SEVERITY if severities[one]]
    lapsed = sum(1 for one in gaps if one.exemption is not None and one.exemption.get("state") == "expired")
    if lapsed:
        told.append(f"{lapsed:,} under an expired exemption")
    basis = f"{counts.covered - counts.attested:,} proven, {counts.attested:,} attested"
    return (
        ("covered", _of(counts.covered, counts.judged), basis if counts.covered else ""),
        ("gap", _of(counts.gap, counts.judged), ", ".join(told)),
        ("unknown", _of(counts.unknown, counts.judged), ""),
        ("exempt", _of(counts.exempt, counts.judged), ""),
        ("not applicable", f"{counts.not_applicable:,}", "no record can exist there; not in the total"),
    )


def _of(number: int, total: int) -> str:
    return f"{number:,} of {total:,}"


def measures(assessment: Assessment) -> tuple[tuple[str, str], ...]:
    """The figures that people track, each with its denominator and with what could not be told."""
    discovered = sum(line.discovered for line in assessment.population)
    audited = sum(line.audited for line in assessment.population)
    unreadable = sum(line.unreadable for line in assessment.population)
    idle = sum(line.not_applicable for line in assessment.population)
    return (
        ("requirements covered everywhere", _measure(requirements_satisfied(assessment))),
        ("scopes with everything covered", _measure(scopes_satisfied(assessment))),
        (
            "scopes read in full",
            f"{_of(audited, discovered)} ({unreadable:,} not in full, {idle:,} not applicable)",
        ),
    )


def _measure(found: Satisfied) -> str:
    return f"{_of(found.fully, found.total)} ({found.undecided:,} undecided)"
