"""What is missing before an audit can see everything: credentials, roles, permissions."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from logcov.cli import INTERRUPTED
from logcov.cli.access import shut_out
from logcov.cli.asking import asked_for, sources_asked_for
from logcov.cli.outputs import TERMINAL, print_document, terminal_size
from logcov.errors import UsageError
from logcov.findings import INCOMPLETE

if TYPE_CHECKING:
    from logcov.config import Config
    from logcov.report.checkup import Need

FORMATS = (TERMINAL, "json")


def doctor(*, config: Path | None, policies: Sequence[Path], shown: str, sandbox: bool) -> int:
    """Looks at what may be read, prints what may not; gives the exit code."""
    from logcov import collect as collecting
    from logcov.cli.progress import shown_progress
    from logcov.report.checkup import as_json, examine
    from logcov.report.checkup_text import render

    if shown not in FORMATS:
        raise UsageError(f"--format {shown!r} is unknown", f"Choose one of {', '.join(FORMATS)}.")
    with asked_for(config, policies, sandbox=sandbox) as (what, files):
        sources = sources_asked_for(files)
        with shown_progress() as report:
            inventory = collecting.collect(what, sources, report=report, sample=collecting.Sample())
    if not inventory.header.complete:
        print("logcov: interrupted; nothing was found out.", file=sys.stderr)
        return INTERRUPTED
    for line in shut_out(inventory):
        print(line if line.startswith(" ") else f"logcov: {line}", file=sys.stderr)
    found = examine(inventory, sources, tuple(_needs(what, sources)))
    if shown == "json":
        print_document(as_json(found))
    else:
        width, color = terminal_size()
        sys.stdout.write(render(found, width=width, color=color))
    return INCOMPLETE if found.missing else 0


def _needs(config: "Config", sources: frozenset[str]) -> Iterator["Need"]:
    """What the configured providers may be asked for these log sources, in the report's words."""
    from logcov.catalogue import PROVIDERS, operations_for
    from logcov.report.checkup import Need

    for provider in PROVIDERS:
        if getattr(config, provider):
            for one in operations_for(provider, sources, config=config):
                yield Need(
                    provider=provider, call=one.call, permission=one.permission or one.call, why=one.why
                )
