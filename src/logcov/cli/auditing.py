"""The arrows of the design: collect, evaluate, report; and `audit`, which is all three."""

import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from logcov.cli import INTERRUPTED
from logcov.cli.access import shut_out
from logcov.cli.asking import CONFIG, asked_for, bound, sources_of
from logcov.cli.outputs import Output, check_writable, opened_outputs, show, write_text
from logcov.errors import UsageError
from logcov.findings import INCOMPLETE, SEVERITIES, Assessment, Severity, exit_code

if TYPE_CHECKING:
    from logcov.config import Config
    from logcov.inventory import Inventory
    from logcov.policy import PolicySet

KEPT = Path(".logcov")
INVENTORY = KEPT / "inventory.jsonl.gz"
ASSESSMENT = KEPT / "assessment.json"


def _severity(text: str) -> Severity:
    for severity in SEVERITIES:
        if severity == text:
            return severity
    raise UsageError(f"--fail-on {text!r} is no severity", f"Choose one of {', '.join(SEVERITIES)}.")


def _collect(
    config: "Config", policies: "PolicySet", path: Path, *, as_of: date | None, resume: bool
) -> "Inventory":
    """Collects into the file, beside which a journal lies until the collection is whole.

    Where answers of an inventory service stood in for direct ones, what would be a gap is read again directly, and so
    is a sample of passes.
    """
    from logcov import collect as collecting
    from logcov.cli.progress import shown_progress
    from logcov.inventory.file import write_inventory
    from logcov.inventory.journal import Journal, journal_path

    wanted = sources_of(policies)
    asked = collecting.question(config, wanted)
    journal = Journal(journal_path(path), asked, resume=resume)
    if resume:
        told = (
            f"{journal.taken_over} finished steps of the last run are taken over"
            if journal.taken_over
            else (
                "there is nothing to resume: no collection of the same question was interrupted in the last day"
            )
        )
        print(f"logcov: {told}", file=sys.stderr)
    day = as_of or datetime.now(UTC).date()

    def second_look(inventory: "Inventory") -> frozenset[str]:
        from logcov.evaluate import places_to_confirm

        return places_to_confirm(inventory, policies, as_of=day)

    with shown_progress() as report:
        inventory = collecting.collect(
            config, wanted, report=report, journal=journal, second_look=second_look
        )
    inventory = write_inventory(inventory, path)
    if inventory.header.complete:
        journal.discard()
    for line in shut_out(inventory):
        print(line if line.startswith(" ") else f"logcov: {line}", file=sys.stderr)
    return inventory


def _judge(inventory: "Inventory", policies: "PolicySet", as_of: date | None) -> Assessment:
    from logcov.evaluate import evaluate as judge

    return judge(inventory, policies, as_of=as_of or datetime.now(UTC).date(), command=sys.argv[1:])


def _tell(assessment: Assessment, outputs: Sequence[Output], shown: str) -> None:
    for output in outputs:
        write_text(output.path, output.format.render(assessment))
        print(f"wrote {output.path}", file=sys.stderr)
    show(assessment, shown)


def audit(
    *,
    config: Path | None,
    policies: Sequence[Path],
    outputs: Sequence[str],
    shown: str,
    as_of: date | None,
    fail_on: str,
    allow_unknown: bool,
    sandbox: bool,
    resume: bool = False,
) -> int:
    """Collects, judges and reports; gives the exit code."""
    from logcov.report.json_format import render

    severity = _severity(fail_on)
    targets = opened_outputs(outputs, shown, inputs=[config or CONFIG, *policies])
    check_writable([INVENTORY, ASSESSMENT])
    with asked_for(config, policies, sandbox=sandbox) as (what, files):
        check_writable([target.path for target in targets], inputs=files)
        rules = bound(files)
        inventory = _collect(what, rules, INVENTORY, as_of=as_of, resume=resume)
        if not inventory.header.complete:
            print(
                f"logcov: interrupted; what was read by then is in {INVENTORY}, marked incomplete."
                " No report was written. `logcov audit --resume` goes on from there.",
                file=sys.stderr,
            )
            return INTERRUPTED
        assessment = _judge(inventory, rules, as_of)
    write_text(ASSESSMENT, render(assessment))
    _tell(assessment, targets, shown)
    return exit_code(assessment, fail_on=severity, allow_unknown=allow_unknown)


def collect(
    *, config: Path | None, policies: Sequence[Path], output: Path, sandbox: bool, resume: bool = False
) -> int:
    """Reads into an inventory; 0, or 11 where something could not be read."""
    check_writable([output], inputs=[config or CONFIG, *policies])
    with asked_for(config, policies, sandbox=sandbox) as (what, files):
        check_writable([output], inputs=files)
        inventory = _collect(what, bound(files), output, as_of=None, resume=resume)
    if not inventory.header.complete:
        print(
            f"logcov: interrupted; {output} holds what was read by then, marked incomplete."
            " With --resume, the same command goes on from there.",
            file=sys.stderr,
        )
        return INTERRUPTED
    from logcov.inventory import BlindSpot

    blind = sum(isinstance(fact, BlindSpot) for fact in inventory.facts)
    print(f"wrote {output}: {len(inventory.facts)} records, {blind} blind spots", file=sys.stderr)
    return INCOMPLETE if blind else 0


def evaluate(
    *,
    inventory: Path,
    policies: Sequence[Path],
    outputs: Sequence[str],
    shown: str,
    as_of: date | None,
    fail_on: str,
    allow_unknown: bool,
) -> int:
    """Judges an inventory; gives the exit code."""
    from logcov.inventory.file import read_inventory

    severity = _severity(fail_on)
    targets = opened_outputs(outputs, shown, inputs=[inventory, *policies])
    assessment = _judge(read_inventory(inventory), bound(policies), as_of)
    _tell(assessment, targets, shown)
    return exit_code(assessment, fail_on=severity, allow_unknown=allow_unknown)


def _assessment(path: Path) -> Assessment:
    from logcov.errors import AssessmentError
    from logcov.report.json_format import read

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise AssessmentError(
            f"{path} cannot be read: {reason}",
            "Run `logcov audit` first; it keeps its last assessment there.",
        ) from error
    return read(text, str(path))


def report(*, assessment: Path, outputs: Sequence[str], shown: str) -> None:
    """Writes reports of an assessment."""
    targets = opened_outputs(outputs, shown)
    _tell(_assessment(assessment), targets, shown)


def explain(*, finding: str, assessment: Path) -> None:
    """Prints one finding's story."""
    from logcov.cli.outputs import terminal_size
    from logcov.report.explain import render

    width, color = terminal_size()
    print(render(_assessment(assessment), finding, width=width, color=color), end="")
