"""The commands and their options."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from logcov import __version__

OFF = {"rich_markup_mode": None, "pretty_exceptions_enable": False, "add_completion": False}

app = typer.Typer(
    help="Proves where security logs end up: reads the configured audit logging of Google Cloud, AWS, Okta and "
    "Google Workspace, judges it against policies, and reports gaps. It only ever reads.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)
filter_app = typer.Typer(
    help="What would this filter let through?", no_args_is_help=True, rich_markup_mode=None
)
policy_app = typer.Typer(
    help="Check policies, and the schema for editors.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(filter_app, name="filter")
app.add_typer(policy_app, name="policy")

Config = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", metavar="FILE", help="What to audit. Default: logcov.yaml.", show_default=False
    ),
]
Policies = Annotated[
    list[Path] | None,
    typer.Option(
        "--policy",
        metavar="FILE",
        help="A policy file; repeat for more. Replaces the config's policies.",
        show_default=False,
    ),
]
JudgedBy = Annotated[
    list[Path] | None,
    typer.Option(
        "--policy", metavar="FILE", help="A policy file; repeat for more. At least one.", show_default=False
    ),
]
Outputs = Annotated[
    list[str] | None,
    typer.Option(
        "-o",
        metavar="OUTPUT",
        help="Write a report: FILE.md, FILE.json, or FORMAT=FILE; repeat for more.",
        show_default=False,
    ),
]
Shown = Annotated[
    str,
    typer.Option(
        "--format", metavar="FORMAT", help="What goes to standard output: terminal, markdown or json."
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DATE",
        help="Judge as of this day (YYYY-MM-DD). Default: today.",
        show_default=False,
    ),
]
FailOn = Annotated[
    str,
    typer.Option(
        "--fail-on",
        metavar="SEVERITY",
        help="Least severity that counts for the exit code: low, medium, high, critical.",
    ),
]
AllowUnknown = Annotated[
    bool, typer.Option("--allow-unknown", help="Unknown findings do not count for the exit code.")
]

Resume = Annotated[
    bool,
    typer.Option(
        "--resume", help="Go on with a collection that was interrupted, without reading again what was read."
    ),
]


def _version(*, shown: bool) -> None:
    if shown:
        typer.echo(f"logcov {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=lambda value: _version(shown=value),
            is_eager=True,
            help="Print the version.",
        ),
    ] = False,
) -> None:
    """Holds the options that belong to no command."""


@app.command()
def audit(
    *,
    config: Config = None,
    policy: Policies = None,
    output: Outputs = None,
    shown: Shown = "terminal",
    as_of: AsOf = None,
    fail_on: FailOn = "low",
    allow_unknown: AllowUnknown = False,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Audit the pretend company Acme on loopback.")
    ] = False,
    resume: Resume = False,
) -> None:
    """Collect, judge and report in one go.

    Keeps .logcov/inventory.jsonl.gz and .logcov/assessment.json.
    """
    from logcov.cli import auditing

    raise typer.Exit(
        auditing.audit(
            config=config,
            policies=policy or [],
            outputs=output or [],
            shown=shown,
            as_of=_day(as_of),
            fail_on=fail_on,
            allow_unknown=allow_unknown,
            sandbox=sandbox,
            resume=resume,
        )
    )


@app.command()
def collect(
    *,
    output: Annotated[Path, typer.Option("-o", metavar="FILE", help="The inventory to write.")],
    config: Config = None,
    policy: Policies = None,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Read the pretend company Acme on loopback.")
    ] = False,
    resume: Resume = False,
) -> None:
    """Read the configured logging into an inventory."""
    from logcov.cli import auditing

    raise typer.Exit(
        auditing.collect(config=config, policies=policy or [], output=output, sandbox=sandbox, resume=resume)
    )


@app.command()
def evaluate(
    inventory: Annotated[Path, typer.Argument(help="An inventory that collect or audit wrote.")],
    *,
    policy: JudgedBy = None,
    output: Outputs = None,
    shown: Shown = "terminal",
    as_of: AsOf = None,
    fail_on: FailOn = "low",
    allow_unknown: AllowUnknown = False,
) -> None:
    """Judge an inventory against policies. Needs no network and no credentials."""
    from logcov.cli import auditing

    raise typer.Exit(
        auditing.evaluate(
            inventory=inventory,
            policies=policy or [],
            outputs=output or [],
            shown=shown,
            as_of=_day(as_of),
            fail_on=fail_on,
            allow_unknown=allow_unknown,
        )
    )


@app.command()
def report(
    assessment: Annotated[Path, typer.Argument(help="An assessment (JSON).")] = Path(
        ".logcov/assessment.json"
    ),
    *,
    output: Outputs = None,
    shown: Shown = "terminal",
) -> None:
    """Write reports of an assessment."""
    from logcov.cli import auditing

    auditing.report(assessment=assessment, outputs=output or [], shown=shown)


@app.command()
def explain(
    finding: Annotated[
        str, typer.Argument(metavar="FINDING-ID", help="The id of a finding, or its beginning.")
    ],
    *,
    assessment: Annotated[
        Path,
        typer.Option("--assessment", metavar="FILE", help="The assessment that holds the finding."),
    ] = Path(".logcov/assessment.json"),
) -> None:
    """Show a record's way hop by hop, the witness, the evidence and the fix."""
    from logcov.cli import auditing

    auditing.explain(finding=finding, assessment=assessment)


@filter_app.command("gcp")
def filter_gcp(
    *,
    text: Annotated[str, typer.Option("--filter", metavar="TEXT", help="The sink's filter; may be empty.")],
    exclude: Annotated[
        list[str] | None,
        typer.Option("--exclude", metavar="TEXT", help="An exclusion's filter; repeat for more."),
    ] = None,
    scope: Annotated[
        str | None,
        typer.Option(
            "--scope", metavar="SCOPE", help="Whose records: projects/acme-prod, organizations/123."
        ),
    ] = None,
    shown: Annotated[str, typer.Option("--format", metavar="FORMAT", help="terminal or json.")] = "terminal",
) -> None:
    """Judge a Cloud Logging filter: ALL, SOME (with a record that is lost), NONE or UNKNOWN per log source."""
    from logcov.cli import filtering

    filtering.gcp(text=text, exclusions=exclude or [], scope=scope, shown=shown)


@filter_app.command("cloudtrail")
def filter_cloudtrail(
    *,
    selectors: Annotated[
        Path,
        typer.Option(
            "--selectors",
            metavar="FILE",
            help="The JSON that GetEventSelectors answers; - for standard input.",
        ),
    ],
    shown: Annotated[str, typer.Option("--format", metavar="FORMAT", help="terminal or json.")] = "terminal",
) -> None:
    """Judge a trail's event selectors: ALL, SOME (with a record that is lost), NONE or UNKNOWN per log source."""
    from logcov.cli import filtering

    filtering.cloudtrail(selectors=selectors, shown=shown)


@policy_app.command("check")
def policy_check(
    files: Annotated[list[Path], typer.Argument(help="Policy files that belong together.")],
) -> None:
    """Check policies: every problem at once, each with its line and column."""
    from logcov.cli import reference

    reference.check(files)


@policy_app.command("list")
def policy_list() -> None:
    """List the policies that ship with logcov."""
    from logcov.cli import reference

    reference.shipped()


@policy_app.command("schema")
def policy_schema() -> None:
    """Print the JSON Schema of policy files, for editors."""
    from logcov.cli import reference

    reference.schema()


@app.command()
def sources(
    source: Annotated[str | None, typer.Argument(metavar="ID", help="A log source.")] = None,
) -> None:
    """List the log sources that policies can name, or describe one."""
    from logcov.cli import reference

    reference.sources(source)


@app.command()
def permissions(
    provider: Annotated[str, typer.Argument(help="aws, gcp, okta or workspace.")],
    *,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE",
            help="Only what this configuration and its policies need, with its names. Default: everything.",
            show_default=False,
        ),
    ] = None,
    policy: Policies = None,
    shown: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="list; for aws also iam (policies of the caller and of the role), cloudformation or terraform "
            "(the role in each account); for gcp role (as gcloud takes it) or terraform.",
        ),
    ] = "list",
) -> None:
    """List the permissions that logcov uses there, each a permission to read."""
    from logcov.cli import reference

    reference.permissions(provider, config=config, policies=policy or [], shown=shown)


@app.command()
def doctor(
    *,
    config: Config = None,
    policy: Policies = None,
    shown: Annotated[str, typer.Option("--format", metavar="FORMAT", help="terminal or json.")] = "terminal",
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Look at the pretend company Acme on loopback.")
    ] = False,
) -> None:
    """Tell what an audit could not read, and what would mend it; judges nothing.

    Looks at one region of each AWS account and at some scopes of each other kind. Exits with 0 if nothing is missing,
    with 11 if something is.
    """
    from logcov.cli import doctor as checking

    raise typer.Exit(checking.doctor(config=config, policies=policy or [], shown=shown, sandbox=sandbox))


@app.command()
def sandbox() -> None:
    """Serve the pretend company Acme on loopback until interrupted, and print a logcov.yaml for it."""
    from logcov.cli import reference

    reference.serve()


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a day such as 2026-11-22", param_hint="--as-of") from error
