"""Decides: is there a record that satisfies a predicate, and does one predicate let through all that another asks for.

`find` answers with a record, with a proof that there is none, or that it could not tell. `decide` asks it what is
lost and what is kept. Both are functions of their arguments alone; work is counted in steps, never in seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from logcov.inventory.rows import Field
from logcov.selection.branch import Search
from logcov.selection.budget import Budget, OutOfSteps
from logcov.selection.clauses import clauses_of
from logcov.selection.domains import Domains, domains_of, field_of, simplify
from logcov.selection.predicate import (
    Atom,
    Doubt,
    Leaf,
    Opaque,
    Predicate,
    Value,
    all_of,
    holds,
    leaves,
    negate,
    resolve,
)

__all__ = ["STEPS", "Decision", "Domains", "Found", "Refuted", "Undecided", "decide", "domains_of", "find"]

STEPS = 50_000
"""How much work one question may take, unless told otherwise: about half a second."""


@dataclass(frozen=True, slots=True)
class Found:
    """A record that satisfies the predicate; it was replayed.

    Attributes:
        record: what each field holds; a field that is not in it is absent, or may be what it likes.
        assumed: the outcomes, by digest, of samples, doubts and opaque parts with which it does.
    """

    record: Mapping[str, Value]
    assumed: Mapping[bytes, bool]


@dataclass(frozen=True, slots=True)
class Refuted:
    """A proof: no record satisfies the predicate, whatever its samples, doubts and opaque parts turn out to be."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """Neither; `because` is for a person."""

    because: str


Outcome = Found | Refuted | Undecided
Verdict = Literal["ALL", "SOME", "NONE", "UNKNOWN"]


@dataclass(frozen=True, slots=True)
class Decision:
    """How much of what is required is carried.

    Attributes:
        verdict: `ALL` and `NONE` are proofs. `SOME` rests on the two witnesses. Else `UNKNOWN`.
        lost: a required record that is not carried, whatever the doubts and opaque parts; None if none is known.
        kept: a required record that is carried, likewise.
        because: what decides, for a person; empty where the verdict and its witnesses say it all.
        open: the doubts and opaque parts that decide, where the verdict is `UNKNOWN` for them.
    """

    verdict: Verdict
    lost: Found | None
    kept: Found | None
    because: str
    open: tuple[Leaf, ...] = ()


def find(predicate: Predicate, domains: Domains, *, steps: int = STEPS) -> Outcome:
    """A record that satisfies the predicate, or the proof that there is none.

    Samples, doubts and opaque parts are free: a record counts if it satisfies the predicate under some outcome of
    them, and the proof covers every outcome. Equal ones have equal outcomes.

    Args:
        predicate: of which a record is sought.
        domains: what its fields can hold. A field that is not among them may be missing or hold several texts.
        steps: how much work may be done.
    """
    names = sorted({leaf.field for leaf in leaves(predicate) if isinstance(leaf, Atom)})
    fields = {name: field_of(domains, name) for name in names}
    clauses = clauses_of(simplify(predicate, fields))
    budget = Budget(steps)
    try:
        search = Search(clauses, fields, budget, several=False)
        found = search.run()
        if found is None and search.narrowed:
            # Records with one value in each field are more natural, so those that need more come second.
            search = Search(clauses, fields, budget, several=True)
            found = search.run()
    except OutOfSteps:
        return Undecided(f"it takes more than {steps} steps")
    if found is not None:
        return _replayed(predicate, *found)
    return Undecided(search.unsure) if search.unsure else Refuted()


def _replayed(predicate: Predicate, record: Mapping[str, Value], assumed: Mapping[bytes, bool]) -> Outcome:
    """The record, once it was seen to satisfy the predicate."""
    outcome = holds(predicate, record, assumed)
    if outcome is None:
        # The search left parts open that cancel out, such as `x or not x`. Any outcome will do for those.
        free = {leaf.digest: False for leaf in leaves(predicate) if not isinstance(leaf, Atom)}
        assumed = {**free, **assumed}
        outcome = holds(predicate, record, assumed)
    return (
        Found(record, assumed) if outcome else Undecided(f"the record {dict(record)} did not stand the test")
    )


def decide(required: Predicate, carried: Predicate, domains: Domains, *, steps: int = STEPS) -> Decision:
    """How much of what is required is carried: all, some, none, or that it cannot be told.

    A loss is certain if doubts and opaque parts can be what they like: `carried` counts with the most that it may let
    through, `required` with the least that it may ask for. All is proven only if no outcome of them loses a record.
    A sample's outcome belongs to the record: what it may lose is lost.

    Args:
        required: the records that are asked for.
        carried: the records that arrive.
        domains: what their fields can hold.
        steps: how much work each of the up to four questions may take.
    """
    names = {leaf.field for part in (required, carried) for leaf in leaves(part) if isinstance(leaf, Atom)}
    known = tuple((name, domains[name]) for name in sorted(names) if name in domains)
    return _decide(required, carried, known, steps)


@lru_cache(maxsize=8192)
def _decide(
    required: Predicate, carried: Predicate, known: tuple[tuple[str, Field], ...], steps: int
) -> Decision:
    """Predicates are hash-consed, and compare by identity: the cache holds on to those that it knows."""
    domains = dict(known)
    sure = resolve(required, hopeful=False)

    def both(certain: Predicate, possible: Predicate) -> tuple[Outcome, Outcome]:
        """A certain record, and a possible one."""
        first = find(certain, domains, steps=steps)
        if isinstance(first, Found) or certain is possible:
            return first, first
        return first, find(possible, domains, steps=steps)

    lost, may_lose = both(
        all_of(sure, negate(resolve(carried, hopeful=True))), all_of(required, negate(carried))
    )
    kept, may_keep = both(all_of(sure, resolve(carried, hopeful=False)), all_of(required, carried))
    certain_loss = lost if isinstance(lost, Found) else None
    certain_gain = kept if isinstance(kept, Found) else None
    if isinstance(may_lose, Refuted):
        nothing = "no record is asked for" if isinstance(may_keep, Refuted) else ""
        return Decision("ALL", None, certain_gain, nothing)
    if certain_loss and certain_gain:
        return Decision("SOME", certain_loss, certain_gain, "")
    if certain_loss and isinstance(may_keep, Refuted):
        return Decision("NONE", certain_loss, None, "")
    undecidable = {leaf.digest: leaf for part in (required, carried) for leaf in leaves(part)}
    open_questions = (
        [] if certain_loss else [lost, may_lose],
        [] if certain_gain or isinstance(may_keep, Refuted) else [kept, may_keep],
    )
    reasons = [
        reason
        for outcomes in open_questions
        for outcome in outcomes
        for reason in _reasons(outcome, undecidable)
    ]
    left = {
        digest: undecidable[digest]
        for outcomes in open_questions
        for outcome in outcomes
        if isinstance(outcome, Found)
        for digest in outcome.assumed
        if isinstance(undecidable[digest], Opaque | Doubt)
    }
    return Decision(
        "UNKNOWN", certain_loss, certain_gain, "; ".join(dict.fromkeys(reasons)), tuple(left.values())
    )


def _reasons(outcome: Outcome, undecidable: Mapping[bytes, Leaf]) -> list[str]:
    """What keeps an outcome from being certain."""
    if isinstance(outcome, Undecided):
        return [outcome.because]
    if isinstance(outcome, Refuted):
        return []
    named: list[str] = []
    for digest in outcome.assumed:
        match undecidable[digest]:
            case Opaque() as leaf:
                named.append(f"{leaf.because}: {leaf.text}" if leaf.text else leaf.because)
            case Doubt() as leaf:
                named.append(f"not read: {leaf.about}")
            case _:
                pass
    return named
