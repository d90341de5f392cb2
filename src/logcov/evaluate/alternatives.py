"""Other log sources that count in place of a requirement's own (`instead`)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from logcov.coverage import Estate, known_fields
from logcov.evaluate.asking import shape_of
from logcov.evaluate.population import unlisted_emitters
from logcov.evaluate.verdict import Verdict
from logcov.inventory import Emitter, LogSource
from logcov.policy import Logs
from logcov.selection import condition
from logcov.selection.fields import find
from logcov.selection.predicate import FALSE, Predicate, all_of, glob_matches, substitute

Judge = Callable[[LogSource, Emitter, Predicate], Verdict]
"""The verdict on these records of an emitter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitute:
    """What one other log source comes to at one place.

    `verdicts` are those of its emitters there; `unlisted` are the blind spots behind which there may be more.
    """

    source: LogSource
    verdicts: tuple[tuple[Emitter, Verdict], ...]
    unlisted: tuple[str, ...]

    @property
    def first(self) -> tuple[Emitter, Verdict] | None:
        """The emitter that decides: what is lost before what is unknown before what is covered."""
        order = {"gap": 0, "unknown": 1, "covered": 2}
        return min(self.verdicts, key=lambda one: order[one[1].status], default=None)

    @property
    def answer(self) -> Literal["covered", "gap", "unknown"]:
        """Covered if all that it writes there is; a gap if any of it is lost, or there is nothing."""
        first = self.first
        if first is not None and first[1].status == "gap":
            return "gap"
        if self.unlisted or (first is not None and first[1].status == "unknown"):
            return "unknown"
        return "covered" if first is not None else "gap"

    @property
    def says(self) -> str:
        """Why it does not count."""
        return self.first[1].says if self.first is not None else "it writes nothing there"

    @property
    def blind_spots(self) -> tuple[str, ...]:
        """What an unknown waits for."""
        return (*self.unlisted, *(spot for _, verdict in self.verdicts for spot in verdict.blind_spots))


def _same_place(emitter: Emitter, other: Emitter) -> bool:
    return emitter.scope == other.scope and (
        emitter.location is None or other.location in {None, emitter.location}
    )


def _named(source: LogSource, emitter: Emitter) -> Predicate:
    """The records that are about this very resource, as far as the source's fields tell."""
    return condition(
        {name: (pattern,) for name, pattern in emitter.known_as.items() if find(name, source)[1] is not None},
        source,
    )


def substitutes(
    estate: Estate, instead: Sequence[Logs], emitter: Emitter, judge: Judge
) -> tuple[Substitute, ...]:
    """What every other log source comes to at the emitter's scope and location."""
    found: list[Substitute] = []
    for logs in instead:
        for name in sorted(estate.sources):
            if not glob_matches(logs.pattern, name):
                continue
            source = estate.sources[name]
            asked = all_of(shape_of(source), condition(logs.only, source), _named(source, emitter))
            verdicts: list[tuple[Emitter, Verdict]] = []
            for other in estate.emitters_of.get((name, emitter.scope), ()):
                required = substitute(asked, known_fields(source, other))
                if required is FALSE or other.not_applicable or not _same_place(emitter, other):
                    continue
                verdict = judge(source, other, required)
                if verdict.status != "not-applicable":
                    verdicts.append((other, verdict))
            unlisted = [
                blind
                for other, blind in unlisted_emitters(estate, source, emitter.scope)
                if _same_place(emitter, other) or other.location is None
            ]
            found.append(Substitute(source=source, verdicts=tuple(verdicts), unlisted=tuple(unlisted)))
    return tuple(found)


def with_substitutes(own: Verdict, others: Sequence[Substitute]) -> Verdict:
    """The verdict once other log sources count: covered by any, a gap only if none may, in the words of its own."""
    for other in others:
        if other.answer == "covered" and other.first is not None:
            writer, verdict = other.first
            return replace(
                verdict,
                told=f"Its own records are not covered, but those of {other.source.id}, which count instead, are",
                alone=False,
                writer=writer,
                row=other.source,
            )
    because = "; ".join(f"nor do those of {other.source.id} count instead: {other.says}" for other in others)
    open_ones = [other for other in others if other.answer == "unknown"]
    if own.status == "gap" and not open_ones:
        return replace(own, says=f"{own.says}; {because}" if because else own.says)
    spots = {*own.blind_spots, *(spot for other in open_ones for spot in other.blind_spots)}
    if own.status == "unknown":
        return replace(own, blind_spots=tuple(sorted(spots)))
    names = " or ".join(other.source.id for other in open_ones)
    first = open_ones[0].first
    why = first[1] if first is not None and first[1].status == "unknown" else None
    named = tuple(sorted(spots))
    return replace(
        own,
        status="unknown",
        reason="blind-spot" if named or why is None else why.reason,
        extent=None,
        cause=named[0].lstrip("!") if named or why is None else why.cause,
        says=f"its own records are not covered, and whether those of {names} count instead"
        + ("" if named or why is None else f": {why.says}"),
        check=None,
        blind_spots=named,
    )
