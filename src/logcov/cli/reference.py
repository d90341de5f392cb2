"""What logcov knows and ships: log sources, permissions, policies, and the sandbox."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from logcov.catalogue import HOP_KINDS, PROVIDERS, SOURCES, operations_for
from logcov.errors import UsageError
from logcov.inventory import LogSource

if TYPE_CHECKING:
    from logcov.config import Config

GRANT_FORMATS = {
    "list": tuple(PROVIDERS),
    "iam": ("aws",),
    "cloudformation": ("aws",),
    "role": ("gcp",),
    "terraform": ("aws", "gcp"),
}
"""What `permissions` can print → for which providers."""


def sources(source: str | None) -> None:
    """Prints all log sources, or one in full."""
    if source is None:
        width = max(len(row.id) for row in SOURCES)
        for row in SOURCES:
            print(f"{row.id:<{width}}  {row.title}")
        print("\n`logcov sources ID` describes one.", file=sys.stderr)
        return
    rows = {row.id: row for row in SOURCES}
    if source not in rows:
        import difflib

        close = difflib.get_close_matches(source, rows, n=1)
        hint = f"Did you mean {close[0]}?" if close else "`logcov sources` lists them all."
        raise UsageError(f"there is no log source {source!r}", hint)
    print(describe(rows[source]))


def describe(row: LogSource) -> str:
    """A log source in full, as text."""
    titles = {kind.id: kind.title for kind in HOP_KINDS}
    lines = [row.id, row.title, ""]
    lines.append(f"written by: {', '.join(row.scope_kinds)}" + (", per location" if row.per_location else ""))
    lines.append(
        "written: "
        + ("always, it cannot be switched off" if row.always_generated else "where it is configured")
    )
    if row.dimensions:
        lines.append(
            "dimensions: "
            + ", ".join(one.name + (" (one emitter each)" if one.closed else "") for one in row.dimensions)
        )
    lines.append("carried by: " + ", ".join(f"{kind} ({titles.get(kind, '?')})" for kind in row.needs))
    if row.fields:
        lines.append("record fields known:")
        for field in row.fields:
            names = ", ".join((field.name, *field.aliases))
            values = f": {', '.join(field.values)}" if field.values else ""
            lines.append(f"  {names} ({field.kind}{values})")
    lines += [f"not seen by logcov: {limit}" for limit in row.limits]
    if row.documentation:
        lines.append(f"vendor documentation: {row.documentation}")
    return "\n".join(lines)


def permissions(
    provider: str, *, config: Path | None = None, policies: Sequence[Path] = (), shown: str = "list"
) -> None:
    """Prints the permissions that auditing a provider takes: those of every log source, or of those asked for.

    Raises:
        UsageError: no such provider or format, a format that this provider has not, or no role to make.
    """
    if provider not in PROVIDERS:
        raise UsageError(f"{provider!r} is no provider", f"Choose one of {', '.join(PROVIDERS)}.")
    if shown not in GRANT_FORMATS:
        raise UsageError(f"--format {shown!r} is unknown", f"Choose one of {', '.join(GRANT_FORMATS)}.")
    if provider not in GRANT_FORMATS[shown]:
        raise UsageError(
            f"--format {shown} is for {' and '.join(GRANT_FORMATS[shown])}",
            f"For {provider}, there is --format "
            f"{' or '.join(one for one, providers in GRANT_FORMATS.items() if provider in providers)}.",
        )
    what, sources = _in_use(config, policies)
    if provider == "aws":
        _aws(shown, what, sources, config)
    elif shown == "list":
        for one in sorted(
            {
                one.permission or one.call
                for one in operations_for(provider, sources, getattr(what, provider) if what else ())
            }
        ):
            print(one)
    else:
        _gcp(shown, what, sources, config)


def _aws(shown: str, what: "Config | None", sources: frozenset[str], config: Path | None) -> None:
    from logcov.catalogue.aws_grants import RECOMMENDED, aws_grants, iam
    from logcov.catalogue.aws_templates import cloudformation, terraform
    from logcov.cli.outputs import print_document

    targets = what.aws if what is not None else None
    grants = aws_grants(sources, targets or [RECOMMENDED])
    if shown == "list":
        for permission in grants.actions:
            print(permission)
        return
    if targets is not None and not targets:
        raise UsageError(f"{config} names no target under `aws`, so nothing has to be granted there")
    if shown != "iam" and not grants.roles:
        raise UsageError(
            f"{config} names no `role` under `aws`, so there is none to make",
            "Write `role: LogcovReader`, or attach the policies of --format iam to whoever starts the audit.",
        )
    make = {"iam": iam, "cloudformation": cloudformation, "terraform": terraform}[shown]
    print_document(make(grants))
    for line in grants.explained(shown):
        print(f"logcov: {line}", file=sys.stderr)


def _gcp(shown: str, what: "Config | None", sources: frozenset[str], config: Path | None) -> None:
    from logcov.catalogue.gcp_grants import RECOMMENDED, gcp_grants, role_yaml
    from logcov.catalogue.gcp_templates import terraform
    from logcov.cli.outputs import print_document

    targets = what.gcp if what is not None else None
    if targets is not None and not targets:
        raise UsageError(f"{config} names no target under `gcp`, so nothing has to be granted there")
    grants = gcp_grants(sources, targets or [RECOMMENDED])
    print_document({"role": role_yaml, "terraform": terraform}[shown](grants))
    for line in grants.notes:
        print(f"logcov: {line}", file=sys.stderr)


def _in_use(config: Path | None, policies: Sequence[Path]) -> tuple["Config | None", frozenset[str]]:
    """The configuration, if there is one, and the log sources that the policies ask for."""
    from logcov.cli.asking import asked_for, sources_asked_for

    if config is None:
        return None, sources_asked_for(policies)
    with asked_for(config, policies, sandbox=False) as (what, files):
        return what, sources_asked_for(files)


def check(files: Sequence[Path]) -> None:
    """Checks policies together; says so if they are good."""
    from logcov.policy.load import load_policies

    policies = load_policies(files, SOURCES)
    for warning in policies.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    files_read = _counted(len(policies.policies), "policy", "policies")
    print(f"{files_read}, {_counted(len(policies.requirements), 'requirement', 'requirements')}: good")


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def shipped() -> None:
    """Prints the policies that ship, with their titles."""
    from logcov.policy.shipped import shipped_policies

    for path, title in shipped_policies():
        print(f"{path}  {title}")


def schema() -> None:
    """Prints the JSON Schema of policy files."""
    import json

    from logcov.policy.schema import json_schema

    print(json.dumps(json_schema(SOURCES), indent=2, ensure_ascii=False))


def serve() -> None:
    """Serves the sandbox until interrupted.

    Raises:
        SandboxError: it could not be started, or it ended by itself.
    """
    import signal
    import time

    from logcov.errors import SandboxError
    from logcov.sandbox import start

    # Being ended by a supervisor is no different from Ctrl-C: temporary files are put away.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with start() as running:
            print(running.config, end="", flush=True)
            print(
                "# The sandbox runs until you press Ctrl-C. Save the above as logcov.yaml, then: logcov audit",
                file=sys.stderr,
                flush=True,
            )
            while running.alive():
                time.sleep(0.2)
            raise SandboxError("the sandbox ended by itself", "Start it again.")
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
