"""`logcov filter`: what one filter would let through."""

import sys
from collections.abc import Sequence
from pathlib import Path

from logcov.catalogue import SOURCES
from logcov.errors import UsageError
from logcov.inventory import Exclusion, Filter


def gcp(*, text: str, exclusions: Sequence[str], scope: str | None, shown: str) -> None:
    """Prints the verdict on a Cloud Logging filter for each Google Cloud log source."""
    from logcov.selection.cloud_logging.lints import lints
    from logcov.selection.explain import filter_results

    excluded = tuple(
        Exclusion(name=f"exclusion {number}", text=one) for number, one in enumerate(exclusions, 1)
    )
    asked = Filter(id="command line", dialect="gcp.logging", text=text, exclusions=excluded)
    sources = [source for source in SOURCES if source.provider == "gcp"]
    _print(filter_results(asked, sources, scope=scope), shown)
    for one in (text, *exclusions):
        for lint in lints(one):
            print(f"note: {lint}", file=sys.stderr)


def cloudtrail(*, selectors: Path, shown: str) -> None:
    """Prints the verdict on event selectors for each CloudTrail log source."""
    from logcov.selection.explain import filter_results

    if str(selectors) == "-":
        text = sys.stdin.read()
    else:
        try:
            text = selectors.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise UsageError(f"{selectors} cannot be read: {error.strerror or error}") from error
    asked = Filter(id="command line", dialect="aws.event-selectors", text=text)
    sources = [source for source in SOURCES if source.id.startswith("aws.cloudtrail.")]
    _print(filter_results(asked, sources, scope=None), shown)


def _print(results: Sequence[object], shown: str) -> None:
    from logcov.report.filter_results import as_json, as_table

    if shown == "json":
        print(as_json(results))
    elif shown == "terminal":
        from logcov.cli.outputs import terminal_size

        width, color = terminal_size()
        print(as_table(results, width=width, color=color), end="")
    else:
        raise UsageError(f"--format {shown!r} is unknown", "Choose one of terminal, json.")
