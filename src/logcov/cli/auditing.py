"""The arrows of the design: collect, evaluate, report; and `audit`, which is all three."""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from logcov.cli import INTERRUPTED
from logcov.cli.access import shut_out
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
CONFIG = Path("logcov.yaml")


def _severity(text: str) -> Severity:
    for severity in SEVERITIES:
        if severity == text:
            return severity
    raise UsageError(f"--fail-on {text!r} is no severity", f"Choose one of {', '.join(SEVERITIES)}.")


@contextmanager
def _asked(
    config: Path | None, policies: Sequence[Path], *, sandbox: bool
) -> Iterator[tuple["Config", list[Path]]]:
    """What to audit and by which policies; with a sandbox behind it where one was asked for and no config given."""
    from logcov.config import load_config

    if not sandbox or config is not None:
        path = config or CONFIG
        if config is None and not path.exists():
            raise UsageError(
                "there is no logcov.yaml here, so it is not known what to audit",
                "Write one (see README), name one with -c, or try `logcov audit --sandbox`.",
            )
        loaded = load_config(path)
        yield loaded, list(policies) or [Path(one) for one in loaded.policies]
        return
    from logcov.sandbox import start

    with start() as running, tempfile.TemporaryDirectory(prefix="logcov-sandbox-") as folder:
        path = Path(folder) / "logcov.yaml"
        path.write_text(running.config, encoding="utf-8")
        loaded = load_config(path)
        yield loaded, list(policies) or [Path(one) for one in loaded.policies]


def _policies(paths: Sequence[Path]) -> "PolicySet":
    from logcov.catalogue import SOURCES
    from logcov.policy.load import load_policies

    if not paths:
        raise UsageError(
            "no policy says what must be covered",
            "Name one with --policy; `audit` and `collect` also take those under `policies:` in logcov.yaml.",
        )
    return load_policies(paths, SOURCES)


def _wanted(policies: "PolicySet") -> frozenset[str]:
    from logcov.catalogue import SOURCES
    from logcov.selection.predicate import glob_matches

    patterns = {logs.pattern for requirement in policies.requirements for logs in requirement.logs}
    return frozenset(
        source.id for source in SOURCES if any(glob_matches(pattern, source.id) for pattern in patterns)
    )


def _collect(config: "Config", policies: "PolicySet") -> "Inventory":
    from logcov import collect as collecting
    from logcov.cli.progress import shown_progress

    with shown_progress() as report:
        inventory = collecting.collect(config, _wanted(policies), report=report)
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
) -> int:
    """Collects, judges and reports; gives the exit code."""
    from logcov.inventory.file import write_inventory
    from logcov.report.json_format import render

    severity = _severity(fail_on)
    targets = opened_outputs(outputs, shown, inputs=[config or CONFIG, *policies])
    check_writable([INVENTORY, ASSESSMENT])
    with _asked(config, policies, sandbox=sandbox) as (what, files):
        check_writable([target.path for target in targets], inputs=files)
        rules = _policies(files)
        inventory = write_inventory(_collect(what, rules), INVENTORY)
        if not inventory.header.complete:
            print(
                f"logcov: interrupted; what was read by then is in {INVENTORY}, marked incomplete."
                " No report was written.",
                file=sys.stderr,
            )
            return INTERRUPTED
        assessment = _judge(inventory, rules, as_of)
    write_text(ASSESSMENT, render(assessment))
    _tell(assessment, targets, shown)
    return exit_code(assessment, fail_on=severity, allow_unknown=allow_unknown)


def collect(*, config: Path | None, policies: Sequence[Path], output: Path, sandbox: bool) -> int:
    """Reads into an inventory; 0, or 11 where something could not be read."""
    from logcov.inventory.file import write_inventory

    check_writable([output], inputs=[config or CONFIG, *policies])
    with _asked(config, policies, sandbox=sandbox) as (what, files):
        check_writable([output], inputs=files)
        inventory = write_inventory(_collect(what, _policies(files)), output)
    if not inventory.header.complete:
        print(
            f"logcov: interrupted; {output} holds what was read by then, marked incomplete.", file=sys.stderr
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
    assessment = _judge(read_inventory(inventory), _policies(policies), as_of)
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
