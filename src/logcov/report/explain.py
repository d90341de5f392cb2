"""One finding in full: the record's way hop by hop, the witness, the evidence, and what would mend it."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from logcov.errors import AssessmentError
from logcov.findings import Assessment, Finding
from logcov.report.grouping import Answers, answers, place
from logcov.report.mending import mend
from logcov.report.plain import plural, visible
from logcov.report.screen import STYLES, Screen, encoding_of_output, name, sentence

if TYPE_CHECKING:
    from rich.table import Table

PREFIX = "lc-"
MOST_MATCHES = 5
LONGEST_VALUE = 4000
"""Characters of one API answer that are shown; the JSON report holds all."""


def finding_of(assessment: Assessment, asked: str) -> Finding:
    """The finding with this id, or the only one whose id begins so; `lc-` may be left out.

    Raises:
        AssessmentError: there is none, or more than one; the message names those that are close.
    """
    from difflib import get_close_matches

    wanted = asked.strip().lower()
    by_id = {finding.id: finding for finding in assessment.findings}
    for key in (asked, wanted, PREFIX + wanted):
        if key in by_id:
            return by_id[key]
    digits = wanted.removeprefix(PREFIX)
    found = [key for key in by_id if digits and key.removeprefix(PREFIX).startswith(digits)]
    if len(found) == 1:
        return by_id[found[0]]
    if found:
        more = f" and {len(found) - MOST_MATCHES} more" if len(found) > MOST_MATCHES else ""
        raise AssessmentError(
            f"{plural(len(found), 'finding begins', 'findings begin')} with {asked!r}",
            f"Name one in full: {', '.join(sorted(found)[:MOST_MATCHES])}{more}.",
        )
    close = get_close_matches(wanted, by_id, n=MOST_MATCHES, cutoff=0.6)
    hint = (
        f"Did you mean {' or '.join(close)}?"
        if close
        else "The reports name the ids; the assessment may be of another run."
    )
    raise AssessmentError(f"this assessment has no finding {asked!r}", hint)


def render(
    assessment: Assessment, finding_id: str, *, width: int, color: bool, encoding: str | None = None
) -> str:
    """The finding as text that fits into `width` columns, but for commands, whose lines can be copied whole.

    Args:
        assessment: what holds the finding.
        finding_id: its id, or the beginning of it.
        width: columns of the terminal.
        color: whether it shows colours.
        encoding: what the text will be written in, None for that of standard output.

    Raises:
        AssessmentError: there is no such finding, or more than one.
    """
    finding = finding_of(assessment, finding_id)
    screen = Screen(width=width, color=color, encoding=encoding or encoding_of_output())
    _head(screen, finding)
    _way(screen, finding)
    _witness(screen, finding)
    _evidence(screen, finding)
    _policy(screen, finding)
    if finding.exemption is not None:
        _pairs(screen, "Exemption", finding.exemption)
    if finding.remediation:
        _mend(screen, finding)
    return screen.text()


def _mend(screen: Screen, finding: Finding) -> None:
    what = mend(finding)
    screen.heading("What would mend it")
    screen.show(sentence(what.sentence))
    if what.commands:
        screen.gap()
        screen.show(sentence("Read these commands before you run them; logcov never does:"))
        screen.gap()
        screen.verbatim("\n".join(visible(line) for line in what.commands.split("\n")))


def _table() -> "Table":
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(overflow="fold", style="dim")
    table.add_column(overflow="fold")
    return table


def _pairs(screen: Screen, title: str, pairs: Mapping[str, Any]) -> None:
    screen.heading(title)
    table = _table()
    for key, value in pairs.items():
        table.add_row(name(key.replace("_", " ")), name(str(value)))
    screen.show(table)


def _head(screen: Screen, finding: Finding) -> None:
    title = name(finding.id, "bold")
    title.append(f"  {finding.status}", style=STYLES[finding.status])
    if finding.reason:
        title.append(f", {finding.reason}")
    if finding.extent:
        title.append(f" ({finding.extent} records)")
    if finding.status == "covered":
        title.append(f", {finding.basis}")
    screen.show(title)
    screen.show(sentence(finding.detail))
    screen.gap()
    table = _table()
    table.add_row(name("requirement"), name(f"{finding.requirement} ({finding.severity})"))
    table.add_row(name(""), sentence(finding.title))
    table.add_row(name("log source"), name(finding.source))
    table.add_row(name("place"), name(place(finding)))
    if finding.cause:
        table.add_row(name("cause"), name(finding.cause))
    if finding.effective_since:
        table.add_row(name("in effect since"), name(finding.effective_since))
    screen.show(table)


def _way(screen: Screen, finding: Finding) -> None:
    if not finding.path:
        return
    screen.heading("The record's way")
    for number, step in enumerate(finding.path, 1):
        lead = name(step.kind, "dim")
        lead.append_text(name(f" {step.id}", "not dim bold"))
        screen.item(name(f"{number}."), lead, sentence(step.says))


def _witness(screen: Screen, finding: Finding) -> None:
    if finding.witness is None:
        return
    screen.heading("The witness: one such record (made up from the settings)")
    table = _table()
    for key, value in finding.witness.items():
        table.add_row(name(key), name(value))
    screen.show(table if finding.witness else sentence("Any record of this log source at this place."))


def _evidence(screen: Screen, finding: Finding) -> None:
    screen.heading("Evidence")
    if not finding.evidence:
        screen.show(sentence("No API answer decides this finding."))
    for together in answers(finding.evidence):
        _answers(screen, together)


def _answers(screen: Screen, together: Answers) -> None:
    from rich.text import Text

    for api, at, aged, number in together.calls:
        title = name(api, "bold")
        title.append_text(
            name(f"  {at}{aged}" + (f", {number} answers" if number > 1 else ""), "not bold dim")
        )
        screen.item(name("-"), title)
    if together.value:
        text = json.dumps(together.value, indent=2, ensure_ascii=False)
        left = len(text) - LONGEST_VALUE
        lines = [visible(line) for line in text[:LONGEST_VALUE].split("\n")]
        if left > 0:
            lines.append(f"… ({left:,} more characters in the JSON report)")
        screen.show(Text("\n".join(lines), overflow="fold"), indent=2)


def _policy(screen: Screen, finding: Finding) -> None:
    screen.heading("Who asks")
    screen.show(name(f"{finding.policy.file}:{finding.policy.line}"))
    for control in finding.controls:
        line = name(f"{control['framework']} {control['id']} ({control['relation']})")
        if control.get("because"):
            line.append_text(sentence(f": {control['because']}"))
        if control.get("not_shown"):
            line.append_text(sentence(f"; not shown: {', '.join(control['not_shown'])}"))
        screen.item(name("-"), line)
