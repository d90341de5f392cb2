"""`logcov filter`: what one filter would let through."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from logcov.catalogue import SOURCES
from logcov.errors import UsageError
from logcov.inventory import Exclusion, Filter

if TYPE_CHECKING:
    from logcov.report.filter_results import Result

FORMATS = ("terminal", "json")


def gcp(*, text: str, exclusions: Sequence[str], scope: str | None, shown: str) -> None:
    """Prints the verdict on a Cloud Logging filter for each Google Cloud log source."""
    from logcov.cli.outputs import terminal_size
    from logcov.report.filter_results import as_notes
    from logcov.selection.cloud_logging.lints import lints
    from logcov.selection.explain import filter_results

    _check(shown)
    excluded = tuple(
        Exclusion(name=f"exclusion {number}", text=one) for number, one in enumerate(exclusions, 1)
    )
    asked = Filter(id="command line", dialect="gcp.logging", text=text, exclusions=excluded)
    sources = [source for source in SOURCES if source.provider == "gcp"]
    _print(filter_results(asked, sources, scope=scope), shown)
    texts = {"filter": text, **{one.name: one.text for one in excluded}}
    found = [(within, lint, lint.at(one)) for within, one in texts.items() for lint in lints(one)]
    width, _ = terminal_size()
    print(as_notes(found, width=width, encoding=sys.stderr.encoding), end="", file=sys.stderr)


def cloudtrail(*, selectors: Path, shown: str) -> None:
    """Prints the verdict on event selectors for each CloudTrail log source."""
    from logcov.selection.explain import filter_results

    _check(shown)
    try:
        content = sys.stdin.buffer.read() if str(selectors) == "-" else selectors.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            f"{selectors} cannot be read: {reason}",
            "Name a file with the JSON that `aws cloudtrail get-event-selectors` prints, or - for standard input.",
        ) from error
    text = content.decode("utf-8-sig", errors="replace")
    asked = Filter(id="command line", dialect="aws.event-selectors", text=text)
    sources = [source for source in SOURCES if source.id.startswith("aws.cloudtrail.")]
    _print(filter_results(asked, sources, scope=None), shown)


def _check(shown: str) -> None:
    if shown not in FORMATS:
        raise UsageError(f"--format {shown!r} is unknown", f"Choose one of {', '.join(FORMATS)}.")


def _print(results: "Sequence[Result]", shown: str) -> None:
    from logcov.cli.outputs import print_document, terminal_size
    from logcov.report.filter_results import as_json, as_table

    if shown == "json":
        print_document(as_json(results) + "\n")
        return
    width, color = terminal_size()
    print(as_table(results, width=width, color=color), end="")
