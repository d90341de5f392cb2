"""What would mend a gap, for people: the sentence, and the commands where there are any, not too often the same."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from logcov.findings import Finding

MOST_TIMES = 5
"""So often the same commands are shown in one report."""


@dataclass(frozen=True, slots=True)
class Mend:
    """What would mend a finding.

    Attributes:
        sentence: in words.
        commands: what is shown of commands; empty for none.
        same_as: the finding whose commands are the same and shown; empty if these are shown, or there are none.
        times: how many findings have these commands.
    """

    sentence: str
    commands: str = ""
    same_as: str = ""
    times: int = 1


def mend(finding: Finding) -> Mend:
    """The sentence and the commands of a finding. The sentence is one paragraph, whatever names are in it."""
    sentence, _, commands = (finding.remediation or "").partition("\n\n")
    return Mend(sentence, commands)


def mends(findings: Iterable[Finding]) -> Mapping[str, Mend]:
    """Finding id → what would mend it, where findings are shown in this order."""
    told = {finding.id: mend(finding) for finding in findings}
    alike: dict[str, list[str]] = {}
    for key, one in told.items():
        alike.setdefault(one.commands, []).append(key)
    return {
        key: Mend(one.sentence, one.commands, times=len(alike[one.commands]))
        if not one.commands or key in alike[one.commands][:MOST_TIMES]
        else Mend(one.sentence, same_as=alike[one.commands][0], times=len(alike[one.commands]))
        for key, one in told.items()
    }
