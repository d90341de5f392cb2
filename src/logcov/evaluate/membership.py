"""Whether an emitter belongs to what a selector selects: yes, no, or maybe.

Maybe comes from labels that are missing or unread, from a lineage that breaks off, from emitters that could not
be listed, and from places of which nobody could tell all that they hold. It never drops anything: a would-be gap of a maybe-member is `unknown`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from logcov.coverage import Estate
from logcov.evaluate.held import holds
from logcov.inventory import Emitter, Scope, Unread
from logcov.policy import Clause, Condition, Selector
from logcov.selection.patterns import may_intersect
from logcov.selection.predicate import glob_matches


@dataclass(frozen=True, slots=True)
class Member:
    """`belongs` is None for maybe; then `why` says what is not known. `labels`: a label would tell."""

    belongs: bool | None
    why: str = ""
    labels: bool = False


YES = Member(belongs=True)
NO = Member(belongs=False)


def _all(members: Iterable[Member]) -> Member:
    maybe: Member | None = None
    for member in members:
        if member.belongs is False:
            return NO
        if member.belongs is None and maybe is None:
            maybe = member
    return maybe or YES


def _any(members: Iterable[Member]) -> Member:
    maybe: Member | None = None
    for member in members:
        if member.belongs is True:
            return YES
        if member.belongs is None and maybe is None:
            maybe = member
    return maybe or NO


def _not(member: Member) -> Member:
    return member if member.belongs is None else NO if member.belongs else YES


def _matches(patterns: Iterable[str], text: str) -> bool:
    return any(glob_matches(pattern, text) for pattern in patterns)


def _labelled(
    wanted: Condition, labels: Mapping[str, str] | Unread | None, whose: str, unlabelled: str
) -> Iterable[Member]:
    for name, values in wanted.items():
        if labels is None:
            yield NO
        elif isinstance(labels, Unread):
            yield Member(belongs=None, why=f"the labels of {whose} could not be read")
        elif name not in labels:
            missing = Member(belongs=None, why=f"{whose} has no label {name!r}", labels=True)
            yield NO if unlabelled == "out" else missing
        else:
            yield YES if _matches(values, labels[name]) else NO


def _under(estate: Estate, scope: str, tops: tuple[str, ...]) -> Member:
    lineage = estate.lineage(scope)
    if any(top in lineage.scopes for top in tops):
        return YES
    if lineage.open_end is not None:
        return Member(belongs=None, why=f"what is above {lineage.scopes[-1]} could not be read")
    return NO


def _is_store(estate: Estate, clause: Clause, emitter: Emitter) -> Member:
    """Whether the resource is one of these places and holds such records."""
    patterns = tuple(pattern for place in clause.stores for pattern in place.patterns)
    if not emitter.store or not _matches(patterns, emitter.store):
        return NO
    sure = holds(estate, emitter.store, patterns, clause.holding)
    if sure == "perhaps":
        return Member(belongs=None, why=f"what {emitter.store} holds could not all be read")
    return YES if sure == "yes" else NO


def _resource(estate: Estate, clause: Clause, emitter: Emitter) -> Iterable[Member]:
    unlisted = Member(belongs=None, why="the resources could not be listed")
    if clause.resource_ids:
        if emitter.resource == "*":
            yield unlisted
        else:
            yield (
                YES
                if emitter.resource is not None and _matches(clause.resource_ids, emitter.resource)
                else NO
            )
    if clause.resource_labels:
        if emitter.resource == "*":
            yield unlisted
        else:
            whose = emitter.resource or emitter.scope
            yield from _labelled(clause.resource_labels, emitter.labels, whose, clause.unlabelled)
    if clause.in_use is not None:
        if emitter.resource == "*":
            yield unlisted
        elif isinstance(emitter.in_use, Unread):
            yield Member(belongs=None, why=f"whether {emitter.resource} is in use could not be read")
        elif emitter.in_use is not None:
            yield YES if emitter.in_use is clause.in_use else NO
    if clause.stores:
        yield unlisted if emitter.resource == "*" else _is_store(estate, clause, emitter)


def _fits(estate: Estate, clause: Clause, emitter: Emitter) -> Member:
    def parts() -> Iterable[Member]:
        if clause.scopes:
            yield YES if _matches(clause.scopes, emitter.scope) else NO
        if clause.under:
            yield _under(estate, emitter.scope, clause.under)
        if clause.locations:
            if emitter.resource == "*" and emitter.location is None:
                yield Member(belongs=None, why="the locations could not be listed")
            else:
                yield (
                    YES
                    if emitter.location is not None and _matches(clause.locations, emitter.location)
                    else NO
                )
        if clause.labels:
            scope = estate.scopes.get(emitter.scope)
            if scope is None:
                yield Member(belongs=None, why=f"{emitter.scope} itself could not be read")
            else:
                yield from _labelled(clause.labels, scope.labels, emitter.scope, clause.unlabelled)
        yield from _resource(estate, clause, emitter)
        if clause.excepting:
            yield _not(belongs(estate, clause.excepting, emitter))

    return _all(parts())


def belongs(estate: Estate, selector: Selector, emitter: Emitter) -> Member:
    """Whether the emitter is selected. An empty selector selects everything."""
    if not selector:
        return YES
    return _any(_fits(estate, clause, emitter) for clause in selector)


def _apart(estate: Estate, top: str, container: str) -> bool:
    """Whether nothing below the container can be below `top` as well."""
    if top not in estate.scopes:
        return False
    lineage = estate.lineage(top)
    return lineage.open_end is None and container not in lineage.scopes


def _may_hold(estate: Estate, clause: Clause, container: Scope, ids: str) -> bool:
    lineage = estate.lineage(container.id)
    if ids and clause.labels:
        return False
    if clause.scopes:
        below = ids or f"{container.provider}:*"
        if not any(
            pattern not in estate.scopes and may_intersect(pattern, below) for pattern in clause.scopes
        ):
            return False
    if (
        clause.under
        and lineage.open_end is None
        and not any(top in lineage.scopes for top in clause.under)
        and all(
            not glob_matches(ids, top) if ids else _apart(estate, top, container.id) for top in clause.under
        )
    ):
        return False
    wholly_out = any(
        (
            set(lineage.scopes) & set(inner.under)
            and not (
                inner.scopes or inner.labels or inner.locations or inner.excepting or _of_resources(inner)
            )
        )
        or (ids and _matches(inner.scopes, ids) and inner == Clause(scopes=inner.scopes))
        for inner in clause.excepting
    )
    return not wholly_out


def _of_resources(clause: Clause) -> bool:
    return bool(clause.resource_ids or clause.resource_labels or clause.in_use is not None or clause.stores)


def may_hold(estate: Estate, selector: Selector, container: Scope, ids: str = "") -> bool:
    """Whether a scope below the container that nobody listed could be selected.

    `ids`: the pattern of the ids of such scopes, if they are of a kind that is listed apart.
    """
    return not selector or any(_may_hold(estate, clause, container, ids) for clause in selector)


def holds_all(estate: Estate, selector: Selector, container: str) -> bool:
    """Whether every scope below the container, listed or not, is surely selected."""
    above = set(estate.lineage(container).scopes)
    return not selector or any(
        above & set(clause.under) and clause == Clause(under=clause.under) for clause in selector
    )
