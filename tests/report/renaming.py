"""An assessment under other names: what is told must stay, whatever things are called."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from logcov.findings import Finding, RequirementLine, ScopeLine, Step

_KEPT = {"as_of", "severity", "status", "basis", "extent", "reason", "from", "expires", "state", "accepts"}
_KEPT_OF = {Step: {"kind"}, RequirementLine: {"matched"}}


def renamed(value: Any, prefix: str) -> Any:
    """The same with this text before every name and sentence in it; words from closed lists and days stay."""
    if isinstance(value, str):
        return prefix + value
    if is_dataclass(value) and not isinstance(value, type):
        kept = _KEPT | _KEPT_OF.get(type(value), set())
        if isinstance(value, ScopeLine):
            kept = kept - {"state"}
        changes = {
            one.name: renamed(getattr(value, one.name), prefix)
            for one in fields(value)
            if one.name not in kept
        }
        if isinstance(value, Finding):
            changes["source"] = value.source + prefix  # its first word tells the provider
            if value.remediation is not None:
                # Whoever judges sees to it that the sentence is one line.
                sentence, empty, commands = value.remediation.partition("\n\n")
                changes["remediation"] = " ".join((prefix + sentence).split("\n")) + empty + commands
        return replace(value, **changes)
    if isinstance(value, Mapping):
        return {
            key: one if key in _KEPT or key == "relation" else renamed(one, prefix)
            for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        return type(value)(renamed(one, prefix) for one in value)
    return value
