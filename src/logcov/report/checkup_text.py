"""A checkup for people at a terminal: whether anything is missing, then what, where, and what mends it."""

from typing import TYPE_CHECKING

from logcov.report.checkup import Checkup, Lack, Missing
from logcov.report.plain import clipped, plural
from logcov.report.screen import STYLES, Screen, encoding_of_output, name, sentence

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

MOST_GROUPS = 40
MOST_PLACES = 5
MOST_SOURCES = 4
MOST_HIDDEN = 4
MOST_LOCATIONS = 4
LONGEST_DETAIL = 240


def render(found: Checkup, *, width: int, color: bool, encoding: str | None = None) -> str:
    """The checkup as text that fits into `width` columns; `encoding` as for the report."""
    screen = Screen(width=width, color=color, encoding=encoding or encoding_of_output())
    _headline(screen, found)
    _access(screen, found)
    if found.missing:
        screen.heading("What is missing")
        for group in found.missing[:MOST_GROUPS]:
            _group(screen, group)
        left = len(found.missing) - MOST_GROUPS
        if left > 0:
            screen.show(sentence(f"and {plural(left, 'more group')} of places: see --format json", "dim"))
    _not_tried(screen, found)
    if found.missing:
        screen.heading("What to do next")
        screen.show(
            sentence(
                "`logcov permissions PROVIDER -c logcov.yaml` lists what to grant; for aws, --format iam, "
                "cloudformation and terraform print it to deploy."
            )
        )
    return screen.text()


def _headline(screen: Screen, found: Checkup) -> None:
    tried = f"{found.tried} of the {plural(found.needed, 'call')} that an audit may make were tried"
    if not found.missing:
        screen.show(name("Nothing is missing", STYLES["covered"]), sentence(f"{tried}; all were answered."))
        return
    places = sum(len(group.places) for group in found.missing)
    permissions = {lack.permission for group in found.missing for lack in group.lacks if lack.permission}
    told = f"Something is missing at {plural(places, 'place')}" + (
        f": {plural(len(permissions), 'permission')}" if permissions else ""
    )
    screen.show(sentence(told, STYLES["gap"]))
    denied = any(lack.kind == "scp-denied" for group in found.missing for lack in group.lacks)
    screen.show(
        sentence(
            f"{tried}. What depends on what is missing will be unknown."
            + (" Some of it is denied by service control policies: IAM will not mend that." if denied else "")
        )
    )


def _table(*headers: str) -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for number, header in enumerate(headers):
        table.add_column(header, overflow="fold", justify="right" if number else "left")
    return table


def _access(screen: Screen, found: Checkup) -> None:
    if found.askers:
        screen.heading("Who was answered, and at how many scopes")
        table = _table("identity", "scopes")
        for asker in found.askers:
            table.add_row(name(f"{asker.provider}: {asker.identity}"), name(f"{asker.scopes:,}"))
        screen.show(table)
    if found.looked:
        screen.heading("What was looked at")
        table = _table("kind of scope", "found", "regions known", "answered", "lacking something")
        for one in found.looked:
            located = "-" if one.located is None else f"{one.located:,}"
            numbers = (f"{one.found:,}", located, f"{one.answered:,}", f"{one.lacking:,}")
            table.add_row(name(one.kind), *(name(number) for number in numbers))
        screen.show(table)


def _group(screen: Screen, group: Missing) -> None:
    screen.gap()
    lead = name(f"{len(group.places):,} {screen.signs.times} {group.kind}", "bold")
    screen.show(lead)
    for spot in group.places[:MOST_PLACES]:
        line = name(spot.id)
        if spot.name and not spot.id.endswith(spot.name):
            line.append_text(name(f"  {spot.name}", "dim"))
        screen.show(line, indent=2)
    left = len(group.places) - MOST_PLACES
    if left > 0:
        screen.show(sentence(f"and {left:,} more: see --format json", "dim"), indent=2)
    for lack in group.lacks:
        screen.item(name("-"), *_lines(screen, lack), indent=2)


def _lines(screen: Screen, lack: Lack) -> "list[Text]":
    first = name(lack.call, "bold")
    first.append_text(name(f"  {lack.kind}", STYLES["gap"]))
    if lack.locations:
        first.append_text(name(f"  {_some(lack.locations, MOST_LOCATIONS)}", "not bold default"))
    lines = [first]
    if lack.why:
        lines.append(sentence(f"reads: {lack.why}"))
    if lack.hides:
        lines.append(sentence(f"hides: {_some(lack.hides, MOST_HIDDEN)}"))
    if lack.sources:
        lines.append(sentence(f"leaves unknown: {_some(lack.sources, MOST_SOURCES)}"))
    if lack.detail:
        lines.append(sentence(clipped(lack.detail, LONGEST_DETAIL), "dim"))
    lines.append(sentence(f"{screen.signs.arrow} {lack.remedy}"))
    return lines


def _some(names: tuple[str, ...], most: int) -> str:
    left = len(names) - most
    return ", ".join(names[:most]) + (f" and {left} more" if left > 0 else "")


def _not_tried(screen: Screen, found: Checkup) -> None:
    if not found.untried and not found.untold:
        return
    screen.heading("Not told by this")
    if found.untried:
        screen.show(
            sentence("Not tried, as nothing that could be read called for it:"),
        )
        by_provider: dict[str, list[str]] = {}
        for need in found.untried:
            known = by_provider.setdefault(need.provider, [])
            if need.permission not in known:
                known.append(need.permission)
        for provider, permissions in by_provider.items():
            screen.item(name(f"{provider}:"), _all_of(permissions), indent=2)
    if found.untold:
        screen.show(
            sentence(f"{plural(found.untold, 'read')} that no API offers: nothing to grant there.", "dim")
        )


def _all_of(names: list[str]) -> "Text":
    """All names in a row; unlike other prose, never cut: each of them is needed."""
    from rich.text import Text

    return Text(", ".join(names), overflow="fold")
