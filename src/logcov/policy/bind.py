"""Requirements, attestations and exemptions with every name in them bound, in the judge's terms."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from logcov.documents import Path, nearest
from logcov.policy.book import Book, PolicyFile
from logcov.policy.language import (
    ABOUT_RECORDS,
    ABOUT_STORES,
    TERMS,
    AttestationShape,
    ControlShape,
    ExemptionShape,
    HeadShape,
    LegShape,
    ReachShape,
    RequirementShape,
    TermsShape,
)
from logcov.policy.model import (
    Attestation,
    Control,
    Exemption,
    Leg,
    Logs,
    NotAssessed,
    Policy,
    PolicySet,
    Reach,
    RecordException,
    Requirement,
    Stores,
    Terms,
)
from logcov.policy.names import Names, check_dates, merged
from logcov.policy.sources import check_condition, matching
from logcov.selection.predicate import glob_matches

DEFAULT_LIMIT = 90
"""Days after which an exemption is warned of where no policy says otherwise."""

SENTENCES = "a requirement says either `logs`, with where they must `reach`, or `stores`, `holding` and `must` together"


def _asked(shape: TermsShape) -> list[str]:
    """The terms that the shape sets; `False` asks nothing."""
    return [word for word in TERMS if (value := getattr(shape, word)) is not None and value is not False]


def _terms(book: Book, file: PolicyFile, shape: TermsShape, path: Path) -> Terms:
    for word in ("searchable", "online"):
        days = getattr(shape, word)
        if days is not None and shape.retain is not None and days > shape.retain:
            message = f"records cannot be {word} for {days} days if they are kept for {shape.retain}"
            book.problem(file, (*path, word), message)
    return Terms(
        retain=shape.retain,
        online=shape.online,
        searchable=shape.searchable,
        immutable=shape.immutable,
        encrypted=shape.encrypted,
        validated=shape.validated,
        separate=shape.separate,
        private=shape.private,
        deletable_by=shape.deletable_by,
        delivered_within=shape.delivered_within,
        proven=shape.proven,
    )


def _reach(
    book: Book, names: Names, file: PolicyFile, shape: RequirementShape, path: Path, user: str
) -> Reach | None:
    asked, at = _asked(shape), (*path, "reach")
    if shape.reach is None:
        for word in asked:
            message = f"`{word}` says something of a copy, but the requirement has no `reach`"
            book.problem(file, (*path, word), message, at_key=True)
        return None
    if not isinstance(shape.reach, ReachShape):
        terms = _terms(book, file, shape, path)
        return Reach(
            mode="any",
            legs=(Leg(to=shape.reach, places=names.places(file, shape.reach, at, user), terms=terms),),
        )
    for word in asked:
        message = f"`{word}` may stand beside `reach` only if that is a single name; put it into the legs"
        book.problem(file, (*path, word), message, at_key=True)
    if bool(shape.reach.all) == bool(shape.reach.any):
        book.problem(file, at, "`reach` takes either `all` or `any`, with at least one place")
    mode, items = ("all", shape.reach.all) if shape.reach.all else ("any", shape.reach.any)
    legs: list[Leg] = []
    for index, item in enumerate(items):
        here: Path = (*at, mode, index)
        if isinstance(item, LegShape):
            places = names.places(file, item.to, (*here, "to"), user)
            legs.append(Leg(to=item.to, places=places, terms=_terms(book, file, item, here)))
        else:
            legs.append(Leg(to=item, places=names.places(file, item, here, user)))
    return Reach(mode="all" if mode == "all" else "any", legs=tuple(legs))


def _framework(book: Book, file: PolicyFile, given: str, path: Path) -> str:
    own = file.head.framework.id if file.head and file.head.framework else ""
    if not given and not own and file.head is not None:
        book.problem(file, path, "`framework` is missing: this file has none of its own")
    return given or own


def _controls(book: Book, file: PolicyFile, shapes: Sequence[ControlShape], path: Path) -> Iterator[Control]:
    for index, shape in enumerate(shapes):
        yield Control(
            framework=_framework(book, file, shape.framework, (*path, index)),
            id=shape.id,
            relation=shape.relation,
            because=shape.because,
            not_shown=shape.not_shown,
        )


def _stores(
    book: Book, names: Names, file: PolicyFile, shape: RequirementShape, path: Path, user: str
) -> Stores | None:
    """What the second sentence asks: these places, if they hold such records, must be like that."""
    said = ABOUT_STORES & shape.model_fields_set
    if not said:
        return None
    others = sorted(ABOUT_RECORDS & shape.model_fields_set)
    for word in others:
        message = f"`{word}` and `{min(said)}` belong to different sentences: {SENTENCES}"
        book.problem(file, (*path, word), message, at_key=True)
    lacking = [f"`{word}`" for word in ("stores", "must") if word not in said]
    if lacking and not others:
        verb = "is" if len(lacking) == 1 else "are"
        book.problem(file, path, f"{' and '.join(lacking)} {verb} missing: {SENTENCES}")
    must = shape.must or TermsShape()
    at = (*path, "must")
    if shape.must is not None and not _asked(must):
        book.problem(file, at, "must ask for something, such as {encrypted: customer-key}")
    if must.proven:
        book.problem(
            file, (*at, "proven"), "`proven` asks nothing here: stores are judged by what was read alone"
        )
    return Stores(
        named=shape.stores[0] if shape.stores else "",
        holding=names.written(shape.holding),
        places=names.all_places(file, shape.stores, (*path, "stores"), user),
        terms=_terms(book, file, must, at),
    )


def _instead(
    book: Book, names: Names, file: PolicyFile, shape: RequirementShape, path: Path
) -> tuple[Logs, ...]:
    instead = names.logs(file, shape.instead, (*path, "instead"))
    for logs in instead:
        if any(logs.pattern == own for own in shape.logs):
            message = f"`{logs.pattern}` is what the requirement asks for already"
            book.problem(file, (*path, "instead"), message)
    return instead


def _requirement(
    book: Book, names: Names, file: PolicyFile, index: int, shape: RequirementShape
) -> Requirement:
    path: Path = ("require", index)
    qualified = f"{file.name}:{shape.id}"
    stores = _stores(book, names, file, shape, path, qualified)
    if not shape.logs and stores is None:
        book.problem(file, path, "`logs` is missing")
    logs = (
        names.logs(file, shape.logs, (*path, "logs"))
        if stores is None
        else names.held(file, shape.holding, (*path, "holding"))
    )
    sources = matching(book.sources, (one.pattern for one in logs))
    check_condition(book, file, (*path, "only"), shape.only, sources)
    for number, exception in enumerate(shape.excepting):
        check_condition(book, file, (*path, "except", number, "records"), exception.records, sources)
    return Requirement(
        id=qualified,
        title=shape.title,
        logs=logs,
        only=shape.only,
        excepting=tuple(RecordException(records=one.records, because=one.because) for one in shape.excepting),
        where=names.selector(file, shape.where, (*path, "in"), qualified),
        reach=_reach(book, names, file, shape, path, qualified) if stores is None else None,
        instead=_instead(book, names, file, shape, path) if stores is None else (),
        sampled=shape.sampled if stores is None else None,
        stores=stores,
        severity=shape.severity,
        controls=tuple(_controls(book, file, shape.controls, (*path, "controls"))),
        notes=shape.notes,
        file=file.document.name,
        line=file.document.place(path)[0],
    )


def _attestation(
    book: Book, names: Names, file: PolicyFile, index: int, shape: AttestationShape
) -> Attestation:
    path: Path = ("attestations", index)
    check_dates(book, file, path, shape.starts, shape.expires)
    user = f"{file.name}, attestation {shape.id}"
    logs: tuple[Logs, ...] = names.logs(file, shape.logs, (*path, "logs"))
    sources = matching(book.sources, (one.pattern for one in logs))
    check_condition(book, file, (*path, "only"), shape.only, sources)
    if shape.to == "*":
        book.problem(file, (*path, "to"), "an attestation must say where the records arrive, not `*`")
    return Attestation(
        id=shape.id,
        logs=merged(book, file, (*path, "only"), shape.only, logs),
        where=names.selector(file, shape.where, (*path, "in"), user),
        to=None if shape.to is None else names.places(file, shape.to, (*path, "to"), user),
        by=shape.by,
        starts=shape.starts,
        expires=shape.expires,
        evidence=shape.evidence,
        file=file.document.name,
        line=file.document.place(path)[0],
    )


def _check_exempted(book: Book, file: PolicyFile, path: Path, pattern: str) -> None:
    """Complains of a requirement that its policy does not have; only warns if the policy was not given."""
    ids = [f"{one.name}:{shape.id}" for one in book.files for shape in one.requirements.values()]
    if any(glob_matches(pattern, one) for one in ids):
        return
    policy, colon, _ = pattern.partition(":")
    at: Path = (*path, "requirement")
    if not colon and "*" not in pattern:
        own = f"{file.name}:{pattern}"
        message = f"must be a qualified id, such as `{own if own in ids else 'cis-aws:4.7'}`"
        book.problem(file, at, message)
    elif "*" not in pattern and any(one.name == policy for one in book.files):
        if book.problems:  # the requirement may be one that has a problem of its own
            return
        book.problem(file, at, f"no requirement is called `{pattern}`{nearest(pattern, ids)}")
    else:
        book.warn(file, at, f"no requirement of the given policies matches `{pattern}`")


def _exemption(book: Book, names: Names, file: PolicyFile, index: int, shape: ExemptionShape) -> Exemption:
    path: Path = ("exemptions", index)
    check_dates(book, file, path, shape.starts, shape.expires)
    _check_exempted(book, file, path, shape.requirement)
    return Exemption(
        id=shape.id,
        requirement=shape.requirement,
        where=names.selector(file, shape.where, (*path, "in"), f"{file.name}, exemption {shape.id}"),
        accepts=frozenset(shape.accepts),
        reason=shape.reason,
        requested_by=shape.requested_by,
        owner=shape.owner,
        approved_by=shape.approved_by,
        compensating=shape.compensating,
        ticket=shape.ticket,
        starts=shape.starts,
        expires=shape.expires,
        file=file.document.name,
        line=file.document.place(path)[0],
    )


def _check_once(book: Book) -> None:
    """Complains of ids and policy names that stand twice."""
    first: dict[tuple[str, str], str] = {}

    def once(file: PolicyFile, kind: str, name: str, path: Path) -> None:
        if (kind, name) in first:
            book.problem(
                file, path, f"{kind} `{name}` stands here twice; the first is at {first[kind, name]}"
            )
            return
        line, _ = file.document.place(path)
        first[kind, name] = f"{file.document.name}:{line}"

    for file in book.files:
        once(file, "the policy", file.name, ("name",))
        sections: tuple[tuple[str, str, str, Mapping[int, Any]], ...] = (
            ("requirement", "require", f"{file.name}:", file.requirements),
            ("attestation", "attestations", "", file.attestations),
            ("exemption", "exemptions", "", file.exemptions),
        )
        for kind, section, prefix, shapes in sections:
            for index, shape in shapes.items():
                once(file, kind, f"{prefix}{shape.id}", (section, index, "id"))


def _needs(book: Book, file: PolicyFile, head: HeadShape) -> None:
    """Notes the names that the file says it needs and that nobody binds."""
    if head.needs is None:
        return
    wanted = (
        ("destination", "destinations", head.needs.destinations, [one.destinations for one in book.files]),
        ("scope", "scopes", head.needs.scopes, [one.scopes for one in book.files]),
    )
    for kind, key, names, bound in wanted:
        for index, name in enumerate(names):
            if not any(name in one for one in bound):
                book.need(kind, name, file.name, file, ("needs", key, index))


def _policy(book: Book, names: Names, file: PolicyFile, head: HeadShape) -> Policy:
    framework: dict[str, Any] = {}
    if head.framework is not None:
        given = head.framework.model_dump(exclude_unset=True)
        framework = {key: str(value) for key, value in given.items()}
    return Policy(
        name=file.name,
        title=head.title or file.name,
        owner=head.owner,
        path=file.document.name,
        sha256=file.document.sha256,
        framework=framework,
        requirements=tuple(
            _requirement(book, names, file, index, shape) for index, shape in file.requirements.items()
        ),
        not_assessed=tuple(
            NotAssessed(
                framework=_framework(book, file, one.framework, ("not_assessed", index)),
                id=one.id,
                because=one.because,
            )
            for index, one in enumerate(head.not_assessed)
        ),
        notes=head.notes,
    )


def bind(book: Book) -> PolicySet:
    """Binds all files of the book to each other. What is wrong goes into the book; then the result is of no use."""
    _check_once(book)
    heads = [(file, file.head or HeadShape(version=1, name="unreadable")) for file in book.files]
    for file, head in heads:
        _needs(book, file, head)
    names = Names(book)
    policies: list[Policy] = []
    limits: list[int] = []
    for file, head in heads:
        policies.append(_policy(book, names, file, head))
        if head.exemption_limit is not None:
            limits.append(head.exemption_limit)
    attestations = tuple(
        _attestation(book, names, file, index, shape)
        for file in book.files
        for index, shape in file.attestations.items()
    )
    exemptions = tuple(
        _exemption(book, names, file, index, shape)
        for file in book.files
        for index, shape in file.exemptions.items()
    )
    book.close()
    return PolicySet(
        policies=tuple(policies),
        attestations=attestations,
        exemptions=exemptions,
        exemption_limit=min(limits, default=DEFAULT_LIMIT),
        warnings=tuple(str(warning) for warning in sorted(set(book.warnings))),
    )
