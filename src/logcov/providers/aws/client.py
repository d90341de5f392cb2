"""Reading AWS through boto3: one client per service and region, other credentials for each call.

Making a client costs more than using it, so all accounts share them. Whose credentials sign a call is
decided per call, through a context variable; where nobody decided, signing raises, so that no call is ever
made as the wrong account.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from logcov.config import AwsTarget
from logcov.errors import ReadFailure
from logcov.inventory import Fact, Ledger, Scope, Unread
from logcov.providers.aws.answers import refuse_half_an_answer, unparseable
from logcov.providers.aws.arns import parsed
from logcov.providers.aws.credentials import (
    AssumedRole,
    Caller,
    Key,
    Signer,
    SwappedProvider,
    signing_as,
)
from logcov.providers.aws.failures import UNANSWERED, classify
from logcov.providers.aws.pacing import Pace
from logcov.providers.aws.partitions import COMMERCIAL, home_of, partition_of
from logcov.providers.aws.permissions import permission_of
from logcov.providers.aws.silence import Silence
from logcov.providers.calls import Once, Patience, Refusal, attempt

ACCOUNT_PREFIX = "aws:accounts/"
ACTIVE = "active"
DORMANT = frozenset({"suspended", "closed", "pending_activation"})
"""States of accounts that are "unusable" (Organizations user guide, "Monitor the state of your AWS accounts"): nobody can
act in them or read there. An account with `pending_closure` "remains functional": it is entered like an active one, and
so is one whose state is not known.
"""
STRANGE_KEYS = frozenset({"InvalidClientTokenId", "UnrecognizedClientException"})
"""What STS answers to keys that it has never heard of, those of another partition among them."""

CONNECT_SECONDS = 10
POOL = 64
ROLE_SESSION_NAME = "logcov"

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
        self._pace = Pace(patience.stop.wait)
        self._silence = Silence(patience.longest_silence, time.monotonic)
        self.audited: dict[str, Scope] = {}
        """Account id → scope, for every account that is audited and was found."""
        self.population: Unread | None = None
        """Why there may be more accounts to audit than `audited` holds."""
        self.states: dict[str, str] = {}
        """Account id → its state if that is known, from before anybody is sent into it."""
        self.regions: dict[str, tuple[str, ...] | Unread] = {}
        """Account id → all its enabled regions, whatever regions the target names."""
        self._lock = threading.Lock()
        self._boto: Any = None
        self._chain: Any = None
        self._clients: dict[tuple[str, str], Any] = {}

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
        with self._lock:
            clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            client.close()

    # --- who we are ---------------------------------------------------------------------------------------

    def caller(self) -> Caller:
        """Who the target's own credentials are.

        Raises:
            ReadFailure: there are none, or they are not accepted.
        """
        return self.once.get("caller", self._identify)

    def home_region(self) -> str:
        """Where services without regions of their own are asked, in the caller's partition.

        Raises:
            ReadFailure: the caller is not known.
        """
        return home_of(self.caller().partition) or self._region(self._open().region_name)

    def _identify(self) -> Caller:
        call = "sts:GetCallerIdentity"
        base = self._base()
        try:
            data = self._attempt(call, lambda: self._sent(base.lend, "sts", "GetCallerIdentity", None, {}))
        except ReadFailure as failure:
            if failure.code not in STRANGE_KEYS or self.target.regions or self._open().region_name:
                raise
            raise _with(
                failure, "no region is named, and keys of GovCloud or China work only there"
            ) from failure
        account, arn = data.get("Account"), data.get("Arn")
        if not isinstance(account, str) or not isinstance(arn, str) or parsed(arn) is None:
            raise unparseable(call, "the answer names no account")
        self.ledger.read(call, ACCOUNT_PREFIX + account, identity=arn)
        self.ledger.identify("aws", arn)
        return Caller(account=account, arn=arn)

    def _base(self) -> Signer:
        """The target's own credentials: boto3's chain, or placeholders for a server on loopback."""

        def load() -> Any:
            from botocore.exceptions import NoCredentialsError

            self._open()
            found = self._chain.load_credentials()
            if found is not None:
                # Asked once now, so that what is missing or out of date shows here, under this name.
                found.get_frozen_credentials()
                return found.get_frozen_credentials
            if self.target.endpoint:
                placeholder = Key("placeholder", "placeholder")
                return lambda: placeholder
            raise NoCredentialsError

        lend = self.once.get("base", lambda: self._attempt("sts:GetCallerIdentity", load))
        return Signer(identity="", lend=lend)

    def signer(self, account: str) -> Signer:
        """Who may read this account: the configured role in it, or the caller at home. Empty: the caller.

        Raises:
            ReadFailure: nobody may.
        """
        caller = self.caller()
        own = Signer(identity=caller.arn, lend=self._base().lend)
        if not account:
            return own
        if account == caller.account:
            if self.target.role is None:
                return own
            try:
                return self._role_in(account)
            except ReadFailure:
                return own  # a role for oneself is a convenience: the caller is already at home
        if self.target.role is None:
            raise ReadFailure(
                call="sts:AssumeRole",
                kind="credentials",
                permission="sts:AssumeRole",
                detail=f"no role is configured to read account {account}; the caller belongs to {caller.account}",
            )
        return self._role_in(account)

    def _role_in(self, account: str) -> Signer:
        role = self.once.get(("role", account), lambda: AssumedRole(lambda: self.assume(account)))
        return Signer(identity=role.arn, lend=role.lend)

    def assume(self, account: str) -> tuple[Key, str, datetime]:
        """Takes the configured role in an account: key, identity, and when it ends.

        Raises:
            ReadFailure: the role cannot be taken, or it turned out to be in another account.
        """
        call = "sts:AssumeRole"
        caller = self.caller()
        params: dict[str, Any] = {
            "RoleArn": f"arn:{caller.partition}:iam::{account}:role/{self.target.role}",
            "RoleSessionName": ROLE_SESSION_NAME,
        }
        if self.target.external_id_env:
            external = os.environ.get(self.target.external_id_env)
            if not external:
                told = f"the environment variable {self.target.external_id_env} is not set"
                raise ReadFailure(call=call, kind="credentials", detail=told)
            params["ExternalId"] = external
        # It counts as a call to the account: STS may be silent of one, and answer for all others.
        try:
            data = self._asked(account, self._base().lend, "sts", "AssumeRole", None, params)
        except ReadFailure as failure:
            state = self.states.get(account, ACTIVE)
            raise failure if state == ACTIVE else _with(failure, f"the account is {state}") from failure
        given, user = data.get("Credentials"), data.get("AssumedRoleUser")
        try:
            key = Key(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], account)
            arn, ends = str(user["Arn"]), given["Expiration"]
        except (KeyError, TypeError) as error:
            raise unparseable(call, "the answer holds no credentials") from error
        if f":{account}:" not in arn:
            raise unparseable(call, f"the role taken is not in account {account}")
        self.ledger.read(call, ACCOUNT_PREFIX + account, identity=caller.arn)
        return key, arn, ends

    # --- sending ------------------------------------------------------------------------------------------

    def send(
        self, account: str, service: str, operation: str, region: str | None, params: dict[str, Any]
    ) -> tuple[dict[str, Any], str]:
        """One API call as whoever may read `account`: the answer, and who asked.

        Raises:
            ReadFailure: the call failed for good, or nobody may act in the account.
        """
        signer = self.signer(account)
        data = self._asked(account, signer.lend, service, operation, region, params)
        return data, signer.identity

    def _asked(
        self,
        account: str,
        lend: Callable[[], Any],
        service: str,
        operation: str,
        region: str | None,
        params: dict[str, Any],
    ) -> Any:
        """One API call that counts as one to `account`: at its pace, and not at all while it is silent."""
        call, key = f"{service}:{operation}", (account, region or "", service)

        def paced() -> Any:
            with self._pace.turn(key) as lane:
                self._silence.ask(key, call)
                began = time.monotonic()
                try:
                    data = self._sent(lend, service, operation, region, params)
                except Exception as error:
                    refusal = classify(error)
                    if refusal is not None and refusal.code in UNANSWERED:
                        self._silence.unanswered(key, began)
                    elif refusal is not None:
                        self._silence.answered(key)
                    if refusal is not None and refusal.kind == "throttled":
                        lane.refused()
                    raise
                self._silence.answered(key)
                lane.answered()
                return data

        return self._attempt(call, paced)

    def _attempt(self, call: str, operation: Callable[[], Any]) -> Any:
        permission = permission_of(call)

        def judged(error: Exception) -> Refusal | None:
            refusal = classify(error)
            if refusal is not None and refusal.kind in {"access-denied", "scp-denied"}:
                return replace(refusal, permission=permission)
            return refusal

        return attempt(operation, call=call, classify=judged, patience=self.patience)

    def _sent(
        self,
        lend: Callable[[], Any],
        service: str,
        operation: str,
        region: str | None,
        params: dict[str, Any],
    ) -> Any:
        from botocore import xform_name

        method = getattr(self._client(service, region), xform_name(operation))
        with signing_as(lend()):
            data: Any = method(**params)
        return data

    def _open(self) -> Any:
        """The boto3 session behind all clients, its credential chain set aside and replaced."""
        import boto3
        import botocore.session

        with self._lock:
            if self._boto is None:
                core = botocore.session.Session(profile=self.target.profile)
                chain = core.get_component("credential_provider")
                if self.target.endpoint:
                    # No instance role is for a server on loopback, and asking for one can take seconds.
                    chain.remove("iam-role")
                core.register_component("credential_provider", SwappedProvider())
                core.register_component("data_loader", _models(core.get_config_variable("data_path")))
                core.register("before-parse", refuse_half_an_answer)
                self._chain = chain
                self._boto = boto3.Session(botocore_session=core)
            return self._boto

    def _region(self, chosen: str | None) -> str:
        """Where calls are made that name no region: as the environment says, but in the partition to be audited."""
        wanted = partition_of(self.target.regions[0]) if self.target.regions else None
        if chosen and (wanted is None or partition_of(chosen) == wanted):
            return chosen
        return home_of(wanted or COMMERCIAL) or ""

    def _client(self, service: str, region: str | None) -> Any:
        from botocore.config import Config

        shared = self._open()
        with self._lock:
            where = region or self._region(shared.region_name)
            client = self._clients.get((service, where))
            if client is None:
                settings: dict[str, Any] = (
                    {"s3": {"addressing_style": "path"}} if self.target.endpoint else {}
                )
                client = shared.client(
                    service,
                    region_name=where,
                    endpoint_url=self.target.endpoint,
                    config=Config(
                        retries={"mode": "standard", "total_max_attempts": 1},
                        max_pool_connections=POOL,
                        connect_timeout=min(CONNECT_SECONDS, self.patience.longest_answer),
                        read_timeout=self.patience.longest_answer,
                        user_agent_extra="logcov",
                        **settings,
                    ),
                )
                if self.target.endpoint:
                    client.meta.events.register("before-call.s3-control", _on_one_host(self.target.endpoint))
                self._clients[service, where] = client
            return client


def _with(failure: ReadFailure, told: str) -> ReadFailure:
    """The same failure, with more words."""
    return ReadFailure(
        call=failure.call,
        kind=failure.kind,
        permission=failure.permission,
        code=failure.code,
        detail=f"{failure.detail}; {told}" if failure.detail else told,
    )


def _on_one_host(endpoint: str) -> Callable[..., None]:
    """S3 Control puts the account's number before the host's name, which a server for everything does not have."""

    def before_call(params: dict[str, Any], **_: Any) -> None:
        asked = urlsplit(params["url"])
        params["url"] = endpoint.rstrip("/") + asked.path + (f"?{asked.query}" if asked.query else "")

    return before_call


@cache
def _models(data_path: str | None) -> Any:
    """Botocore's service models, parsed once for all targets: they are large."""
    from botocore.loaders import create_loader

    return create_loader(data_path)
