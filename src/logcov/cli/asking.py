"""What a command is asked to look at: the configuration, the policies, and the log sources that these need."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from logcov.errors import UsageError

if TYPE_CHECKING:
    from logcov.config import Config
    from logcov.policy import PolicySet

CONFIG = Path("logcov.yaml")


@contextmanager
def asked_for(
    config: Path | None, policies: Sequence[Path], *, sandbox: bool
) -> Iterator[tuple["Config", list[Path]]]:
    """What to audit and by which policies; with a sandbox behind it where one was asked for and no config given."""
    from logcov.config import load_config

    if not sandbox or config is not None:
        path = config or CONFIG
        if config is None and not path.exists():
            raise UsageError(
                "there is no logcov.yaml here, so it is not known what to audit",
                "Write one (see README), name one with -c, or try `logcov audit --sandbox`.",
            )
        loaded = load_config(path)
        yield loaded, list(policies) or [Path(one) for one in loaded.policies]
        return
    from logcov.sandbox import start

    with start() as running, tempfile.TemporaryDirectory(prefix="logcov-sandbox-") as folder:
        path = Path(folder) / "logcov.yaml"
        path.write_text(running.config, encoding="utf-8")
        loaded = load_config(path)
        yield loaded, list(policies) or [Path(one) for one in loaded.policies]


def bound(paths: Sequence[Path]) -> "PolicySet":
    """The policies in these files, bound to each other.

    Raises:
        UsageError: there are none.
        PolicyError: what is wrong with them.
    """
    from logcov.catalogue import SOURCES
    from logcov.policy.load import load_policies

    if not paths:
        raise UsageError(
            "no policy says what must be covered",
            "Name one with --policy; `audit` and `collect` also take those under `policies:` in logcov.yaml.",
        )
    return load_policies(paths, SOURCES)


def sources_of(policies: "PolicySet") -> frozenset[str]:
    """The ids of the log sources that the policies ask for."""
    from logcov.catalogue import SOURCES
    from logcov.selection.predicate import glob_matches

    return frozenset(
        source.id
        for source in SOURCES
        if any(glob_matches(pattern, source.id) for pattern in policies.log_patterns)
    )


def sources_asked_for(paths: Sequence[Path]) -> frozenset[str]:
    """The ids of the log sources that the policies in these files ask for; of all, if there are no files."""
    if not paths:
        from logcov.catalogue import SOURCES

        return frozenset(source.id for source in SOURCES)
    return sources_of(bound(paths))
