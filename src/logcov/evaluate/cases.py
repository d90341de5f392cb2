"""Everything that the verdict on one emitter depends on, put together: its ways, the legs, and what was vouched for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from logcov.coverage import Estate, known_fields, ways
from logcov.evaluate.legs import leg_ways
from logcov.evaluate.membership import belongs
from logcov.evaluate.sampling import accept_leg, accept_written
from logcov.evaluate.verdict import Case
from logcov.inventory import Emitter, LogSource
from logcov.policy import Attestation, Requirement
from logcov.selection import condition
from logcov.selection.decide import domains_of
from logcov.selection.predicate import Predicate, all_of, any_of, doubt, glob_matches, substitute


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What attestations, those in `names`, say to be written at one emitter; `lapsed` are those that no longer hold."""

    written: Predicate
    names: tuple[str, ...] = ()
    lapsed: tuple[tuple[str, Predicate], ...] = ()


def word_of(
    estate: Estate, attestations: Sequence[Attestation], source: LogSource, emitter: Emitter, as_of: date
) -> Word:
    """What somebody vouches to be written at the emitter."""
    fixed = known_fields(source, emitter)
    word: list[Predicate] = []
    names: set[str] = set()
    lapsed: list[tuple[str, Predicate]] = []
    for statement in attestations:
        if statement.to is not None:
            continue
        member = belongs(estate, statement.where, emitter)
        if member.belongs is False:
            continue
        for logs in statement.logs:
            if glob_matches(logs.pattern, source.id):
                spoken = condition(logs.only, source)
                if member.belongs is None:
                    spoken = all_of(spoken, doubt(f"{member.why}\n{statement.id}"))
                if statement.starts <= as_of <= statement.expires:
                    word.append(spoken)
                    names.add(statement.id)
                elif as_of > statement.expires:
                    lapsed.append((statement.id, substitute(spoken, fixed)))
    return Word(written=substitute(any_of(*word), fixed), names=tuple(sorted(names)), lapsed=tuple(lapsed))


def case_of(
    estate: Estate,
    attestations: Sequence[Attestation],
    requirement: Requirement,
    source: LogSource,
    emitter: Emitter,
    required: Predicate,
    as_of: date,
) -> Case:
    """The case of one emitter. `required` are the records that it is about, the emitter's own fields put in."""
    found = ways(estate, source, emitter)
    reach, percent = requirement.reach, requirement.sampled
    asks = [leg.terms.proven for leg in reach.legs] if reach is not None else [False]
    proven = all(asks) if reach is not None and reach.mode == "any" else any(asks)
    word = word_of(estate, () if proven else attestations, source, emitter, as_of)
    legs = [
        leg_ways(estate, leg, found, source, attestations, as_of)
        for leg in (reach.legs if reach is not None else ())
    ]
    if percent is not None:
        legs = [accept_leg(leg, found.generated, percent) for leg in legs]
        found = accept_written(found, percent)
    return Case(
        source=source,
        ways=found,
        asked=required,
        legs=tuple(legs),
        mode=reach.mode if reach is not None else "all",
        domains=domains_of(source),
        written_by_word=word.written,
        word=word.names,
        lapsed=word.lapsed,
    )
