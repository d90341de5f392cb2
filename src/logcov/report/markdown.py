"""The assessment for auditors, as Markdown: the verdict and its limits first, the evidence for each gap after it.

The page is laid out in `templates/`. Whatever a template prints goes through `safe_markdown.finalize`, so that
what was forgotten to be escaped is escaped.
"""

import re
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import groupby, zip_longest
from typing import TYPE_CHECKING, Any

from logcov.findings import Assessment, BlindSpotLine, Finding
from logcov.report import grouping, safe_markdown, verdict_words
from logcov.report.grouping import Counts, Group
from logcov.report.mending import mends
from logcov.report.plain import plural
from logcov.report.safe_markdown import Markdown

if TYPE_CHECKING:
    from jinja2 import Environment

MOST_COLUMNS = 8
"""A matrix of more log sources than that is turned around: they become its rows."""
MOST_GAPS = 300
"""Gaps that are described one by one; the rest is grouped. GitLab shows about 1 MB of text."""
MOST_CHARACTERS = 450_000
"""What these descriptions may take together."""
MOST_ROWS = 200
"""Rows of any table, but of the list of scopes."""
MOST_SCOPES = 1000
_EMPTY_LINES = re.compile(r"\n{3,}")
SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class _Table:
    """The rows that are shown, and how many are not."""

    rows: Sequence[Any]
    left: int


def _table(rows: Iterable[Any], most: int = MOST_ROWS) -> _Table:
    every = list(rows)
    return _Table(every[:most], max(len(every) - most, 0))


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("logcov.report"),
        autoescape=False,  # noqa: S701 - what is printed is Markdown; `finalize` makes all of it safe
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        finalize=safe_markdown.finalize,
    )
    environment.filters.update(
        code=safe_markdown.code,
        codes=lambda texts: Markdown(", ".join(safe_markdown.code(text) for text in texts) or "–"),
        json_block=safe_markdown.json_block,
        command_block=safe_markdown.command_block,
        record_block=safe_markdown.record_block,
        place=grouping.place,
        cell=_cell,
        more=_more,
        answers=grouping.answers,
        obtained=grouping.obtained,
        plural=plural,
    )
    return environment


def render(assessment: Assessment) -> str:
    """The report as Markdown that renders on GitLab, of at most about 1 MB."""
    gaps, left = _described(assessment)
    today = date.fromisoformat(assessment.as_of)
    text = (
        _environment()
        .get_template("report.md.j2")
        .render(
            a=assessment,
            headline=verdict_words.headline(assessment),
            statuses=verdict_words.status_lines(assessment),
            measures=verdict_words.measures(assessment),
            counts=grouping.count(assessment.findings),
            command=shlex.join(["logcov", *assessment.command]) if assessment.command else "",
            causes=_table(assessment.causes),
            unreadable=_table(scope for scope in assessment.scopes if scope.unreadable),
            unread=sum(1 for scope in assessment.scopes if scope.unreadable),
            idle=_table(
                scope for scope in assessment.scopes if scope.state != "active" and not scope.unreadable
            ),
            scopes=_table(assessment.scopes, MOST_SCOPES),
            unclassified=[one for one in assessment.findings if one.reason == "unclassified"],
            matrices=[(matrix, _table(matrix.rows)) for matrix in grouping.matrices(assessment)],
            most_columns=MOST_COLUMNS,
            gaps=gaps,
            left=_table(left),
            left_gaps=sum(len(group.findings) for group in left),
            doubts=_table(grouping.doubts(assessment)),
            unknown=_table(one for one in assessment.findings if one.status == "unknown"),
            covered=_table(grouping.covered_lines(assessment)),
            exempt=_table(one for one in assessment.findings if one.status == "exempt"),
            exemptions=_table(assessment.exemptions),
            ending=[one for one in assessment.exemptions if _ends_soon(one, today)],
            idle_exemptions=[one for one in assessment.exemptions if not one["findings"]],
            attestations=_table(assessment.attestations),
            spots=_table(_spots(assessment.blind_spots)),
            terms=[line for line in assessment.requirements if line.not_assessed],
            unmatched=_table(grouping.unmatched(assessment)),
            not_assessed=_table(assessment.not_assessed),
            warnings=_table(assessment.warnings),
            notes=_table(assessment.notes),
            limits=_limits(assessment),
        )
    )
    return _EMPTY_LINES.sub("\n\n", text).rstrip("\n") + "\n"


def _more(table: _Table, what: str) -> Markdown:
    """What a table leaves out."""
    return Markdown(f"\nAnd {table.left:,} more {what}: the JSON report holds all.\n" if table.left else "")


def _cell(counts: Counts | None) -> Markdown:
    """A cell of the matrix."""
    if counts is None:
        return Markdown("–")
    parts = [
        f"{number:,} {sign}"
        for number, sign in (
            (counts.covered, "✓"),
            (counts.gap, "✗"),
            (counts.unknown, "?"),
            (counts.exempt, "exempt"),
        )
        if number
    ]
    return Markdown(", ".join(parts) or "n/a")


def _limits(assessment: Assessment) -> list[tuple[str, list[str]]]:
    """The limits of what was seen, each once with the log sources that it concerns; `source: limit` comes in."""
    found: dict[str, list[str]] = {}
    sources = sorted({finding.source for finding in assessment.findings})
    for line in assessment.limits:
        source = next((one for one in sources if line.startswith(f"{one}: ")), None)
        words = line if source is None else line.removeprefix(f"{source}: ")
        found.setdefault(words, []).extend([] if source is None else [source])
    return list(found.items())


def _ends_soon(exemption: Mapping[str, Any], today: date) -> bool:
    return exemption["state"] == "active" and date.fromisoformat(exemption["expires"]) - today <= SOON


def _spots(spots: Sequence[BlindSpotLine]) -> list[tuple[BlindSpotLine, int]]:
    """The blind spots, those alike once with their number; those that may hold up a verdict come first."""
    alike = Counter(spots)
    return sorted(alike.items(), key=lambda item: not item[0].affects)


# --- The gaps -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Described:
    """Gaps of one severity: each in Markdown."""

    severity: str
    number: int
    findings: list[Markdown]


def _described(assessment: Assessment) -> tuple[list[_Described], list[Group]]:
    """The gaps that are described, by severity, and in groups those that are not.

    Where there are too many, each group gets one description before any gets its second.
    """
    groups = grouping.gap_groups(assessment)
    told = mends(
        finding
        for _, members in groupby(groups, key=lambda group: group.severity)
        for finding in _read_order(finding for group in members for finding in group.findings)
    )
    template = _environment().get_template("gap.md.j2")
    texts: dict[str, Markdown] = {}
    used = 0
    for turn in zip_longest(*(group.findings for group in groups)):
        for finding in turn:
            if finding is None or len(texts) >= MOST_GAPS or used >= MOST_CHARACTERS:
                continue
            texts[finding.id] = Markdown(template.render(f=finding, mend=told[finding.id]))
            used += len(texts[finding.id])
    described = []
    for severity, members in groupby(groups, key=lambda group: group.severity):
        same = [finding for group in members for finding in group.findings]
        described.append(
            _Described(severity, len(same), [texts[one.id] for one in _read_order(same) if one.id in texts])
        )
    left = [
        Group(group.requirement, group.title, group.severity, group.reason, group.cause, rest)
        for group in groups
        if (rest := tuple(finding for finding in group.findings if finding.id not in texts))
    ]
    return described, left


def _read_order(findings: Iterable[Finding]) -> list[Finding]:
    """By requirement, then cause: what one act would mend stands together."""
    return sorted(findings, key=lambda one: (one.requirement, one.cause or "", one.reason or ""))
