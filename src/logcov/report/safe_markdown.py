"""Text made safe for Markdown as GitLab renders it: nothing that a name holds can change a page or call a person.

Names come from clouds and policies. They can hold pipes, backticks, tags, line breaks; and bare `@all`, `#1`,
`!1`, `~label`, `$1` become mentions and references when a report is pasted into an issue. Hence two rules: what
looks like anything but a plain word stands in a code span; and a code span can neither be left nor split.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from logcov.report.plain import clipped, one_line, visible

LONGEST = 1000
"""Characters of one name or sentence at most."""
LONGEST_BLOCK = 4000
"""Characters of one block at most; the JSON report holds all."""


class Markdown(str):
    """Text that is Markdown already. Everything else is made safe before it is printed."""

    __slots__ = ()


_WORD = re.compile(r"[^\W_]+(?:['’/-][^\W_]+)*|(?:[a-zA-Z]\.)+[a-zA-Z]|[0-9]{1,3}(?:,[0-9]{3})+|[–—×…→]|-")
_HASH = re.compile(r"[0-9a-f]{7,40}")
_NAMED = re.compile(r"(?![0-9]+-[a-z]+$)(?=.*[0-9]).*-.*")
_LEAD = re.compile(r"[(\"'“‘]*")
_TAIL = re.compile(r"[.,;:!?)\"'”’%]*$")
_QUOTED = re.compile(r"`([^`]+)`")
_RUNS = re.compile(r"`+")


def code(text: str) -> Markdown:
    """The text as a code span that holds exactly it, in a table cell too; a dash for no text."""
    shown = clipped(visible(text), LONGEST)
    if not shown:
        return Markdown("–")
    if "|" in shown:
        # No way to write a pipe in a cell's code span is understood alike everywhere: a tag and entities are.
        return Markdown(f"<code>{_entities(shown)}</code>")
    fence = "`" * (max((len(run) for run in _RUNS.findall(shown)), default=0) + 1)
    edge = " " if "`" in shown[0] + shown[-1] or (shown[0] == shown[-1] == " " and shown.strip()) else ""
    return Markdown(f"{fence}{edge}{shown}{edge}{fence}")


def _entities(text: str) -> str:
    return "".join(
        character
        if character.isalnum() or character == " " or not character.isascii()
        else f"&#{ord(character)};"
        for character in text
    )


def prose(text: str) -> Markdown:
    """A sentence: plain words stay as they are, everything else stands in code spans."""
    tokens = [token for token in clipped(one_line(text), LONGEST).split(" ") if token]
    return Markdown(" ".join(_token(token, first=at == 0) for at, token in enumerate(tokens)))


def _token(token: str, *, first: bool) -> str:
    lead = _LEAD.match(token)
    start = lead.end() if lead is not None else 0
    tail = _TAIL.search(token, start)
    end = tail.start() if tail is not None else len(token)
    core = token[start:end]
    if not core:
        return code(token)
    quoted = _QUOTED.fullmatch(core)
    if quoted is not None:
        return f"{token[:start]}{code(quoted[1])}{token[end:]}"
    plain = (
        _WORD.fullmatch(core)
        and not _HASH.fullmatch(core)
        and not _NAMED.fullmatch(core)
        and core != "-"
        and not (first and core.isdecimal() and end < len(token))  # `1.` would begin a list
    )
    return token if plain else f"{token[:start]}{code(core)}{token[end:]}"


def block(text: str, language: str = "") -> Markdown:
    """The text as a fenced code block that it cannot end."""
    lines = [visible(line) for line in text[:LONGEST_BLOCK].split("\n")]
    left = len(text) - LONGEST_BLOCK
    if left > 0:
        lines.append(f"… ({left:,} more characters in the JSON report)")
    longest = max((len(run) for line in lines for run in _RUNS.findall(line)), default=0)
    fence = "`" * max(longest + 1, 3)
    return Markdown("\n".join([fence + language, *lines, fence]))


def json_block(value: Mapping[str, Any]) -> Markdown:
    """A value as the API gave it, as a block of JSON."""
    return block(json.dumps(value, indent=2, ensure_ascii=False), "json")


def command_block(text: str) -> Markdown:
    """Commands, whole or not at all: a command that is cut does something else."""
    if len(text) > LONGEST_BLOCK:
        return Markdown(f"(They are {len(text):,} characters long: the JSON report holds them.)")
    return block(text, "sh")


def record_block(record: Mapping[str, str]) -> Markdown:
    """A record, one field a line."""
    return block("\n".join(f"{visible(name)} = {visible(value)}" for name, value in record.items()))


def finalize(value: Any) -> Any:
    """What a template prints: Markdown as it is, numbers with separators, any other text as prose."""
    if isinstance(value, Markdown):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return prose(str(value))
