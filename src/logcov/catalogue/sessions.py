"""Opens a session for each target of a configuration."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol

from logcov.config import Config
from logcov.inventory import Fact, Ledger, Scope
from logcov.providers.calls import Patience


class Session(Protocol):
    """What every provider's session offers to whoever collects."""

    def scopes(self) -> Iterator[Fact]:
        """The target's scopes and, where they were found by listing, that they are all."""
        ...

    def at(self, scope: Scope, location: str | None) -> Any:
        """The place to observe from. Makes no call."""
        ...

    def close(self) -> None:
        """Lets go of connections and threads."""
        ...


def directly(session: Session) -> Session:
    """The session as one whose answers are all direct ones: itself, unless an inventory service stands in for some."""
    from logcov.providers.gcp.client import GcpSession

    return session.directly() if isinstance(session, GcpSession) else session


def again(session: Session, scope: Scope) -> Scope:
    """A scope that an inventory service told of, as its own answer tells of it."""
    from logcov.providers.gcp.client import GcpSession

    return session.again(scope) if isinstance(session, GcpSession) else scope


def open_sessions(config: Config, ledger: Ledger, patience: Patience) -> list[tuple[str, Session]]:
    """(provider, session) per target. Makes no call; missing credentials show at the first one.

    Each target has a patience of its own, so that one that throttles costs the others nothing; `stop` stays shared.
    """
    from logcov.providers.aws.client import AwsSession
    from logcov.providers.gcp.client import GcpSession
    from logcov.providers.okta.client import OktaSession
    from logcov.providers.workspace.client import WorkspaceSession

    def own() -> Patience:
        return replace(patience)

    google = [GcpSession(target, ledger, own()) for target in config.gcp]
    for session in google:
        session.all_targets = google
    sessions: list[tuple[str, Session]] = [("gcp", session) for session in google]
    sessions += [("aws", AwsSession(target, ledger, own())) for target in config.aws]
    sessions += [("okta", OktaSession(target, ledger, own())) for target in config.okta]
    sessions += [("workspace", WorkspaceSession(target, ledger, own())) for target in config.workspace]
    return sessions


def targets_of(config: Config, sessions: Sequence[tuple[str, Session]]) -> list[object]:
    """The target of each session: those of one provider are opened in the order of its targets."""
    left = {provider: iter(getattr(config, provider)) for provider, _ in sessions}
    return [next(left[provider]) for provider, _ in sessions]
