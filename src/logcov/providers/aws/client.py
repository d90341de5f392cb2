"""Reading AWS through boto3: the session of one target, and the places that observers ask."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from logcov.config import AwsTarget
from logcov.errors import ReadFailure
from logcov.inventory import Fact, Ledger, Scope, Unread
from logcov.providers.aws.accounts import ACCOUNT_PREFIX
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.credentials import Caller
from logcov.providers.aws.identities import Identities
from logcov.providers.aws.partitions import home_of
from logcov.providers.aws.wire import Wire
from logcov.providers.calls import Once, Patience

TOKENS = {
    "s3:ListBuckets": ("ContinuationToken", "ContinuationToken"),
    "logs:DescribeLogGroups": ("nextToken", "nextToken"),
    "logs:DescribeSubscriptionFilters": ("nextToken", "nextToken"),
    "logs:DescribeAccountPolicies": ("nextToken", "nextToken"),
}
"""Request and answer fields of page tokens, where they are not `NextToken`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """The organisation that an account belongs to, and the account that owns it."""

    id: str
    management: str
    reading: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What an API said, and the id of the reading that notes it."""

    data: Any
    reading: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsPlace:
    """An account and region to ask, and the place that readings and blind spots name.

    Attributes:
        account: 12 digits; empty: as the target's own credentials.
        about: the scope or destination that is asked about.
        region: None for services that have one endpoint for all.
    """

    session: "AwsSession"
    account: str
    about: str
    region: str | None = None

    def call(self, service: str, operation: str, *, subject: str = "", **params: Any) -> Answer:
        """One call. `subject` tells calls about different things at one place apart.

        Raises:
            ReadFailure: the call failed for good, or nobody may act in the account.
        """
        data, identity = self.session.send(self.account, service, operation, self.region, params)
        return self._noted(f"{service}:{operation}", data, subject, identity, 1)

    def pages(
        self,
        service: str,
        operation: str,
        key: str,
        *,
        subject: str = "",
        token: tuple[str, str] | None = None,
        **params: Any,
    ) -> Answer:
        """All pages of a list, `key` naming it. Pages may be empty and still be followed by others.

        `token`: the request's and the answer's field of page tokens, where they are not `NextToken`.

        Raises:
            ReadFailure: a page failed, lacks its list, or a page token came twice. Part of a list is no list.
        """
        call = f"{service}:{operation}"
        ask, told = token or TOKENS.get(call, ("NextToken", "NextToken"))
        items: list[Any] = []
        seen: set[str] = set()
        following: str | None = None
        pages = 0
        while True:
            more: dict[str, Any] = {ask: following} if following else {}
            data, identity = self.session.send(self.account, service, operation, self.region, params | more)
            pages += 1
            chunk = data.get(key)
            if not isinstance(chunk, list):
                raise unparseable(call, f"the answer has no {key}")
            items.extend(chunk)
            following = data.get(told)
            if not following:
                return self._noted(call, items, subject, identity, pages)
            if following in seen:
                raise unparseable(call, "the same page token came twice")
            seen.add(following)

    def value(
        self,
        service: str,
        operation: str,
        *,
        absent: tuple[str, ...] = (),
        subject: str = "",
        **params: Any,
    ) -> Answer | Unread | None:
        """One call for a value: its answer, None for an error code that means "absent", or why it is unread."""
        try:
            return self.call(service, operation, subject=subject, **params)
        except ReadFailure as failure:
            if failure.code and failure.code in absent:
                self._noted(failure.call, None, subject, "", 1)
                return None
            return self.unread(failure, subject)

    def unread(
        self,
        failure: ReadFailure,
        subject: str = "",
        *,
        hides: tuple[str, ...] = (),
        everywhere: bool = False,
    ) -> Unread:
        """Notes a failed read of this place. Nobody being let in has one cause, whatever was asked.

        `hides`: listings that are missing because of it, in this region, or `everywhere` for those that are
        not made per region.
        """
        if failure.call.startswith("sts:") and not hides:
            return self.session.ledger.blind(failure, self.about)
        where = None if everywhere else self.region
        return self.session.ledger.blind(failure, self.about, where, subject=subject, hides=hides)

    def not_told(self, call: str, detail: str, subject: str = "") -> Unread:
        """Notes that no API tells something here, or that this version of logcov does not ask."""
        return self.unread(ReadFailure(call=call, kind="not-observable", detail=detail), subject)

    def misread(self, call: str, detail: str, subject: str = "") -> Unread:
        """Notes that an answer lacks what it should hold, or holds what cannot be understood."""
        return self.unread(unparseable(call, detail), subject)

    def elsewhere(self, account: str, region: str | None, about: str | None = None) -> "AwsPlace":
        """Another account or region. `about` defaults to that account's scope."""
        place = ACCOUNT_PREFIX + account if about is None else about
        return AwsPlace(session=self.session, account=account, about=place, region=region)

    def noted(self, call: str) -> str:
        """Notes a refusal that is an answer in itself ("there is none"), and gives the reading's id."""
        return self.session.ledger.read(call, self.about, self.region)

    def _noted(self, call: str, data: Any, subject: str, identity: str, pages: int) -> Answer:
        reading = self.session.ledger.read(
            call, self.about, self.region, subject=subject, identity=identity, pages=pages
        )
        return Answer(data, reading)


class AwsSession:
    """Everything that one AWS target needs: credentials, clients, answers that several observers share.

    Making one makes no call and reads no file.
    """

    def __init__(self, target: AwsTarget, ledger: Ledger, patience: Patience) -> None:
        self.target = target
        self.ledger = ledger
        self.patience = patience
        self.once = Once()
        self.wire = Wire(target, patience)
        self.audited: dict[str, Scope] = {}
        """Account id → scope, for every account that is audited and was found."""
        self.population: Unread | None = None
        """Why there may be more accounts to audit than `audited` holds."""
        self.states: dict[str, str] = {}
        """Account id → its state if that is known, from before anybody is sent into it."""
        self.identities = Identities(target, ledger, self.wire, self.once, self.states)
        self.regions: dict[str, tuple[str, ...] | Unread] = {}
        """Account id → all its enabled regions, whatever regions the target names."""

    def scopes(self) -> Iterator[Fact]:
        """The accounts to audit, and the organisation around them. Never raises `ReadFailure`."""
        from logcov.providers.aws.scopes import read_scopes

        return read_scopes(self)

    def at(self, scope: Scope, location: str | None) -> AwsPlace:
        """The place where an observer of this scope asks. Makes no call."""
        if scope.kind != "aws.account":
            return AwsPlace(session=self, account="", about=scope.id, region=location)
        account = scope.id.removeprefix(ACCOUNT_PREFIX)
        self.audited.setdefault(account, scope)
        return AwsPlace(session=self, account=account, about=scope.id, region=location)

    def place(self, account: str, region: str | None, about: str | None = None) -> AwsPlace:
        """An account and region to ask about something that is not a scope, a destination say."""
        told = ACCOUNT_PREFIX + account if about is None else about
        return AwsPlace(session=self, account=account, about=told, region=region)

    def may_read(self, account: str) -> bool:
        """Whether the account is audited, or is the caller's own: nobody else's is entered.

        Raises:
            ReadFailure: it is not audited, and the caller could not be told.
        """
        return account in self.audited or account == self.caller().account

    def ask_organization(self, account: str) -> "Organization | None":
        """The organisation that an account belongs to; None if to none. Every member may ask, so it is asked itself.

        Raises:
            ReadFailure: nobody could tell.
        """
        # Where a whole organisation is audited, one answer serves all its accounts.
        asker = self.caller().account if self.target.organization else account
        place = AwsPlace(
            session=self,
            account="" if self.target.organization else account,
            about=ACCOUNT_PREFIX + asker,
        )

        def ask() -> Organization | None:
            try:
                answer = place.call("organizations", "DescribeOrganization")
            except ReadFailure as failure:
                if failure.code == "AWSOrganizationsNotInUseException":
                    return None
                raise
            told = answer.data.get("Organization", {})
            organization, management = told.get("Id"), told.get("MasterAccountId")
            if not isinstance(organization, str) or not isinstance(management, str):
                raise unparseable("organizations:DescribeOrganization", "the answer names no organisation")
            return Organization(id=organization, management=management, reading=answer.reading)

        return self.once.get(("organization", asker), ask)

    def organization_of(self, account: str) -> "Organization | Unread | None":
        """Likewise; the blind spot where nobody could tell."""
        try:
            return self.ask_organization(account)
        except ReadFailure as failure:
            return self.place(account, None).unread(failure)

    def close(self) -> None:
        """Closes the connections."""
        self.wire.close()

    def caller(self) -> Caller:
        """Who the target's own credentials are.

        Raises:
            ReadFailure: there are none, or they are not accepted.
        """
        return self.identities.caller()

    def home_region(self) -> str:
        """Where services without regions of their own are asked, in the caller's partition.

        Raises:
            ReadFailure: the caller is not known.
        """
        return home_of(self.caller().partition) or self.wire.region()

    # --- sending ------------------------------------------------------------------------------------------

    def send(
        self, account: str, service: str, operation: str, region: str | None, params: dict[str, Any]
    ) -> tuple[dict[str, Any], str]:
        """One API call as whoever may read `account`: the answer, and who asked.

        Raises:
            ReadFailure: the call failed for good, or nobody may act in the account.
        """
        signer = self.identities.signer(account)
        data = self.wire.ask(account, signer.lend, service, operation, region, params)
        return data, signer.identity
