"""As whom the accounts of one AWS target are read: the caller, and the role that it takes in each other account."""

import os
from collections.abc import MutableMapping
from datetime import datetime
from typing import Any

from logcov.config import AwsTarget
from logcov.errors import ReadFailure
from logcov.inventory import Ledger
from logcov.providers.aws.accounts import ACCOUNT_PREFIX, ACTIVE
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.arns import parsed
from logcov.providers.aws.credentials import AssumedRole, Caller, Key, Signer
from logcov.providers.aws.wire import Wire
from logcov.providers.calls import Once

STRANGE_KEYS = frozenset({"InvalidClientTokenId", "UnrecognizedClientException"})
"""What STS answers to keys that it has never heard of, those of another partition among them."""

ROLE_SESSION_NAME = "logcov"


class Identities:
    """The caller and its roles. Each is asked for once; making this makes no call.

    `states`: account id → its state if that is known, from before anybody is sent into it.
    """

    def __init__(
        self, target: AwsTarget, ledger: Ledger, wire: Wire, once: Once, states: MutableMapping[str, str]
    ) -> None:
        self._target = target
        self._ledger = ledger
        self._wire = wire
        self._once = once
        self._states = states

    def caller(self) -> Caller:
        """Who the target's own credentials are.

        Raises:
            ReadFailure: there are none, or they are not accepted.
        """
        return self._once.get("caller", self._identify)

    def _identify(self) -> Caller:
        call = "sts:GetCallerIdentity"
        base = self._base()
        try:
            data = self._wire.caller_identity(base.lend)
        except ReadFailure as failure:
            if failure.code not in STRANGE_KEYS or self._target.regions or self._wire.chosen_region():
                raise
            raise _with(
                failure, "no region is named, and keys of GovCloud or China work only there"
            ) from failure
        account, arn = data.get("Account"), data.get("Arn")
        if not isinstance(account, str) or not isinstance(arn, str) or parsed(arn) is None:
            raise unparseable(call, "the answer names no account")
        self._ledger.read(call, ACCOUNT_PREFIX + account, identity=arn)
        self._ledger.identify("aws", arn)
        return Caller(account=account, arn=arn)

    def _base(self) -> Signer:
        """The target's own credentials."""
        call = "sts:GetCallerIdentity"
        lend = self._once.get("base", lambda: self._wire.attempt(call, self._wire.found_credentials))
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
            if self._target.role is None:
                return own
            try:
                return self._role_in(account)
            except ReadFailure:
                return own  # a role for oneself is a convenience: the caller is already at home
        if self._target.role is None:
            raise ReadFailure(
                call="sts:AssumeRole",
                kind="credentials",
                permission="sts:AssumeRole",
                detail=f"no role is configured to read account {account}; the caller belongs to {caller.account}",
            )
        return self._role_in(account)

    def _role_in(self, account: str) -> Signer:
        role = self._once.get(("role", account), lambda: AssumedRole(lambda: self.assume(account)))
        return Signer(identity=role.arn, lend=role.lend)

    def assume(self, account: str) -> tuple[Key, str, datetime]:
        """Takes the configured role in an account: key, identity, and when it ends.

        Raises:
            ReadFailure: the role cannot be taken, or it turned out to be in another account.
        """
        call = "sts:AssumeRole"
        caller = self.caller()
        params: dict[str, Any] = {
            "RoleArn": f"arn:{caller.partition}:iam::{account}:role/{self._target.role}",
            "RoleSessionName": ROLE_SESSION_NAME,
        }
        if self._target.external_id_env:
            external = os.environ.get(self._target.external_id_env)
            if not external:
                told = f"the environment variable {self._target.external_id_env} is not set"
                raise ReadFailure(call=call, kind="credentials", detail=told)
            params["ExternalId"] = external
        # It counts as a call to the account: STS may be silent of one, and answer for all others.
        try:
            data = self._wire.ask(account, self._base().lend, "sts", "AssumeRole", None, params)
        except ReadFailure as failure:
            state = self._states.get(account, ACTIVE)
            raise failure if state == ACTIVE else _with(failure, f"the account is {state}") from failure
        given, user = data.get("Credentials"), data.get("AssumedRoleUser")
        try:
            key = Key(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], account)
            arn, ends = str(user["Arn"]), given["Expiration"]
        except (KeyError, TypeError) as error:
            raise unparseable(call, "the answer holds no credentials") from error
        if f":{account}:" not in arn:
            raise unparseable(call, f"the role taken is not in account {account}")
        self._ledger.read(call, ACCOUNT_PREFIX + account, identity=caller.arn)
        return key, arn, ends


def _with(failure: ReadFailure, told: str) -> ReadFailure:
    """The same failure, with more words."""
    return ReadFailure(
        call=failure.call,
        kind=failure.kind,
        permission=failure.permission,
        code=failure.code,
        detail=f"{failure.detail}; {told}" if failure.detail else told,
    )
