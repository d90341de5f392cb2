"""How the commands that close gaps of Google Cloud are written down: gcloud, bq, and Terraform's Google provider.

Templates hold JSON and blocks, so that names stand in angle brackets here: `<bucket>`. No apostrophe may stand in a
comment: quotes decide where a name can stand. Every command names its project, folder or organization itself.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from textwrap import dedent

from logcov.inventory import Remedy

_NAME = re.compile(r"<(\w+)>")
_ARGUMENT = re.compile(r"\w+ +=|\w+ =")
_NOTHING: Mapping[str, str] = {}

REPLACES = (
    "# The last command replaces {what}. What the first one shows and is to stay must be in it as well:"
)
"""Stands before the command that reads what another one would overwrite."""


def braced(text: str) -> str:
    """A template with `<name>` as `Remedy` takes it: names in braces, and braces of its own twice."""
    return _NAME.sub(r"{\1}", dedent(text).strip("\n").replace("{", "{{").replace("}", "}}"))


def aligned(terraform: str) -> str:
    """Terraform with the values of neighbouring arguments one below the other, as `terraform fmt` has them."""
    lines = dedent(terraform).strip("\n").split("\n")
    found: list[str] = []
    for (indent, argument), group in groupby(lines, key=_place):
        same = list(group)
        if not argument:
            found += [line if line.strip() else "" for line in same]
            continue
        words = [line.strip().split(" = ", 1) for line in same]
        width = max(len(key.rstrip()) for key, _ in words)
        found += [f"{indent}{key.rstrip():<{width}} = {value.lstrip()}" for key, value in words]
    return "\n".join(found)


def _place(line: str) -> tuple[str, bool]:
    """How a line is indented, and whether it is an argument."""
    text = line.lstrip()
    return line[: len(line) - len(text)], _ARGUMENT.match(text) is not None


def remedy(
    commands: str,
    terraform: str = "",
    *,
    reasons: tuple[str, ...],
    sources: tuple[str, ...] = ("*",),
    cause: str = "",
    to: str = "",
    given: Mapping[str, str] = _NOTHING,
) -> Remedy:
    """A remedy whose templates have names in angle brackets."""
    return Remedy(
        reasons=reasons,
        sources=sources,
        cause=cause,
        to=to,
        given=given,
        commands=braced(commands),
        terraform=braced(aligned(terraform)),
    )


@dataclass(frozen=True, slots=True)
class Holder:
    """What holds sinks, log buckets and IAM policies.

    Attributes:
        name: `project`; also the name in templates.
        plural: as ids have it, `projects`.
        command: the group of commands about it, `gcloud projects`.
        argument: of Terraform's resources: `project`, `folder`, `org_id`.
    """

    name: str
    plural: str
    command: str
    argument: str

    @property
    def id(self) -> str:
        """How its id is made, as a pattern: `projects/{project}`."""
        return f"{self.plural}/{{{self.name}}}"

    @property
    def flag(self) -> str:
        """`--project=<project>`."""
        return f"--{self.name}=<{self.name}>"

    @property
    def value(self) -> str:
        """Its name in Terraform: `<project>`, `folders/<folder>`."""
        return f"folders/<{self.name}>" if self.name == "folder" else f"<{self.name}>"


PROJECT = Holder("project", "projects", "gcloud projects", "project")
FOLDER = Holder("folder", "folders", "gcloud resource-manager folders", "folder")
ORGANIZATION = Holder("organization", "organizations", "gcloud organizations", "org_id")
HOLDERS = (PROJECT, FOLDER, ORGANIZATION)
