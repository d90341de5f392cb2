"""Every error that logcov raises on purpose.

```
LogcovError                 what a person can be told: a message and what to do next
├── UsageError              the command line asks for something that cannot be (exit 2)
├── DocumentError           YAML or JSON that breaks its rules, all problems at once (exit 2)
│   ├── ConfigError         … in logcov.yaml
│   └── PolicyError         … in a policy
├── InventoryError          an inventory that is missing, foreign or newer than this logcov (exit 2)
├── AssessmentError         likewise for an assessment, or a finding that it does not hold (exit 2)
├── OutputError             a place that cannot be written (exit 2 at the start, 1 later)
├── SandboxError            the pretend company could not be started (exit 2)
└── ReadFailure             one API read that failed; never leaves the collecting half:
                            `collect` turns it into a blind spot
```

Anything else that escapes is a bug: exit 1, with a traceback in the log.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

BlindKind = Literal[
    "access-denied",
    "scp-denied",
    "api-disabled",
    "region-disabled",
    "throttled",
    "timeout",
    "server-error",
    "unparseable",
    "not-entitled",
    "not-observable",
    "credentials",
    "cut-off",
]
"""Why something could not be read. `credentials`: missing, wrong or expired ones. `cut-off`: the inventory
file or the run ended before. `not-observable`: no API tells, or this version of logcov does not ask."""


class LogcovError(Exception):
    """What a person can be told.

    Attributes:
        message: what is wrong, and where.
        hint: what to do next; empty where the message says it.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class UsageError(LogcovError):
    """The command line asks for something that cannot be."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One thing that is wrong in a document, at a place that an editor can jump to.

    Lines and columns count from 1; 0 means the file as a whole. `path` is the way from the root of the
    document: `require.0.severity`.
    """

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}: " if self.line else f"{self.file}: "
        return f"{where}{self.path}: {self.message}" if self.path else f"{where}{self.message}"


class DocumentError(LogcovError):
    """A document that breaks its rules; holds every problem found, in order of place."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ConfigError(DocumentError):
    """`logcov.yaml` breaks its rules."""


class PolicyError(DocumentError):
    """A policy breaks its rules, or policies together leave a name unbound."""


class InventoryError(LogcovError):
    """An inventory that cannot be used: missing, of another kind, or newer than this logcov."""


class AssessmentError(LogcovError):
    """An assessment that cannot be used, or that does not hold what was asked for."""


class OutputError(LogcovError):
    """A file or folder that cannot be written."""


class SandboxError(LogcovError):
    """The sandbox could not be started."""


class ReadFailure(LogcovError):
    """One API read that failed for good, after its retries.

    Attributes:
        call: the operation as its provider's documentation and access policies name it,
            `cloudtrail:DescribeTrails`, `logging.sinks.list`.
        kind: why, one of `BlindKind`.
        permission: what would mend it, or empty.
        code: the provider's own error code, for `absent` answers (`NoSuchBucketPolicy`).
        detail: the provider's words, without anything secret.
    """

    def __init__(
        self, *, call: str, kind: BlindKind, permission: str = "", code: str = "", detail: str = ""
    ) -> None:
        super().__init__(f"{call}: {kind}" + (f" ({detail})" if detail else ""))
        self.call = call
        self.kind = kind
        self.permission = permission
        self.code = code
        self.detail = detail
