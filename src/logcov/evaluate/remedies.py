"""The commands that would close a gap, from the templates that the inventory carries. Nothing is ever run.

A name in a command is quoted for the shell, and in Terraform as a string: names come from the cloud, where anybody
may have chosen them.
"""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from functools import lru_cache

from logcov.inventory import Emitter, Remedy
from logcov.selection.predicate import glob_matches

_NAME = re.compile(r"\{(\w+)\}")
_NOTHING: Mapping[str, str] = {}


def parts_of(pattern: str, text: str) -> Mapping[str, str] | None:
    """The named parts of an id that is made in a way that the pattern tells; None if it is not."""
    for way in _ways(pattern):
        fit = way.fullmatch(text)
        if fit is not None:
            return fit.groupdict()
    return None


@lru_cache(maxsize=4096)
def _ways(pattern: str) -> tuple[re.Pattern[str], ...]:
    """The ways of a pattern, which bars separate, as regular expressions."""
    return tuple(_way(one) for one in pattern.split("|"))


def _way(pattern: str) -> re.Pattern[str]:
    pieces: list[str] = []
    at = 0
    names = list(_NAME.finditer(pattern))
    for index, name in enumerate(names):
        last = index == len(names) - 1
        pieces += [re.escape(pattern[at : name.start()]), f"(?P<{name[1]}>{'.+' if last else '[^/]+'})"]
        at = name.end()
    pieces.append(re.escape(pattern[at:]))
    return re.compile("".join(pieces), re.DOTALL)


def meant_for(remedies: Sequence[Remedy], source: str, reason: str) -> tuple[Remedy, ...]:
    """The remedies for gaps of this log source and reason, wherever those are."""
    return tuple(
        remedy
        for remedy in remedies
        if reason in remedy.reasons and any(glob_matches(pattern, source) for pattern in remedy.sources)
    )


def fix(
    remedies: Sequence[Remedy],
    emitter: Emitter,
    *,
    reason: str,
    cause: str,
    wanted: Sequence[str],
    days: int | None,
    writer: str,
    more: Mapping[str, str] = _NOTHING,
) -> str:
    """The first remedy that fits, filled in: commands, and Terraform if it has any; empty where none fits.

    A remedy that needs a name which is not known, such as a destination that the policy names by a pattern only,
    does not fit.

    Args:
        remedies: what the inventory carries.
        emitter: whose records are lost, with the values of all dimensions of the finding.
        reason: of the gap.
        cause: of the gap.
        wanted: patterns of the destinations that the policy accepts.
        days: how long it asks records to be kept.
        writer: the principal that the route writes as.
        more: other names, as `Remedy` tells them.
    """
    known = {
        "scope": emitter.scope.rpartition("/")[2],
        "location": emitter.location or "",
        "resource": emitter.resource or "",
        "source": emitter.source,
        "days": "" if days is None else str(days),
        "to": _named(wanted),
        "writer": writer,
        **more,
        **emitter.dimensions,
    }
    for remedy in meant_for(remedies, emitter.source, reason):
        names = _names(remedy, {name: value for name, value in known.items() if value}, cause, wanted)
        told = _filled(remedy, names) if names is not None else ""
        if told:
            return told
    return ""


# --- names --------------------------------------------------------------------------------------------------


def _names(
    remedy: Remedy, known: Mapping[str, str], cause: str, wanted: Sequence[str]
) -> Mapping[str, str] | None:
    """Everything that the remedy's templates may name; None if the remedy is for something else."""
    names = dict(known)
    parts = [parts_of(remedy.cause, cause) if remedy.cause else {}]
    parts += [parts_of(made, known.get(name, "")) for name, made in remedy.given.items()]
    for found in parts:
        if found is None:
            return None
        names |= found
    if remedy.to:
        there = next((found for one in wanted if (found := _leads(remedy.to, one, names)) is not None), None)
        if there is None:
            return None
        names |= there
    if remedy.days and "days" in names:
        enough = [days for days in sorted(remedy.days) if days >= int(names["days"])]
        if not enough:
            return None
        names["days"] = str(enough[0])
    return names


def _named(wanted: Sequence[str]) -> str:
    """The last part of the first accepted destination that is named without a pattern."""
    plain = [pattern for pattern in wanted if "*" not in pattern]
    return plain[0].rpartition("/")[2] if plain else ""


def _leads(made: str, wanted: str, known: Mapping[str, str]) -> Mapping[str, str] | None:
    """The names in a destination that is made in this way and that the policy accepts; None if it accepts none.

    Where the policy has a pattern, the way must say what is to stand there.
    """
    if _asked(made) <= known.keys():
        return {} if glob_matches(wanted, made.format_map(known)) else None
    pieces = made.split("/")
    asked = wanted.split("/", len(pieces) - 1)
    if len(asked) < len(pieces):
        return None
    found: dict[str, str] = {}
    for piece, want in zip(pieces, asked, strict=True):
        if _asked(piece) <= known.keys():
            fit: Mapping[str, str] | None = {} if glob_matches(want, piece.format_map(known)) else None
        else:
            fit = None if "*" in want else parts_of(piece, want)
        if fit is None:
            return None
        found |= fit
    return found


@lru_cache(maxsize=4096)
def _asked(template: str) -> frozenset[str]:
    return frozenset(_NAME.findall(template.replace("{{", "").replace("}}", "")))


# --- texts --------------------------------------------------------------------------------------------------


def _filled(remedy: Remedy, names: Mapping[str, str]) -> str:
    """The texts of a remedy; empty if they need a name that is not known, or that cannot stand there."""
    if not _asked(remedy.commands + remedy.terraform) <= names.keys():
        return ""
    told = _in_shell(remedy.commands, names)
    if told and remedy.terraform:
        quoted = {name: _in_terraform(value) for name, value in names.items()}
        told += "\n\n# Terraform\n" + remedy.terraform.format_map(quoted)
    return told


def _in_shell(template: str, names: Mapping[str, str]) -> str:
    """The commands with all names quoted; empty where one would not be taken for the name that it is.

    A line break would end a comment, a dash begins an option, and some programs fetch what looks like an address.
    Within quotes of the template, a name that needs quotes of its own would end them.
    """
    shell = {name: shlex.quote(value) for name, value in names.items()}
    for name in _asked(template):
        value = names[name]
        if not value.isprintable() or value.startswith("-") or "://" in value:
            return ""
    pieces = template.split("'")
    if any(shell[name] != names[name] for piece in pieces[1::2] for name in _asked(piece)):
        return ""
    return "'".join(piece.format_map(shell) for piece in pieces)


def _in_terraform(value: str) -> str:
    """A value within a quoted Terraform string: JSON's escapes, and none of its own templates."""
    return json.dumps(value, ensure_ascii=False)[1:-1].replace("${", "$${").replace("%{", "%%{")
