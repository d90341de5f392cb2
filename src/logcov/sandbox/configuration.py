"""A `logcov.yaml` that points at a running sandbox, and the policies that go with its world."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

FOLDER = Path(__file__).with_name("policies")
"""The policies that ship with the sandbox."""

ESTATE = "acme-estate.yaml"
"""The file that binds names, and the only one with dates."""

_WRITTEN = re.compile(r"^# Dates are as of (\d{4}-\d{2}-\d{2})", re.MULTILINE)
_DATED = re.compile(r"\b((?:from|expires): *)(\d{4}-\d{2}-\d{2})\b")


def policies(folder: Path, today: date | None = None) -> tuple[Path, ...]:
    """The sandbox's policies, with attestations and exemptions as old as they were when they were written.

    Those dates are absolute in the policy language; in a year, all would have expired, and the sandbox would show
    something else. So the one file that has any is copied with its dates moved, line by line; the rest are where
    they ship.

    Args:
        folder: where the copy goes.
        today: the day to move the dates to; today (UTC), if not said.

    Returns:
        Absolute paths, the copy first.
    """
    text = (FOLDER / ESTATE).read_text(encoding="utf-8")
    copy = folder / ESTATE
    copy.write_text(moved(text, today or datetime.now(UTC).date()), encoding="utf-8")
    return (copy.resolve(), *sorted(path.resolve() for path in FOLDER.glob("*.yaml") if path.name != ESTATE))


def moved(text: str, today: date) -> str:
    """The text with every `from` and `expires` as far from `today` as it was from the day that the text names."""
    written = _WRITTEN.search(text)
    if written is None:
        return text
    by: timedelta = today - date.fromisoformat(written[1])
    text = _DATED.sub(lambda match: f"{match[1]}{date.fromisoformat(match[2]) + by}", text)
    return _WRITTEN.sub(f"# Dates are as of {today}", text)


def config_text(
    *, google: str, okta: Mapping[str, str], aws: str, role: str, policies: tuple[Path, ...]
) -> str:
    """The text of a `logcov.yaml`. An empty endpoint leaves its targets out.

    Args:
        google: its endpoint.
        aws: its endpoint.
        okta: host of each Okta org → its endpoint; the first is production.
        role: the role to assume in each AWS account.
        policies: absolute paths.
    """
    lines = ["version: 1", "policies:", *(f"  - {_quoted(str(path))}" for path in policies)]
    if google:
        lines += ["gcp:", '  - organization: "123456789012"', "    read: direct", f"    endpoint: {google}"]
    if aws:
        lines += [
            "aws:",
            "  - organization: true",
            f"    role: {role}",
            "    regions: all",
            f"    endpoint: {aws}",
        ]
    if okta:
        lines.append("okta:")
        for index, (host, endpoint) in enumerate(okta.items()):
            env = "preview" if index else "prod"
            lines += [
                f"  - org_url: https://{host}",
                f"    labels: {{env: {env}}}",
                f"    endpoint: {endpoint}",
            ]
    if google:
        lines += [
            "workspace:",
            "  - customer: my_customer",
            "    labels: {env: prod}",
            f"    endpoint: {google}",
        ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A YAML text that nothing in it can break."""
    return "'" + text.replace("'", "''") + "'"
