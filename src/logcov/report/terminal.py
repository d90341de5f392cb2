"""The assessment for people at a terminal: the verdict first, then where it comes from, then where to look next."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from logcov.findings import Assessment
from logcov.report.grouping import (
    BY_SEVERITY,
    Counts,
    Doubt,
    Group,
    Matrix,
    doubts,
    gap_groups,
    matrices,
    place,
    short_names,
)
from logcov.report.plain import plural
from logcov.report.screen import STYLES, Screen, encoding_of_output, name, sentence
from logcov.report.verdict_words import headline, measures, status_lines

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

MOST_CAUSES = 10
MOST_GROUPS = 8
MOST_DOUBTS = 10
MOST_ROWS = 40
MOST_WARNINGS = 15
MOST_TABLES = 2
"""A matrix that needs more tables side by side is turned around."""
HEADER = 14
"""Cells that the name of a group gets in one line, in a matrix that was turned around."""
BETWEEN = 2


def render(assessment: Assessment, *, width: int, color: bool, encoding: str | None = None) -> str:
    """The report as text that fits into `width` columns.

    Args:
        assessment: what to report.
        width: columns of the terminal.
        color: whether it shows colours; nothing is said by colour alone.
        encoding: what the text will be written in, None for that of standard output. Signs that it lacks
            are replaced.
    """
    screen = Screen(width=width, color=color, encoding=encoding or encoding_of_output())
    _verdict(screen, assessment)
    _matrices(screen, assessment)
    _causes(screen, assessment)
    _gaps(screen, assessment)
    _unknowns(screen, assessment)
    _the_rest(screen, assessment)
    _next(screen, assessment)
    return screen.text()


def _grid(columns: int) -> "Table":
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, BETWEEN, 0, 0))
    for _ in range(columns):
        table.add_column(overflow="fold")
    return table


def _verdict(screen: Screen, assessment: Assessment) -> None:
    screen.show(sentence(headline(assessment), "bold"))
    screen.show(
        sentence(
            f"As of {assessment.as_of}; configuration read {assessment.finished_at or 'at no known time'}."
        )
    )
    screen.gap()
    table = _grid(3)
    table.columns[1].justify = "right"
    table.columns[1].no_wrap = True
    for status, number, note in status_lines(assessment):
        table.add_row(name(status, STYLES.get(status, "dim")), name(number), name(note, "dim"))
    screen.show(table)
    screen.gap()
    figures = _grid(2)
    for what, number in measures(assessment):
        figures.add_row(name(what), name(number))
    screen.show(figures)


# --- The matrix ------------------------------------------------------------------------------------------


def _cell(screen: Screen, counts: Counts | None) -> "Text":
    from rich.text import Text

    if counts is None:
        return Text("-", style="dim")
    signs = screen.signs
    parts = [
        Text(f"{number}{sign}", style=STYLES[status])
        for number, sign, status in (
            (counts.covered, signs.covered, "covered"),
            (counts.gap, signs.gap, "gap"),
            (counts.unknown, signs.unknown, "unknown"),
            (counts.exempt, signs.exempt, "exempt"),
        )
        if number
    ]
    return Text(" ").join(parts) if parts else Text("n/a", style="dim")


def _packed(widths: Mapping[str, int], room: int) -> Iterator[list[str]]:
    """The columns in as few tables as their order allows; each table has at least one."""
    table: list[str] = []
    used = 0
    for column, width in widths.items():
        if table and used + BETWEEN + width > room:
            yield table
            table, used = [], 0
        table.append(column)
        used += BETWEEN + width
    if table:
        yield table


def _shown_rows(matrix: Matrix) -> tuple[list[tuple[str, str, Mapping[str, Counts]]], int]:
    """The rows to show and how many are left out: those with the most gaps and unknowns stay, in their order."""
    rows = list(matrix.rows)
    left = max(len(rows) - MOST_ROWS, 0)
    if left:
        weight = {
            row.group: (
                -sum(counts.gap for counts in row.cells.values()),
                -sum(counts.unknown for counts in row.cells.values()),
                row.group,
            )
            for row in rows
        }
        kept = set(sorted(weight, key=lambda group: weight[group])[:MOST_ROWS])
        rows = [row for row in rows if row.group in kept]
    return [(row.group, row.name, row.cells) for row in rows], left


def _label(group: str, title: str, provider: str) -> "Text":
    text = name(group.removeprefix(f"{provider}:"))
    if title:
        text.append_text(name(f" {title}", "dim"))
    return text


def _matrices(screen: Screen, assessment: Assessment) -> None:
    found = matrices(assessment)
    if not found:
        return
    signs = screen.signs
    screen.heading("Coverage: groups of scopes, by log source")
    screen.show(
        sentence(
            f"{signs.covered} covered, {signs.gap} gap, {signs.unknown} unknown, {signs.exempt} exempt, "
            "n/a not applicable, - not asked for",
            "dim",
        )
    )
    for matrix in found:
        _matrix(screen, matrix)


def _matrix(screen: Screen, matrix: Matrix) -> None:
    from rich.table import Table

    rows, left = _shown_rows(matrix)
    labels = [_label(group, title, matrix.provider) for group, title, _ in rows]
    label = min(max(len(matrix.provider), *(one.cell_len for one in labels)), max(screen.width // 3, 12))
    names = short_names(matrix.sources)
    cells = {
        source: [_cell(screen, row.get(source)) for row in (*(one[2] for one in rows), matrix.total)]
        for source in matrix.sources
    }
    room = screen.width - label
    widths = {
        source: min(max(name(names[source]).cell_len, *(cell.cell_len for cell in column)), room - BETWEEN)
        for source, column in cells.items()
    }
    tables = list(_packed(widths, room))
    if len(tables) > MOST_TABLES:
        _by_source(screen, matrix, rows, left)
        return
    for columns in tables:
        screen.gap()
        table = Table(box=None, pad_edge=False, padding=(0, BETWEEN, 0, 0), header_style="bold")
        table.add_column(name(matrix.provider), overflow="fold", width=label)
        for source in columns:
            table.add_column(name(names[source]), overflow="fold", width=widths[source], justify="right")
        for at, text in enumerate(labels):
            table.add_row(text, *(cells[source][at] for source in columns))
        if len(matrix.rows) > 1:
            table.add_row(name("all", "bold"), *(cells[source][-1] for source in columns))
        screen.show(table)
        _more(screen, left, "groups, in the sums above")


def _by_source(
    screen: Screen, matrix: Matrix, rows: Sequence[tuple[str, str, Mapping[str, Counts]]], left: int
) -> None:
    """A matrix with many log sources, turned around: they are the rows, and groups the columns, all of them first."""
    from rich.table import Table

    names = short_names(matrix.sources)
    label = min(max(name(names[source]).cell_len for source in matrix.sources), max(screen.width // 2, 12))
    columns = {"all": matrix.total} if len(matrix.rows) > 1 else {}
    titles = {group: title or group.removeprefix(f"{matrix.provider}:") for group, title, _ in rows}
    columns |= {group: counts for group, _, counts in rows}
    cells = {
        group: [_cell(screen, counts.get(source)) for source in matrix.sources]
        for group, counts in columns.items()
    }
    widths = {
        group: min(
            max(*(cell.cell_len for cell in column), min(name(titles.get(group, group)).cell_len, HEADER)),
            screen.width - label - BETWEEN,
        )
        for group, column in cells.items()
    }
    for groups in _packed(widths, screen.width - label):
        screen.gap()
        table = Table(box=None, pad_edge=False, padding=(0, BETWEEN, 0, 0), header_style="bold")
        table.add_column(name(matrix.provider), overflow="fold", width=label)
        for group in groups:
            table.add_column(
                name(titles.get(group, group)), overflow="fold", width=widths[group], justify="right"
            )
        for at, source in enumerate(matrix.sources):
            # Nothing was asked of these groups about most sources; a table of dashes helps nobody.
            if any(columns[group].get(source) is not None for group in groups):
                table.add_row(name(names[source]), *(cells[group][at] for group in groups))
        screen.show(table)
        _more(screen, left, "groups, in the sums above")


# --- Causes, gaps, unknowns --------------------------------------------------------------------------------


def _more(screen: Screen, left: int, what: str, indent: int = 0) -> None:
    if left > 0:
        screen.show(sentence(f"and {left:,} more {what}", "dim"), indent=indent)


def _causes(screen: Screen, assessment: Assessment) -> None:
    shown = assessment.causes[:MOST_CAUSES]
    if not shown:
        return
    screen.heading("Causes: what to mend, and how many findings wait for it")
    table = _grid(3)
    table.columns[0].justify = "right"
    table.columns[1].min_width = max(len(cause.reason) for cause in shown)
    for cause in shown:
        table.add_row(name(f"{cause.findings:,}"), name(cause.reason), name(cause.id))
    screen.show(table)
    _more(screen, len(assessment.causes) - len(shown), "causes")


def _gaps(screen: Screen, assessment: Assessment) -> None:
    groups = gap_groups(assessment)
    if not groups:
        return
    screen.heading(f"Gaps: {sum(len(group.findings) for group in groups):,}")
    for severity, members in groupby(groups, key=lambda group: group.severity):
        same = list(members)
        number = sum(len(group.findings) for group in same)
        screen.show(name(f"{severity}: {number:,}", STYLES[severity]))
        by_requirement: dict[str, list[Group]] = {}
        for group in same[:MOST_GROUPS]:
            by_requirement.setdefault(group.requirement, []).append(group)
        for of_one in by_requirement.values():
            _requirement(screen, of_one)
        left = sum(len(group.findings) for group in same[MOST_GROUPS:])
        if left:
            screen.show(
                sentence(f"and {plural(left, f'more {severity} gap')}: all are in the JSON report", "dim"),
                indent=2,
            )


def _times(screen: Screen, number: int) -> "Text":
    return name(f"{number:,} {screen.signs.times}")


def _requirement(screen: Screen, groups: Sequence[Group]) -> None:
    title = name(groups[0].requirement, "bold")
    title.append("  ")
    title.append_text(sentence(groups[0].title, "not bold"))
    screen.show(title, indent=2)
    for group in groups:
        number = len(group.findings)
        line = name(group.reason, STYLES["gap"])
        if group.cause:
            line.append(" at ", "not bold default")
            line.append_text(name(group.cause, "not bold default"))
        where = name(group.example.id, "bold")
        where.append_text(name(f"  {place(group.example)}", "not bold"))
        if number > 1:
            where = name("for example ").append_text(where)
        screen.item(_times(screen, number), line, where, sentence(group.example.detail, "dim"), indent=4)


def _unknowns(screen: Screen, assessment: Assessment) -> None:
    found = doubts(assessment)
    if not found:
        return
    screen.heading(f"Unknown: {sum(len(one.findings) for one in found):,}, by what they wait for")
    for one in found[:MOST_DOUBTS]:
        _doubt(screen, one)
    _more(screen, len(found) - MOST_DOUBTS, "causes of unknowns")


def _doubt(screen: Screen, one: Doubt) -> None:
    line = name(one.reason, STYLES["unknown"])
    if one.cause:
        line.append_text(name(f": {one.cause}", "default"))
    where = name("" if len(one.findings) == 1 else "for example ")
    where.append_text(name(one.example.id, "bold"))
    where.append_text(name(f"  {place(one.example)}"))
    body = [line, where, sentence(one.example.detail, "dim")]
    body += [sentence(f"{screen.signs.arrow} {remedy}") for remedy in one.remedies[:1]]
    screen.item(_times(screen, len(one.findings)), *body, indent=2)


# --- The rest ----------------------------------------------------------------------------------------------


def _the_rest(screen: Screen, assessment: Assessment) -> None:
    exemptions = [str(one["state"]) for one in assessment.exemptions]
    attestations = [str(one["state"]) for one in assessment.attestations]
    spots = len(assessment.blind_spots)
    deciding = sum(1 for one in assessment.blind_spots if one.affects)
    screen.heading("Also")
    table = _grid(2)
    table.add_row(name("exemptions"), name(_states(exemptions)))
    table.add_row(name("attestations"), name(_states(attestations)))
    table.add_row(
        name("blind spots"),
        name(f"{spots:,}" + (f", of which {deciding:,} may hold up a verdict" if spots else "")),
    )
    if assessment.not_assessed:
        table.add_row(
            name("not assessed"), name(plural(len(assessment.not_assessed), "framework requirement"))
        )
    screen.show(table)
    if assessment.warnings:
        screen.heading(f"Warnings: {len(assessment.warnings):,}")
        for warning in assessment.warnings[:MOST_WARNINGS]:
            screen.item(name("-"), sentence(warning))
        _more(screen, len(assessment.warnings) - MOST_WARNINGS, "warnings")


def _states(states: Sequence[str]) -> str:
    told = [
        f"{states.count(state):,} {state}" for state in ("active", "expired", "not-yet") if state in states
    ]
    return ", ".join(told) or "none"


def _kept_in(assessment: Assessment) -> str | None:
    """Where the assessment is kept: empty for where `explain` and `report` look by themselves; None if nowhere is known.

    Only `audit` keeps it there; of other commands, the one written as JSON can be read again.
    """
    command = assessment.command
    if not command or command[0] == "audit":
        return ""
    for option, value in pairwise(command):
        form, equals, path = value.rpartition("=")
        if option == "-o" and (form == "json" if equals else value.endswith(".json")):
            return path
    return None


def _next(screen: Screen, assessment: Assessment) -> None:
    screen.heading("Where to look next")
    open_findings = [one for one in assessment.findings if one.status == "gap"] or [
        one for one in assessment.findings if one.status == "unknown"
    ]
    kept = _kept_in(assessment)
    table = _grid(2)
    if kept is None:
        table.add_row(
            name("-o assessment.json"), name("keeps the assessment for `logcov explain` and `logcov report`")
        )
        screen.show(table)
        return
    file = shlex.quote(kept) if kept else ""
    if open_findings:
        worst = min(open_findings, key=lambda one: BY_SEVERITY.index(one.severity))
        there = f" --assessment {file}" if file else ""
        table.add_row(
            name(f"logcov explain {worst.id}{there}"),
            name("the record's way hop by hop, the evidence, the fix"),
        )
    report = f"logcov report {file}".rstrip()
    table.add_row(name(f"{report} -o report.md"), name("the full report for auditors"))
    table.add_row(name(f"{report} -o report.json"), name("the same for programs"))
    screen.show(table)
