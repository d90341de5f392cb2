"""What names mean: log groups within a file, scopes and destinations across all files."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from logcov.documents import Path
from logcov.policy.book import Book, LogItems, PolicyFile, SelectorItems
from logcov.policy.language import NAME, AttestedShape, ClauseShape, DestinationShape, LogsShape
from logcov.policy.model import Clause, Condition, Logs, Place, Selector, Vouched
from logcov.policy.sources import check_condition, check_pattern, matching

ANYWHERE = Place(name="*", patterns=("*",))
"""Any store that is an end."""

ANY = Logs(pattern="*")
"""Records of any log source that was read."""

MAX_CHAIN = 50
"""How many names may name each other in a row: binding calls itself, and the stack is bounded."""


def check_dates(book: Book, file: PolicyFile, path: Path, starts: object, expires: object) -> None:
    """Complains of something that expires before it begins. Dates come as `datetime.date`."""
    if str(expires) < str(starts):  # ISO dates sort as text
        book.problem(file, (*path, "expires"), f"expires before it begins ({starts})")


def merged(
    book: Book, file: PolicyFile, path: Path, outer: Condition, inner: Sequence[Logs]
) -> tuple[Logs, ...]:
    """Log items narrowed once more. One field cannot be narrowed twice: that would need both at once."""
    for logs in inner:
        for key in sorted(outer.keys() & logs.only.keys()):
            if tuple(outer[key]) != logs.only[key]:
                message = (
                    f"`{key}` is narrowed already by what `{logs.pattern}` comes from; use other log sources"
                )
                book.problem(file, (*path, key), message, at_key=True)
    return tuple(Logs(pattern=logs.pattern, only={**logs.only, **outer}) for logs in inner)


class Names:
    """Finds what names stand for. Each name is bound once, and complained of once, whoever uses it."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self._groups: dict[tuple[int, str], tuple[Logs, ...]] = {}
        self._scopes: dict[str, Selector] = {}
        self._places: dict[str, tuple[Place, ...]] = {}
        self._open: list[tuple[str, str]] = []
        self._scope_files = self._bound_in("scopes", [(file, file.scopes) for file in book.files])
        self._place_files = self._bound_in("destinations", [(file, file.destinations) for file in book.files])
        self._bind_all()

    def _bound_in(
        self, section: str, sections: Sequence[tuple[PolicyFile, Mapping[str, object]]]
    ) -> dict[str, PolicyFile]:
        found: dict[str, PolicyFile] = {}
        for file, names in sections:
            for name in names:
                self._check_name(file, (section, name), name, dots=True)
                if name in found:
                    first = found[name].document
                    line, _ = first.place_of_key((section, name))
                    message = f"`{name}` is bound twice; the first is at {first.name}:{line}"
                    self.book.problem(file, (section, name), message, at_key=True)
                else:
                    found[name] = file
        return found

    def _check_name(self, file: PolicyFile, path: Path, name: str, *, dots: bool) -> None:
        if not NAME.fullmatch(name) or ("." in name and not dots):
            letters = "letters, digits, `-`, `_`" + (" and `.`" if dots else "")
            self.book.problem(file, path, f"the name `{name}` must be made of {letters}", at_key=True)

    def _bind_all(self) -> None:
        """Binds names that nobody uses, too: what is wrong in them is wrong all the same."""
        for file in self.book.files:
            for name in file.log_groups:
                self._check_name(file, ("log_groups", name), name, dots=False)
                self._group(file, name, ("log_groups", name))
            for name in file.scopes:
                self._scope(file, name, ("scopes", name), "")
            for name in file.destinations:
                self._place(file, name, ("destinations", name), "")

    @contextmanager
    def _opened(self, kind: str, name: str, file: PolicyFile, path: Path) -> Iterator[bool]:
        """False, with a problem noted, inside of the binding of the same name, or of too many others."""
        step = (kind, name)
        if step in self._open:
            ring = [one for _, one in self._open[self._open.index(step) :]]
            self.book.problem(file, path, f"`{name}` names itself: {' → '.join([*ring, name])}")
            yield False
            return
        if len(self._open) >= MAX_CHAIN:
            self.book.problem(
                file, path, f"names that name other names, more than {MAX_CHAIN} deep, end here"
            )
            yield False
            return
        self._open.append(step)
        yield True
        self._open.pop()

    # --- Log sources ------------------------------------------------------------------------------------

    def logs(self, file: PolicyFile, items: LogItems, path: Path) -> tuple[Logs, ...]:
        """The log sources that a list of ids, globs, group names and narrowed items means."""
        found: list[Logs] = []
        for index, item in enumerate(items):
            at = (*path, index)
            if isinstance(item, LogsShape):
                inner = self.logs(file, item.logs, (*at, "logs"))
                sources = matching(self.book.sources, (logs.pattern for logs in inner))
                check_condition(self.book, file, (*at, "only"), item.only, sources)
                found.extend(merged(self.book, file, (*at, "only"), item.only, inner))
            elif item in file.log_groups:
                found.extend(self._group(file, item, at))
            else:
                check_pattern(self.book, file, at, item)
                found.append(Logs(pattern=item))
        return tuple(found)

    @staticmethod
    def written(items: LogItems) -> str:
        """The first of the log items as its author wrote it; `*` where nothing was said."""
        for item in items:
            return item if isinstance(item, str) else item.logs[0]
        return ANY.pattern

    def held(self, file: PolicyFile, items: LogItems, path: Path) -> tuple[Logs, ...]:
        """What stores must hold to be meant; where nothing was said, records of any kind."""
        return self.logs(file, items, path) if items else (ANY,)

    def _group(self, file: PolicyFile, name: str, path: Path) -> tuple[Logs, ...]:
        key = (id(file), name)
        if key not in self._groups:
            items = file.log_groups[name]
            with self._opened(f"log group {id(file)}", name, file, path) as first:
                if items is None or not first:
                    return ()
                self._groups[key] = self.logs(file, items, ("log_groups", name))
        return self._groups[key]

    # --- Scopes -----------------------------------------------------------------------------------------

    def selector(self, file: PolicyFile, items: SelectorItems, path: Path, user: str) -> Selector:
        """The clauses that a list of names and selectors means. `user` is who needs the names."""
        found: list[Clause] = []
        for index, item in enumerate(items):
            at = (*path, index)
            if isinstance(item, ClauseShape):
                found.append(self._clause(file, item, at, user))
            elif ":" in item or "*" in item:
                message = f'a name or a selector is expected here; did you mean {{scopes: ["{item}"]}}?'
                self.book.problem(file, at, message)
            else:
                found.extend(self._scope(file, item, at, user))
        return tuple(found)

    def _scope(self, file: PolicyFile, name: str, path: Path, user: str) -> Selector:
        owner = self._scope_files.get(name)
        if owner is None:
            self.book.need("scope", name, user, file, path)
            return ()
        if name not in self._scopes:
            items = owner.scopes[name]
            with self._opened("scope", name, file, path) as first:
                if items is None or not first:
                    return ()
                self._scopes[name] = self.selector(
                    owner, items, ("scopes", name), f"{owner.name}, scope {name}"
                )
        return self._scopes[name]

    def _clause(self, file: PolicyFile, shape: ClauseShape, path: Path, user: str) -> Clause:
        if not shape.model_fields_set - {"unlabelled"}:
            self.book.problem(file, path, 'this selects everything; if that is meant, write {scopes: ["*"]}')
        for index, pattern in enumerate(shape.scopes):
            self.book.prefix(file, (*path, "scopes", index), pattern)
        for index, scope in enumerate(shape.under):
            if "*" in scope:
                message = "`under` takes ids of scopes, not patterns"
                self.book.problem(file, (*path, "under", index), message)
            else:
                self.book.prefix(file, (*path, "under", index), scope)
        resources = shape.resources
        at: Path = (*path, "resources")
        if resources is not None and not resources.model_fields_set:
            self.book.problem(file, at, "must not be empty")
        if resources is not None and resources.holding and not resources.stores:
            message = "`holding` says what `stores` hold, which is missing here"
            self.book.problem(file, (*at, "holding"), message, at_key=True)
        return Clause(
            scopes=shape.scopes,
            under=shape.under,
            labels=shape.labels,
            unlabelled=shape.unlabelled,
            locations=shape.locations,
            resource_ids=resources.ids if resources else (),
            resource_labels=resources.labels if resources else {},
            in_use=resources.in_use if resources else None,
            stores=self.all_places(file, resources.stores, (*at, "stores"), user) if resources else (),
            holding=self.held(file, resources.holding, (*at, "holding"))
            if resources and resources.stores
            else (),
            excepting=self.selector(file, shape.excepting, (*path, "except"), user),
        )

    # --- Destinations -----------------------------------------------------------------------------------

    def places(self, file: PolicyFile, to: str, path: Path, user: str) -> tuple[Place, ...]:
        """The places that a name or a pattern means; `*` is any store that is an end."""
        if to == "*":
            return (ANYWHERE,)
        if _is_pattern(to):
            self.book.prefix(file, path, to)
            return (Place(name=to, patterns=(to,)),)
        return self._place(file, to, path, user)

    def all_places(self, file: PolicyFile, items: Sequence[str], path: Path, user: str) -> tuple[Place, ...]:
        """The places that any of several names and patterns mean."""
        return tuple(
            place
            for index, item in enumerate(items)
            for place in self.places(file, item, (*path, index), user)
        )

    def _place(self, file: PolicyFile, name: str, path: Path, user: str) -> tuple[Place, ...]:
        owner = self._place_files.get(name)
        if owner is None:
            self.book.need("destination", name, user, file, path)
            return ()
        if name not in self._places:
            doors = owner.destinations[name]
            with self._opened("destination", name, file, path) as first:
                if doors is None or not first:
                    return ()
                at = ("destinations", name)
                if isinstance(doors, DestinationShape):
                    self._places[name] = (self._vouched_place(owner, name, doors, at),)
                else:
                    self._places[name] = self._listed_places(owner, name, doors, at)
        return self._places[name]

    def _vouched_place(self, file: PolicyFile, name: str, shape: DestinationShape, path: Path) -> Place:
        for index, pattern in enumerate(shape.at):
            at = (*path, "at", index)
            if _is_pattern(pattern):
                self.book.prefix(file, at, pattern)
            else:
                message = "`at` takes ids of destinations, or patterns of them, such as `aws:s3/acme-trail`"
                self.book.problem(file, at, message)
        vouched = None
        if shape.attested is not None:
            vouched = self._vouched(file, shape.attested, (*path, "attested"))
        return Place(name=name, patterns=shape.at, vouched=vouched)

    def _vouched(self, file: PolicyFile, shape: AttestedShape, path: Path) -> Vouched:
        check_dates(self.book, file, path, shape.starts, shape.expires)
        facts = shape.facts
        for word, days in (("online", facts.online), ("searchable", facts.searchable)):
            if days is not None and facts.retain is not None and days > facts.retain:
                message = f"records cannot be {word} for {days} days if they are kept for {facts.retain}"
                self.book.problem(file, (*path, "facts", word), message)
        return Vouched(
            retain=facts.retain,
            online=facts.online,
            searchable=facts.searchable,
            immutable=facts.immutable,
            encrypted=facts.encrypted,
            validated=facts.validated,
            separate=facts.separate,
            private=facts.private,
            by=shape.by,
            starts=shape.starts,
            expires=shape.expires,
            evidence=shape.evidence,
        )

    def _listed_places(
        self, file: PolicyFile, name: str, items: Sequence[str], path: Path
    ) -> tuple[Place, ...]:
        own: list[str] = []
        others: dict[str, Place] = {}
        for index, item in enumerate(items):
            at = (*path, index)
            if _is_pattern(item):
                self.book.prefix(file, at, item)
                own.append(item)
            else:
                for place in self._place(file, item, at, f"{file.name}, destination {name}"):
                    others[place.name] = place
        mine = (Place(name=name, patterns=tuple(own)),) if own else ()
        return (*mine, *others.values())


def _is_pattern(text: str) -> bool:
    return ":" in text or "*" in text
