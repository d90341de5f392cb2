"""The commands that would close a gap, from the templates that the inventory carries. Nothing is ever run.

A name in a command is quoted for the shell, and in Terraform as a string: names come from the cloud, where anybody
may have chosen them.
"""

import json
import re
import shlex
from collections.abc import Mapping, Sequence

from logcov.inventory import Emitter, Remedy
from logcov.selection.predicate import glob_matches

_NAME = re.compile(r"\{(\w+)\}")


def parts_of(pattern: str, text: str) -> Mapping[str, str] | None:
    """The named parts of an id that is made as the pattern says; None if it is not."""
    pieces: list[str] = []
    at = 0
    names = list(_NAME.finditer(pattern))
    for index, name in enumerate(names):
        last = index == len(names) - 1
        pieces += [re.escape(pattern[at : name.start()]), f"(?P<{name[1]}>{'.+' if last else '[^/]+'})"]
        at = name.end()
    pieces.append(re.escape(pattern[at:]))
    fit = re.fullmatch("".join(pieces), text, re.DOTALL)
    return fit.groupdict() if fit else None


def _in_terraform(value: str) -> str:
    """A value within a quoted Terraform string: JSON's escapes, and none of its own templates."""
    return json.dumps(value, ensure_ascii=False)[1:-1].replace("${", "$${").replace("%{", "%%{")


def _named(wanted: Sequence[str]) -> str:
    """The last part of the first accepted destination that is named without a pattern."""
    plain = [pattern for pattern in wanted if "*" not in pattern]
    return plain[0].rpartition("/")[2] if plain else ""


def fix(
    remedies: Sequence[Remedy],
    emitter: Emitter,
    *,
    reason: str,
    cause: str,
    wanted: Sequence[str],
    days: int | None,
    writer: str,
) -> str:
    """The first remedy that fits, filled in: commands, and Terraform if it has any; empty where none fits.

    A remedy that needs a name which is not known, such as a destination that the policy names by a pattern only,
    does not fit.
    """
    known = {
        "scope": emitter.scope.rpartition("/")[2],
        "location": emitter.location or "",
        "resource": emitter.resource or "",
        "source": emitter.source,
        "days": "" if days is None else str(days),
        "to": _named(wanted),
        "writer": writer,
        **emitter.dimensions,
    }
    for remedy in remedies:
        if reason not in remedy.reasons or not any(
            glob_matches(pattern, emitter.source) for pattern in remedy.sources
        ):
            continue
        found = parts_of(remedy.cause, cause) if remedy.cause else {}
        if found is None:
            continue
        names = {name: value for name, value in (known | dict(found)).items() if value}
        text = remedy.commands + remedy.terraform
        if any(name not in names for name in _asked(text)):
            continue
        shell = {name: shlex.quote(value) for name, value in names.items()}
        if "'" in remedy.commands and any(shell[name] != names[name] for name in _asked(remedy.commands)):
            # Within quotes of the template, a quoted name would end them.
            continue
        told = remedy.commands.format_map(shell)
        if remedy.terraform:
            quoted = {name: _in_terraform(value) for name, value in names.items()}
            told += "\n\n# Terraform\n" + remedy.terraform.format_map(quoted)
        return told
    return ""


def _asked(template: str) -> set[str]:
    return set(_NAME.findall(template.replace("{{", "").replace("}}", "")))
