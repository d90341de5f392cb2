"""The places whose resources could not be listed, and emitters for those that an inventory service names there."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from logcov.inventory import Emitter, Fact, Listing, LogSource, Reading, Scope, Unread
from logcov.providers.aws.accounts import ACCOUNT_PREFIX, DORMANT
from logcov.providers.aws.client import AwsPlace, AwsSession
from logcov.providers.aws.shortcuts.kinds import GLOBAL, KINDS, ROWS, Seen, known_as, sources_of

Where = tuple[str, str | None]
"""An account and a region; no region for log sources whose resources belong to none."""


@dataclass(frozen=True, slots=True)
class Unlisted:
    """Where resources of which log sources could not be listed."""

    accounts: Mapping[str, Scope]
    """Account → its scope, for those with any such place."""
    sources: frozenset[str]
    """The log sources that miss a listing somewhere."""
    _listed: frozenset[tuple[str, str, str | None]]
    _known: frozenset[tuple[str, str, str | None, str | None]]
    _regions: tuple[str, ...]

    def where(self, source: str, account: str, region: str) -> Where | None:
        """The place of a resource, if it was not listed there."""
        scope, row = self.accounts.get(account), ROWS[source]
        if scope is None or source not in self.sources:
            return None
        if not row.per_location:
            return None if self._is_listed(row, scope, None) else (account, None)
        location = region
        if location in {"", GLOBAL} or self._is_listed(row, scope, location):
            return None
        if isinstance(scope.locations, Unread):
            known = location in self._regions if self._regions else True
        else:
            known = scope.locations.get(location) is True
        return (account, location) if known else None

    def named_already(self, source: str, where: Where, resource: str) -> bool:
        """Whether an observer saw it before it failed."""
        return (source, ACCOUNT_PREFIX + where[0], where[1], resource) in self._known

    def types(self) -> tuple[str, ...]:
        """The types of resources that are looked for."""
        return tuple(name for name, kind in KINDS.items() if self.sources & set(kind.sources))

    def _is_listed(self, row: LogSource, scope: Scope, location: str | None) -> bool:
        return (row.emitters, scope.id, location) in self._listed or (
            row.emitters,
            scope.id,
            None,
        ) in self._listed


def unlisted(
    session: AwsSession, scopes: Sequence[Scope], facts: Sequence[Fact], sources: frozenset[str]
) -> Unlisted:
    """What could not be listed in the accounts of a target in which things are done, of the log sources asked for."""
    listed = frozenset((one.kind, one.at, one.location) for one in facts if isinstance(one, Listing))
    known = frozenset(
        (one.source, one.scope, one.location, one.resource) for one in facts if isinstance(one, Emitter)
    )
    accounts: dict[str, Scope] = {}
    missing: set[str] = set()
    for scope in scopes:
        working = isinstance(scope.state, str) and scope.state not in DORMANT
        if scope.kind != "aws.account" or not working or not scope.audited:
            continue
        lacking = {source for source in sources & ROWS.keys() if _lacks(ROWS[source], scope, listed)}
        if lacking:
            accounts[scope.id.removeprefix(ACCOUNT_PREFIX)] = scope
            missing |= lacking
    return Unlisted(accounts, frozenset(missing), listed, known, session.target.regions)


def _lacks(row: LogSource, scope: Scope, listed: frozenset[tuple[str, str, str | None]]) -> bool:
    if (row.emitters, scope.id, None) in listed:
        return False
    if not row.per_location:
        return True
    if isinstance(scope.locations, Unread):
        return True
    return any(
        (row.emitters, scope.id, location) not in listed for location, on in scope.locations.items() if on
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """An inventory service that answered: `call` and `via` are what readings say, `subject` what it was asked."""

    call: str
    via: str
    subject: str
    identity: str


def emitters(
    session: AwsSession, missing: Unlisted, service: Service, seen: Iterable[Seen]
) -> Iterator[Emitter]:
    """Emitters for what an inventory service names in places that could not be listed.

    One reading for each place says which service told of it, and the age of the oldest thing that it told of: nothing
    there is older. Tags are not taken over, since they may be others by now.
    """
    places: dict[Where, dict[tuple[str, str], Seen]] = {}
    for one in seen:
        resource = KINDS[one.type].resource(one)
        if resource is None:
            continue
        for source in sources_of(one):
            where = missing.where(source, one.account, one.region)
            if where is not None and not missing.named_already(source, where, resource):
                places.setdefault(where, {}).setdefault((source, resource), one)
    for where in sorted(places, key=lambda one: (one[0], one[1] or "")):
        account, location = where
        place = session.place(account, location)
        reading = session.ledger.read(
            service.call,
            place.about,
            location,
            # The answer itself may have been read at the same place: what is told there is another reading.
            subject=f"{service.via} {service.subject}",
            identity=service.identity,
            via=service.via,
            as_old_as=max(one.age for one in places[where].values()),
        )
        for (source, resource), one in sorted(places[where].items(), key=lambda item: item[0]):
            yield from _emitters(place, service, source, resource, one, reading)


def _emitters(
    place: AwsPlace, service: Service, source: str, resource: str, seen: Seen, reading: str
) -> Iterator[Emitter]:
    kind = KINDS[seen.type]
    name, values = kind.dimension
    store, others = known_as(seen, resource)
    labels = place.not_told(service.call, f"tags are not read from {service.via}", "tags")
    use = (
        place.not_told(service.call, f"whether it is in use is not read from {service.via}", "use")
        if kind.used
        else None
    )
    for value in values or (None,):
        yield Emitter(
            source=source,
            scope=place.about,
            location=place.region,
            resource=resource,
            dimensions={name: value} if value is not None else {},
            labels=labels,
            in_use=use,
            store=store,
            known_as=others,
            readings=(reading,),
        )


def identity_of(session: AwsSession, reading: str) -> str:
    """Who asked, by the reading of an answer."""
    return next((one.identity for one in session.ledger.named([reading]) if isinstance(one, Reading)), "")
