"""Writes the generated pages, or with `--check` says which of them are stale.

`log-sources.md`, `permissions.md`, `commands.md` and `policy.schema.json` come from the rows and the code;
`sample-report.md`, `sample-terminal.txt` and the excerpt in the README from an audit of the sandbox, with
what differs from run to run (times, ports, folders) set to fixed values.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from logcov.catalogue import DESTINATION_KINDS, HOP_KINDS, PROVIDERS, SOURCES, operations_of
from logcov.catalogue.aws_grants import IN_MEMBERS, aws_grants
from logcov.cli.app import app
from logcov.collect import collect
from logcov.config import load_config
from logcov.evaluate import evaluate
from logcov.findings import Assessment
from logcov.inventory import LogSource
from logcov.inventory.file import write_inventory
from logcov.policy.load import load_policies
from logcov.policy.schema import json_schema
from logcov.report import json_format, markdown, terminal
from logcov.sandbox import serve_here
from logcov.sandbox.configuration import config_text, policies

DOCS = Path(__file__).parent
ROOT = DOCS.parent
FIXED = datetime(2026, 11, 24, 8, tzinfo=UTC)
MADE = "<!-- Made by docs/generate.py: change the code, then run `make generate`. -->\n\n"
NAMES = {"aws": "AWS", "gcp": "Google Cloud", "okta": "Okta", "workspace": "Google Workspace"}
BEGIN, END = "<!-- excerpt:begin -->", "<!-- excerpt:end -->"


# --- From the rows --------------------------------------------------------------------------------------------


def _source(row: LogSource) -> Iterator[str]:
    titles = {kind.id: kind.title for kind in HOP_KINDS}
    yield f"### `{row.id}`\n\n{row.title}.\n"
    where = ", ".join(f"`{kind}`" for kind in row.scope_kinds) + (
        ", in each location" if row.per_location else ""
    )
    yield f"* Written by: {where}" + (
        f"; one emitter per resource (`{row.emitters}`)" if row.emitters else ""
    )
    yield "* Switch: " + (
        "none, it is always written" if row.always_generated else "written where it is configured"
    )
    for dimension in row.dimensions:
        kind = "one emitter per value" if dimension.closed else "a condition on records"
        some = ", ".join(f"`{value}`" for value in dimension.examples[:4])
        more = f" (and {len(dimension.examples) - 4} more)" if len(dimension.examples) > 4 else ""
        yield f"* Dimension `{dimension.name}`: {kind}" + (f"; such as {some}{more}" if some else "")
    yield "* A verdict rests on: " + ", ".join(f"`{kind}` ({titles[kind]})" for kind in row.needs)
    if row.documentation:
        yield f"* Vendor documentation: <{row.documentation}>"
    if row.fields:
        yield "\n| record field | also called | kind | always there | case |\n| --- | --- | --- | --- | --- |"
        for field in row.fields:
            also = ", ".join(f"`{alias}`" for alias in field.aliases)
            kind = f"one of {', '.join(field.values)}" if field.values else field.kind
            yield f"| `{field.name}` | {also} | {kind} | {'no' if field.optional else 'yes'} | {field.case} |"
    if row.limits:
        yield "\nWhat logcov does not see:\n"
        yield from (f"* {limit}" for limit in row.limits)
    yield ""


def log_sources() -> str:
    """Every row of the catalogue, by provider."""
    lines = [MADE + "# Log sources\n", f"{len(SOURCES)} kinds of records that policies can name.\n"]
    for provider, name in NAMES.items():
        lines.append(f"## {name}\n")
        for row in SOURCES:
            if row.provider == provider:
                lines += _source(row)
    lines.append("## Destinations\n\n| kind | ids | records go on from it by |\n| --- | --- | --- |")
    for kind in DESTINATION_KINDS:
        onward = ", ".join(f"`{one}`" for one in kind.onward) or "–"
        lines.append(f"| {kind.title} (`{kind.id}`) | `{kind.pattern}` | {onward} |")
    return "\n".join(lines) + "\n"


def _iam_policies() -> Iterator[str]:
    """AWS's permissions as IAM policies: of whoever begins, and of the role that is assumed."""
    grants = aws_grants([row.id for row in SOURCES])
    yield "\nThe identity that starts the audit. In its own account, it takes the role too; if there is none, it reads"
    yield "as itself, and needs the role's policy as well."
    yield from (_iam_policy(document) for document in grants.caller_policies)
    yield "The role `LogcovReader` in each account (where a target names `accounts` one by one, with"
    yield f"`{IN_MEMBERS}` as well):"
    yield from (_iam_policy(document) for document in grants.role_policies)


def _iam_policy(document: Mapping[str, object]) -> str:
    return f"\n```json\n{json.dumps(document, indent=2)}\n```\n"


def permissions() -> str:
    """Every operation that logcov may call, and what it takes."""
    lines = [
        MADE + "# Permissions\n",
        (
            "These are all operations that logcov may call. Every one of them only reads; a test compares the list "
            "with the calls that an audit makes. How to grant them: [credentials.md](credentials.md).\n"
        ),
    ]
    for provider in PROVIDERS:
        lines.append(f"## {NAMES[provider]}\n\n| operation | permission | read for |\n| --- | --- | --- |")
        operations = operations_of(provider)
        lines += [f"| `{one.call}` | `{one.permission or one.call}` | {one.why} |" for one in operations]
        granted = sorted({one.permission or one.call for one in operations})
        if provider == "aws":
            lines += _iam_policies()
        else:
            lines.append("\nAll of them, to copy:\n\n```text\n" + "\n".join(granted) + "\n```\n")
    return "\n".join(lines)


def _help(*words: str) -> str:
    shown = subprocess.run(
        [sys.executable, "-m", "logcov", *words, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"},
    )
    return shown.stdout.replace("python -m logcov", "logcov").rstrip()


def command_names() -> list[tuple[str, ...]]:
    """Every command, as the words to type."""
    names: list[tuple[str, ...]] = []
    for command in app.registered_commands:
        assert command.callback is not None
        names.append((command.name or command.callback.__name__,))
    for group in app.registered_groups:
        assert group.typer_instance is not None
        commands = group.typer_instance.registered_commands
        names += [(str(group.name), str(command.name)) for command in commands]
    return sorted(names)


def command_page() -> str:
    """`--help` of every command."""
    lines = [MADE + "# Commands\n"]
    for words in [(), *command_names()]:
        title = " ".join(("logcov", *words))
        lines.append(f"## `{title}`\n\n```text\n{_help(*words)}\n```\n")
    return "\n".join(lines)


# --- From an audit of the sandbox ----------------------------------------------------------------------------


def _settled(text: str, *, hour: datetime, run: tuple[datetime, datetime], folder: str) -> str:
    """The text with times as if it had been made at `FIXED`, and without what only this machine has."""

    def moment(found: re.Match[str]) -> str:
        then = datetime.fromisoformat(found[0])
        if run[0] - timedelta(seconds=2) <= then <= run[1] + timedelta(seconds=2):
            return (FIXED + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return (FIXED + (then - hour)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def milliseconds(found: re.Match[str]) -> str:
        then = datetime.fromtimestamp(int(found[2]) / 1000, UTC)
        return f"{found[1]}{(FIXED + (then - hour)).timestamp() * 1000:.0f}"

    def day(found: re.Match[str]) -> str:
        return (FIXED.date() + (datetime.fromisoformat(found[0]).date() - run[0].date())).isoformat()

    text = text.replace(folder, "policies").replace(str(ROOT / "src/logcov/sandbox/policies"), "policies")
    text = text.replace("src/logcov/sandbox/policies", "policies")
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)", moment, text)
    text = re.sub(r"\b\d{4}-\d\d-\d\d\b(?!T)", day, text)
    # CloudWatch Logs tells times in milliseconds since 1970.
    text = re.sub(r'("\w*[tT]ime": )(\d{13})\b', milliseconds, text)
    return re.sub(r"http://127\.0\.0\.1:\d+", "http://127.0.0.1:8080", text)


def sample() -> Assessment:
    """The assessment of the sandbox, settled."""
    begun = datetime.now(UTC)
    # Never the very hour that begins: moments of the world and of the run must be told apart.
    hour = (begun - timedelta(minutes=5)).replace(minute=0, second=0, microsecond=0)
    with (
        tempfile.TemporaryDirectory(prefix="logcov-docs-") as folder,
        serve_here(now=hour, with_aws=True) as here,
    ):
        paths = policies(Path(folder), begun.date())
        config = Path(folder) / "logcov.yaml"
        config.write_text(
            config_text(
                google=here.google,
                okta=here.okta,
                aws=here.aws,
                role=str(here.world.aws["role"]),
                policies=paths,
            ),
            encoding="utf-8",
        )
        inventory = collect(load_config(config), frozenset(row.id for row in SOURCES))
        inventory = write_inventory(inventory, Path(folder) / "inventory.jsonl.gz")
        assessment = evaluate(
            inventory,
            load_policies(paths, SOURCES),
            as_of=begun.date(),
            command=["audit", "--sandbox", "-o", "sample-report.md"],
        )
        text = json_format.render(assessment)
        dated = assessment.policies[0]["sha256"]
        text = text.replace(inventory.sha256, "0" * 64).replace(str(dated), "1" * 64)
        text = _settled(text, hour=hour, run=(begun, datetime.now(UTC)), folder=str(Path(folder).resolve()))
    return json_format.read(text, "the sample")


def readme(excerpt: str) -> str:
    """The README with a fresh excerpt of the terminal report."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    before, rest = text.split(BEGIN, 1)
    _, after = rest.split(END, 1)
    return f"{before}{BEGIN}\n```text\n{excerpt}\n```\n{END}{after}"


def pages() -> dict[Path, str]:
    """Every generated file and its text."""
    assessment = sample()
    shown = terminal.render(assessment, width=80, color=False, encoding="utf-8")
    return {
        DOCS / "log-sources.md": log_sources(),
        DOCS / "permissions.md": permissions(),
        DOCS / "commands.md": command_page(),
        DOCS / "policy.schema.json": json.dumps(json_schema(SOURCES), indent=2, ensure_ascii=False) + "\n",
        DOCS / "sample-report.md": markdown.render(assessment),
        DOCS / "sample-terminal.txt": shown,
        ROOT / "README.md": readme(shown.split("\nCauses:", 1)[0].rstrip()),
    }


def stale() -> list[str]:
    """The generated files that differ from what they should be."""
    return sorted(
        str(path.relative_to(ROOT))
        for path, text in pages().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    )


def main() -> int:
    """Writes the pages, or checks them."""
    if "--check" in sys.argv[1:]:
        old = stale()
        for name in old:
            print(f"{name} is stale: run `make generate`", file=sys.stderr)
        return 1 if old else 0
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
