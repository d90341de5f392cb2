"""What loading policies gathers: the files as far as they could be read, and what is wrong with them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from logcov.documents import Document, Path, nearest
from logcov.errors import Problem
from logcov.inventory import LogSource
from logcov.policy.language import (
    AttestationShape,
    ClauseShape,
    DestinationShape,
    ExemptionShape,
    HeadShape,
    LogsShape,
    RequirementShape,
)

PROVIDERS = ("aws", "gcp", "okta", "workspace")
"""Prefixes that ids may have though no log source at hand belongs to them."""

SelectorItems = Sequence[str | ClauseShape]
LogItems = Sequence[str | LogsShape]
Doors = Sequence[str] | DestinationShape


@dataclass(slots=True)
class PolicyFile:
    """One file, its sections by name or index. None stands for a part that has a problem of its own."""

    document: Document
    name: str
    head: HeadShape | None
    log_groups: Mapping[str, LogItems | None] = field(default_factory=dict)
    scopes: Mapping[str, SelectorItems | None] = field(default_factory=dict)
    destinations: Mapping[str, Doors | None] = field(default_factory=dict)
    requirements: Mapping[int, RequirementShape] = field(default_factory=dict)
    attestations: Mapping[int, AttestationShape] = field(default_factory=dict)
    exemptions: Mapping[int, ExemptionShape] = field(default_factory=dict)


@dataclass(slots=True)
class Missing:
    """A name that is used and that nobody binds: where it is used first, and who needs it."""

    document: Document
    path: Path
    users: list[str]


@dataclass(slots=True)
class Book:
    """The files, the log sources that there are, and the complaints so far."""

    sources: Sequence[LogSource]
    files: list[PolicyFile] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    missing: dict[tuple[str, str], Missing] = field(default_factory=dict)
    whole: bool = True
    """Every file could be read: what no file binds is unbound."""

    def problem(self, file: PolicyFile, path: Path, message: str, *, at_key: bool = False) -> None:
        """Notes what is wrong at a place of a file."""
        self.problems.append(file.document.problem(path, message, at_key=at_key))

    def warn(self, file: PolicyFile, path: Path, message: str, *, at_key: bool = False) -> None:
        """Notes what looks odd at a place of a file."""
        self.warnings.append(file.document.problem(path, message, at_key=at_key))

    def need(self, kind: str, name: str, user: str, file: PolicyFile, path: Path) -> None:
        """Notes that `user` uses a name that nobody binds. `kind`: `destination` or `scope`."""
        missing = self.missing.setdefault((kind, name), Missing(file.document, path, []))
        if user not in missing.users:
            missing.users.append(user)

    def close(self) -> None:
        """Turns each name that nobody binds into one problem that lists who needs it."""
        if not self.whole:
            return
        for (kind, name), missing in self.missing.items():
            bound: Iterable[str] = (
                one
                for file in self.files
                for one in (file.destinations if kind == "destination" else file.scopes)
            )
            shown, rest = missing.users[:5], len(missing.users) - 5
            users = ", ".join(shown) + (f" and {rest} more" if rest > 0 else "")
            message = (
                f"{kind} `{name}` is used but no policy binds it{nearest(name, bound)}; "
                f"bind it under `{kind}s:` in a policy of your own (needed by {users})"
            )
            self.problems.append(missing.document.problem(missing.path, message))

    def prefix(self, file: PolicyFile, path: Path, pattern: str) -> None:
        """Warns of a pattern of ids that no id can fit, since no provider has its prefix."""
        prefix, colon, _ = pattern.partition(":")
        known = sorted({*PROVIDERS, *(source.provider for source in self.sources)})
        if "*" in prefix or (colon and prefix in known):
            return
        words = ", ".join(f"`{one}:`" for one in known)
        self.warn(
            file, path, f"nothing can match this: ids begin with {words}{nearest(prefix, known, cutoff=0.6)}"
        )
