"""The accounts to audit: an organisation's tree, a list of accounts, or the caller's own."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Fact, Listing, Scope, Unread
from logcov.providers.aws.accounts import ACCOUNT_PREFIX, ACTIVE, DORMANT
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.client import AwsPlace, AwsSession
from logcov.providers.aws.credentials import Caller
from logcov.providers.aws.partitions import names_in
from logcov.providers.aws.regions import RegionWays
from logcov.providers.rows import Operation

OPERATIONS = (
    Operation(call="sts:GetCallerIdentity", wire="sts GetCallerIdentity", why="who the credentials are"),
    Operation(call="sts:AssumeRole", wire="sts AssumeRole", why="the configured role in each account"),
    Operation(
        call="organizations:DescribeOrganization",
        wire="organizations DescribeOrganization",
        why="the organisation and its management account",
    ),
    Operation(call="organizations:ListAccounts", wire="organizations ListAccounts", why="all accounts"),
    Operation(call="organizations:ListRoots", wire="organizations ListRoots", why="the tree of OUs"),
    Operation(
        call="organizations:ListOrganizationalUnitsForParent",
        wire="organizations ListOrganizationalUnitsForParent",
        why="the tree of OUs",
    ),
    Operation(
        call="organizations:ListAccountsForParent",
        wire="organizations ListAccountsForParent",
        why="which OU an account is in",
    ),
    Operation(
        call="organizations:ListTagsForResource",
        wire="organizations ListTagsForResource",
        why="tags of accounts and OUs",
    ),
    Operation(call="account:ListRegions", wire="account ListRegions", why="enabled regions of an account"),
    Operation(
        call="ec2:DescribeRegions",
        wire="ec2 DescribeRegions",
        why="enabled regions of an account, where account:ListRegions is refused",
    ),
)

WORKERS = 8


@dataclass(slots=True)
class Tree:
    """The OUs of an organisation, and the accounts met in them. `unread`: why the tree is not whole."""

    units: list[Scope] = field(default_factory=list)
    homes: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    unread: Unread | None = None


def read_scopes(session: AwsSession) -> Iterator[Fact]:
    """Yields the scopes of a target. A failed read becomes a blind spot, and reading goes on.

    Sources: organizations:DescribeOrganization, ListAccounts, ListRoots, ListOrganizationalUnitsForParent,
    ListAccountsForParent, ListTagsForResource; account:ListRegions, ec2:DescribeRegions.
    """
    if session.target.organization:
        yield from _organization(session)
    elif session.target.accounts:
        yield from _given(session)
    else:
        yield from _own(session)


# --- an organisation --------------------------------------------------------------------------------------


def _organization(session: AwsSession) -> Iterator[Fact]:
    nowhere = "aws:organizations/unread"
    home = AwsPlace(session=session, account="", about=nowhere)
    try:
        caller = session.caller()
        organization = session.ask_organization(caller.account)
        if organization is None:
            told = f"account {caller.account} is in no organization"
            raise ReadFailure(call="organizations:DescribeOrganization", kind="not-entitled", detail=told)  # noqa: TRY301
    except ReadFailure as failure:
        session.population = home.unread(failure, hides=("scopes",))
        yield Scope(id=nowhere, kind="aws.organization", provider="aws", container=True)
        return
    top = f"aws:organizations/{organization.id}"
    home = AwsPlace(session=session, account="", about=top)
    yield Scope(
        id=top,
        kind="aws.organization",
        provider="aws",
        name=organization.id,
        container=True,
        obtained_by="organizations:DescribeOrganization",
        readings=(organization.reading,),
    )
    accounts: dict[str, Mapping[str, Any]] = {}
    readings: tuple[str, ...] = ()
    try:
        listed = home.pages("organizations", "ListAccounts", "Accounts")
        accounts = {_account_id(account): account for account in listed.data}
        if caller.account not in accounts or organization.management not in accounts:
            # A member is refused, or told of nobody. No organisation lacks its management account.
            raise unparseable(
                "organizations:ListAccounts", "the answer lacks the caller's or the management account"
            )
        readings = (listed.reading,)
    except ReadFailure as failure:
        session.population = home.unread(failure, hides=("scopes",))
    tree = _tree(home, top)
    found: dict[str, Mapping[str, Any]] = {caller.account: {}} | tree.accounts | accounts
    for scope in _accounts(session, home, caller, found, tree, readings):
        session.audited[scope.id.removeprefix(ACCOUNT_PREFIX)] = scope
    yield from tree.units
    for account in sorted(session.audited):
        yield session.audited[account]
    if session.population is None:
        yield Listing(kind="scopes", at=top, readings=readings)


def _account_id(account: Mapping[str, Any]) -> str:
    found = account.get("Id")
    if not isinstance(found, str):
        raise unparseable("organizations:ListAccounts", "an account without an id")
    return found


def _tree(home: AwsPlace, top: str) -> Tree:
    """The OUs, breadth first. What could not be read leaves the accounts beneath without a known home."""
    tree = Tree()
    waiting: list[tuple[str, str]] = []
    try:
        roots = home.pages("organizations", "ListRoots", "Roots")
        waiting = [(_identified("organizations:ListRoots", root), top) for root in roots.data]
    except ReadFailure as failure:
        tree.unread = home.unread(failure)
    while waiting:
        parent, scope = waiting.pop(0)
        try:
            accounts = home.pages(
                "organizations", "ListAccountsForParent", "Accounts", subject=parent, ParentId=parent
            )
            met = {_account_id(account): account for account in accounts.data}
            tree.accounts |= met
            tree.homes |= dict.fromkeys(met, scope)
        except ReadFailure as failure:
            tree.unread = home.unread(failure, parent)
        try:
            units = home.pages(
                "organizations",
                "ListOrganizationalUnitsForParent",
                "OrganizationalUnits",
                subject=parent,
                ParentId=parent,
            )
        except ReadFailure as failure:
            tree.unread = home.unread(failure, parent)
            continue
        for unit in units.data:
            try:
                name = _identified("organizations:ListOrganizationalUnitsForParent", unit)
            except ReadFailure as failure:
                tree.unread = home.unread(failure, parent)
                continue
            tree.units.append(
                Scope(
                    id=f"aws:ous/{name}",
                    kind="aws.ou",
                    provider="aws",
                    name=str(unit.get("Name", "")),
                    parent=scope,
                    labels=_tags(home, name),
                    obtained_by="organizations:ListOrganizationalUnitsForParent",
                    readings=(units.reading,),
                )
            )
            waiting.append((name, f"aws:ous/{name}"))
    return tree


def _identified(call: str, thing: Mapping[str, Any]) -> str:
    found = thing.get("Id")
    if not isinstance(found, str):
        raise unparseable(call, "something without an id")
    return found


def _accounts(
    session: AwsSession,
    home: AwsPlace,
    caller: Caller,
    found: Mapping[str, Mapping[str, Any]],
    tree: Tree,
    readings: tuple[str, ...],
) -> list[Scope]:
    ways = RegionWays(session, caller, ask_management=True)
    own = ways.locations(caller.account)
    # One account first: if the whole organisation refuses a call, it is not worth asking a thousand times.
    others = sorted(found, key=lambda account: (account == caller.account, account))

    def read(account: str) -> Scope:
        told = found[account]
        state = _state(home, account, told) if told or session.population is None else session.population
        if isinstance(state, str):
            session.states[account] = state
        parent: str | Unread | None = tree.homes.get(account, tree.unread)
        if parent is None:
            parent = home.misread("organizations:ListAccountsForParent", "an account in no OU", account)
        return Scope(
            id=ACCOUNT_PREFIX + account,
            kind="aws.account",
            provider="aws",
            name=str(told.get("Name", "")),
            parent=parent,
            state=state,
            works=True if isinstance(state, str) and state not in {ACTIVE, *DORMANT} else None,
            labels=_tags(home, account),
            # Nobody is sent into a dormant account. That nothing can be logged there is shown for the
            # regions of the caller's own.
            locations=own if state in DORMANT or account == caller.account else ways.locations(account),
            names=names_in(caller.partition),
            obtained_by="organizations:ListAccounts" if told else "sts:GetCallerIdentity",
            readings=readings,
        )

    first = [read(account) for account in others[:1]]
    with ThreadPoolExecutor(WORKERS) as pool:
        return first + list(pool.map(read, others[1:]))


def _state(home: AwsPlace, account: str, told: Mapping[str, Any]) -> str | Unread:
    """`State`, or the older `Status` of servers that still have it; lower case."""
    state = told.get("State") or told.get("Status")
    if isinstance(state, str):
        return state.lower()
    return home.misread("organizations:ListAccounts", "an account without a state", account)


def _tags(home: AwsPlace, resource: str) -> Mapping[str, str] | Unread:
    try:
        answer = home.pages(
            "organizations", "ListTagsForResource", "Tags", subject=resource, ResourceId=resource
        )
    except ReadFailure as failure:
        return home.unread(failure, resource)
    tags: dict[str, str] = {}
    for tag in answer.data:
        key, value = tag.get("Key"), tag.get("Value")
        if not isinstance(key, str) or not isinstance(value, str):
            return home.misread("organizations:ListTagsForResource", "a tag without key or value", resource)
        tags[key] = value
    return tags


# --- accounts by name, or the caller's own ---------------------------------------------------------------


def _given(session: AwsSession) -> Iterator[Fact]:
    accounts = sorted(set(session.target.accounts))
    try:
        caller = session.caller()
    except ReadFailure as failure:
        for account in accounts:
            unread = session.place(account, None).unread(failure)
            session.regions[account] = unread
            scope = _standalone(account, "configuration", unread, unread, {})
            session.audited[account] = scope
            yield scope
        return
    ways = RegionWays(session, caller, ask_management=False)
    for account in accounts:
        session.audited[account] = _alone(session, caller, ways, account, "configuration")
        yield session.audited[account]


def _own(session: AwsSession) -> Iterator[Fact]:
    nowhere = ACCOUNT_PREFIX + "unread"
    try:
        caller = session.caller()
    except ReadFailure as failure:
        session.population = session.place("", None, nowhere).unread(failure, hides=("scopes",))
        yield Scope(
            id=nowhere, kind="aws.account", provider="aws", locations=session.population, container=True
        )
        return
    ways = RegionWays(session, caller, ask_management=False)
    scope = _alone(session, caller, ways, caller.account, "sts:GetCallerIdentity")
    session.audited[caller.account] = scope
    yield scope


def _alone(session: AwsSession, caller: Caller, ways: RegionWays, account: str, obtained_by: str) -> Scope:
    """An account that is audited by itself. Its place in an organisation is not part of what is audited."""
    home = AwsPlace(session=session, account="", about=ACCOUNT_PREFIX + account)
    labels = _labels_of_one(home, account, own=account == caller.account)
    names = names_in(caller.partition)
    return _standalone(account, obtained_by, labels, ways.locations(account), names)


def _labels_of_one(home: AwsPlace, account: str, *, own: bool) -> Mapping[str, str] | Unread:
    try:
        answer = home.pages(
            "organizations", "ListTagsForResource", "Tags", subject=account, ResourceId=account
        )
    except ReadFailure as failure:
        if own and failure.code == "AWSOrganizationsNotInUseException":
            return {}  # accounts are tagged through Organizations only
        return home.unread(failure, account)
    tags = {tag.get("Key"): tag.get("Value") for tag in answer.data}
    if not all(isinstance(key, str) and isinstance(value, str) for key, value in tags.items()):
        return home.misread("organizations:ListTagsForResource", "a tag without key or value", account)
    return tags


def _standalone(
    account: str,
    obtained_by: str,
    labels: Mapping[str, str] | Unread,
    locations: Mapping[str, bool] | Unread,
    names: Mapping[str, str],
) -> Scope:
    return Scope(
        id=ACCOUNT_PREFIX + account,
        kind="aws.account",
        provider="aws",
        name=account,
        labels=labels,
        locations=locations,
        names=names,
        obtained_by=obtained_by,
    )
