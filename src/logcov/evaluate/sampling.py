"""The share of records that samples keep, and samples that a policy accepts as keeping all.

Rates multiply along one path. Those of several paths are not added up: nobody knows whether two samples keep the
same records.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product
from math import prod

from logcov.coverage import Check, Ways
from logcov.evaluate.legs import Candidate, LegWays
from logcov.selection.predicate import (
    FALSE,
    TRUE,
    And,
    Not,
    Or,
    Predicate,
    Sampled,
    all_of,
    any_of,
    doubt,
    doubts,
    leaves,
    number,
    opaque,
    rebuild,
    resolve,
)

ALL = Decimal(1)
NOTHING = Decimal(0)


def _senses(test: Predicate) -> dict[bytes, tuple[Sampled, set[bool]]]:
    """Sample → whether the predicate grows with it (True), or with its contrary (False), or both."""
    found: dict[bytes, tuple[Sampled, set[bool]]] = {}
    seen: set[tuple[bytes, bool]] = set()
    waiting: list[tuple[Predicate, bool]] = [(test, True)]
    while waiting:
        part, sense = waiting.pop()
        if (part.digest, sense) in seen:
            continue
        seen.add((part.digest, sense))
        match part:
            case Sampled():
                found.setdefault(part.digest, (part, set()))[1].add(sense)
            case Not():
                waiting.append((part.part, not sense))
            case And() | Or():
                waiting.extend((inner, sense) for inner in part.parts)
            case _:
                pass
    return found


def kept_share(tests: Iterable[Predicate]) -> Decimal:
    """The least share of records for which every sample of the tests turns out well; 0 where one is needed both ways.

    Each test counts for itself. Samples of one field may come from one hash: of those that keep and those that drop,
    what is kept is then what lies between.
    """
    shares: dict[str, Decimal] = {}
    kept: dict[str, Decimal] = {}
    dropped: dict[str, Decimal] = {}
    for test in tests:
        for sample, senses in _senses(test).values():
            rate = number(sample.rate)
            if rate is None or len(senses) > 1:
                return NOTHING
            about = sample.text
            if True in senses:
                shares[about] = shares.get(about, ALL) * rate
                kept[about] = min(rate, kept.get(about, ALL))
            else:
                shares[about] = shares.get(about, ALL) * (ALL - rate)
                dropped[about] = max(rate, dropped.get(about, NOTHING))
    for about in kept.keys() & dropped.keys():
        shares[about] = min(shares[about], max(NOTHING, kept[about] - dropped[about]))
    return prod(shares.values(), start=ALL)


def settled(test: Predicate) -> Predicate:
    """The test with each of its samples turned out well; only for tests whose share was accepted."""
    senses = _senses(test)
    return rebuild(
        test,
        lambda leaf: (
            (TRUE if True in senses[leaf.digest][1] else FALSE) if isinstance(leaf, Sampled) else leaf
        ),
    )


def _accepted(tests: Sequence[Predicate], percent: int) -> Predicate:
    """Whether the samples of all tests together keep enough: true, false, or a doubt.

    A sample that belongs to something doubtful, an interception that may not be there, counts only in one case.
    """
    wanted = Decimal(percent) / 100
    if kept_share(tests) >= wanted:
        return TRUE
    if kept_share([resolve(test, hopeful=True) for test in tests]) < wanted:
        return FALSE
    named = sorted({about for test in tests for about in doubts(test)})
    if named:
        return doubt(f"{named[0]} (share that is kept)")
    return opaque("sample", "how much it keeps depends on a part that cannot be decided")


def _samples(test: Predicate) -> bool:
    return any(isinstance(leaf, Sampled) for leaf in leaves(test))


def alternatives(test: Predicate) -> tuple[Predicate, ...]:
    """The predicate taken apart into alternatives, as far as samples make a difference between them.

    Each is a way of its own by which records are written: what another one keeps must not count against it.
    """
    if not _samples(test):
        return (test,)
    if isinstance(test, Or):
        apart = [part for part in test.parts if _samples(part)]
        whole = [part for part in test.parts if not _samples(part)]
        rest = (any_of(*whole),) if whole else ()
        return (*rest, *(one for part in apart for one in alternatives(part)))
    if isinstance(test, And):
        return tuple(all_of(*chosen) for chosen in product(*map(alternatives, test.parts)))
    return (test,)


def _each_way(test: Predicate, percent: int) -> Predicate:
    """The test with the samples of each of its alternatives settled that keeps enough by itself."""
    return any_of(
        *(any_of(way, all_of(settled(way), _accepted((way,), percent))) for way in alternatives(test))
    )


def accept_written(ways: Ways, percent: int) -> Ways:
    """The ways with samples at the origin settled that keep enough."""
    return replace(
        ways,
        generated=_each_way(ways.generated, percent),
        first_hops=_each_way(ways.first_hops, percent),
    )


def _accept_path(candidate: Candidate, written: Sequence[Predicate], percent: int) -> Iterator[Candidate]:
    """The candidate; and for each way of being written, one more if all samples together may keep enough."""
    tests = [check.test for check in candidate.checks]
    if not any(map(_samples, tests)):
        yield candidate
        return
    accepted = [(one, _accepted((one, *tests), percent)) for one in written]
    if any(enough is not TRUE for _, enough in accepted):
        yield candidate
    checks = tuple(replace(check, test=settled(check.test)) for check in candidate.checks)
    for one, enough in accepted:
        # Only what is written in this way keeps enough on this path.
        first = Check(
            reason="sampled",
            test=all_of(enough, settled(one) if len(written) > 1 else TRUE),
            cause=candidate.id,
            says="too few of these records are kept on this path",
        )
        if enough is not FALSE:
            yield replace(candidate, checks=checks if first.test is TRUE else (first, *checks))


def accept_leg(leg: LegWays, generated: Predicate, percent: int) -> LegWays:
    """The leg with its samples settled where they and those at the origin together keep enough.

    A way that might exist is taken to lose nothing more than what is known of it.
    """
    written = alternatives(generated)
    candidates = tuple(
        one for candidate in leg.candidates for one in _accept_path(candidate, written, percent)
    )
    unseen = tuple(
        (
            settled(test) if any(_accepted((one, test), percent) is not FALSE for one in written) else test,
            spot,
        )
        for test, spot in leg.unseen
    )
    return replace(leg, candidates=candidates, unseen=unseen)
