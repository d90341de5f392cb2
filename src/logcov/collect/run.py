"""A collection from its first call to its inventory, also where it is interrupted."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from logcov import __version__
from logcov.catalogue import (
    DESTINATION_KINDS,
    HOP_KINDS,
    SOURCES,
    Session,
    open_sessions,
    remedies_for,
    targets_of,
)
from logcov.collect.again import SecondLook, look_again
from logcov.collect.crew import Crew, Report, no_report
from logcov.collect.tasks import Sample, destination_tasks, observer_tasks, scope_tasks, shortcut_tasks
from logcov.config import Config
from logcov.inventory import Fact, Header, Inventory, Ledger, Scope, utc_now
from logcov.inventory.file import ordered
from logcov.inventory.journal import Journal
from logcov.providers.calls import Patience

DEPTH = 6
"""Waves of destinations: a store behind a stream behind a router behind a sink is four."""


def shown_targets(config: Config) -> tuple[Mapping[str, str], ...]:
    """What was asked to be audited, without anything that could be secret."""
    lines: list[Mapping[str, str]] = []
    for gcp in config.gcp:
        what = gcp.organization or gcp.folder or ", ".join(gcp.projects)
        lines.append({"provider": "gcp", "target": what})
    for aws in config.aws:
        what = "organization" if aws.organization else ", ".join(aws.accounts) or "the caller's account"
        lines.append({"provider": "aws", "target": what})
    lines += [{"provider": "okta", "target": okta.org_url} for okta in config.okta]
    lines += [{"provider": "workspace", "target": one.customer} for one in config.workspace]
    return tuple(lines)


def question(config: Config, sources: frozenset[str]) -> Mapping[str, object]:
    """What a collection asks, and as whom: two that ask the same may share a journal. Secrets are in no config.

    Where a server on loopback listens does not matter.
    """
    kinds: tuple[Sequence[Any], ...] = (config.gcp, config.aws, config.okta, config.workspace)
    targets = [{**asdict(target), "endpoint": bool(target.endpoint)} for kind in kinds for target in kind]
    return {"tool": __version__, "targets": targets, "sources": sorted(sources)}


def collect(
    config: Config,
    sources: frozenset[str],
    *,
    report: Report = no_report,
    patience: Patience | None = None,
    journal: Journal | None = None,
    sample: Sample | None = None,
    second_look: SecondLook | None = None,
) -> Inventory:
    """Reads everything that verdicts about these log sources need.

    With a `journal`, every task is written down as it ends, and those that an earlier run ended are taken from it.
    Scopes are found anew in every run. With a `sample`, only that part is read. Where answers of an inventory service
    stood in for direct ones, `second_look` says which places to read again directly.

    Never raises for what could not be read: that becomes blind spots. On an interrupt (Ctrl-C) it stops at
    once and gives what it has, with a header that is not `complete`.
    """
    started = utc_now()
    ledger = Ledger()
    patience = patience or Patience()
    crew = Crew(ledger, patience, report, journal)
    sessions = open_sessions(config, ledger, patience)
    complete = True

    def inventory(*, complete: bool) -> Inventory:
        header = Header(
            tool=f"logcov {__version__}",
            started_at=started,
            finished_at=utc_now(),
            targets=shown_targets(config),
            identities=ledger.identities(),
            sources=SOURCES,
            hop_kinds=HOP_KINDS,
            destination_kinds=DESTINATION_KINDS,
            remedies=remedies_for(provider for provider, _ in sessions),
            complete=complete,
        )
        # Facts first: after an interrupt workers may still note readings, but no fact may lack its own.
        found = crew.facts
        return Inventory(header=header, facts=ordered([*ledger.readings(), *ledger.blind_spots(), *found]))

    try:
        answers = crew.wave("finding scopes", scope_tasks(sessions))
        facts = _follow(crew, sessions, answers, sources, sample)
        if second_look is not None and ledger.indirect():
            look_again(
                crew,
                sessions,
                answers,
                lambda: second_look(inventory(complete=True)),
                lambda: _follow(crew, sessions, answers, sources, sample),
            )
        _ask_shortcuts(
            crew, sessions, targets_of(config, sessions), _looked_at(answers, sample), facts, sources
        )
    except KeyboardInterrupt:
        complete = False
        crew.stop()
        # Answers may still be on their way: nobody waits for them, but somebody tidies up.
        threading.Thread(target=_leave, args=(crew, sessions), daemon=True).start()
    except BaseException:
        crew.stop()
        threading.Thread(target=_leave, args=(crew, sessions), daemon=True).start()
        raise
    else:
        _leave(crew, sessions)
    return inventory(complete=complete)


def _leave(crew: Crew, sessions: Sequence[tuple[str, Session]]) -> None:
    """Closes the sessions once no worker needs them."""
    crew.dismiss()
    for _, session in sessions:
        session.close()


def _looked_at(answers: Sequence[Sequence[Fact]], sample: Sample | None) -> list[list[Scope]]:
    """The scopes of each session that are looked at: observers run with the session that found the scope."""
    found = [[fact for fact in answer if isinstance(fact, Scope)] for answer in answers]
    return [sample.of(scopes) for scopes in found] if sample else found


def _follow(
    crew: Crew,
    sessions: Sequence[tuple[str, Session]],
    answers: Sequence[Sequence[Fact]],
    sources: frozenset[str],
    sample: Sample | None,
) -> list[Fact]:
    """Reads everything from the scopes on, and gives all that was found."""
    facts = [fact for answer in answers for fact in answer]
    observers = observer_tasks(sessions, _looked_at(answers, sample), sources, sample)
    for answer in crew.wave("reading what is logged", observers):
        facts += answer
    done: dict[str, frozenset[str]] = {}
    for depth in range(DEPTH):
        tasks = destination_tasks(sessions, facts, done)
        if not tasks:
            break
        phase = "reading destinations" if depth == 0 else "following records onward"
        for answer in crew.wave(phase, tasks):
            facts += answer
    return facts


def _ask_shortcuts(
    crew: Crew,
    sessions: Sequence[tuple[str, Session]],
    targets: Sequence[object],
    scopes: Sequence[Sequence[Scope]],
    facts: Sequence[Fact],
    sources: frozenset[str],
) -> None:
    """Asks inventory services about what could not be listed. What they name is no reason to read anything more."""
    tasks = shortcut_tasks(sessions, targets, scopes, tuple(facts), sources)
    if tasks:
        crew.wave("asking inventory services", tasks)
