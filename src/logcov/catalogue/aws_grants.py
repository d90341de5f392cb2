"""What an audit of AWS needs to be granted: IAM policies for whoever starts it, and for the role in each account.

Sources: IAM user guide, "IAM and AWS STS quotas" (sizes of policies) and "How to use external IDs".
"""

import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from logcov.catalogue.needed import operations_for
from logcov.config import AwsTarget
from logcov.providers.aws import offered
from logcov.providers.aws.partitions import COMMERCIAL, PARTITIONS, home_of, partition_of

LONGEST = 6_144
"""Characters of a managed policy, white space not counted."""

POLICY_VERSION = "2012-10-17"

RECOMMENDED = AwsTarget(organization=True, role="LogcovReader", external_id_env="LOGCOV_EXTERNAL_ID")
"""What is granted for where no configuration says otherwise."""

CALLER_SERVICES = frozenset({"account", "organizations", "sts"})
"""Asked as whoever starts the audit, not through the role: they speak of accounts rather than from inside one."""

CALLER_ACTIONS = frozenset(one.permission or one.call for one in offered.OPERATIONS)
"""The same, of other services: asked once for all accounts."""

TREE = frozenset(
    {
        "organizations:ListAccounts",
        "organizations:ListAccountsForParent",
        "organizations:ListOrganizationalUnitsForParent",
        "organizations:ListRoots",
    }
)
"""Only for a target that is a whole organisation."""

IN_MEMBERS = "organizations:DescribeOrganization"
"""Asked in each account itself where the accounts are named one by one."""

ASSUME = "sts:AssumeRole"

HOME = PARTITIONS[COMMERCIAL].home

MOST_NAMED = 50
"""Accounts whose roles are named one by one; beyond that, the policy would outgrow its limit."""

Document = Mapping[str, Any]
"""An IAM policy document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """Two sets of permissions, as IAM actions in order.

    Attributes:
        caller: what the identity that starts the audit is allowed; `sts:AssumeRole` is apart.
        role: what the role in each audited account is allowed; empty if the configuration names no role.
        roles: names of roles, with their path if they have one; most often there is one.
        role_arns: what the caller may assume.
        external_id: the trust policy asks for an external id.
        home: a region of the partition in which the roles are, one that every account has.
        partition_told: some region says in which partition the roles are; else it is taken for the commercial one.
        notes: what to know besides, one sentence each.
    """

    caller: tuple[str, ...]
    role: tuple[str, ...]
    roles: tuple[str, ...]
    role_arns: tuple[str, ...]
    external_id: bool
    home: str = HOME
    partition_told: bool = True
    notes: tuple[str, ...] = ()

    @property
    def actions(self) -> tuple[str, ...]:
        """All of them, in order."""
        return tuple(sorted({*self.caller, *self.role, *((ASSUME,) if self.role_arns else ())}))

    @property
    def caller_policies(self) -> tuple[Document, ...]:
        """The caller's policies; each fits into a managed policy."""
        assume = _statement((ASSUME,), self.role_arns) if self.role_arns else None
        return _documents(self.caller, assume)

    @property
    def role_policies(self) -> tuple[Document, ...]:
        """The role's policies; each fits into a managed policy."""
        return _documents(self.role) if self.role else ()

    @property
    def documents(self) -> Mapping[str, Document]:
        """All policies by name: `logcov-caller`, and the role's; numbered if there are several."""
        named = _named("logcov-caller", self.caller_policies)
        for role in self.roles:
            named |= _named(role, self.role_policies)
        return named

    def explained(self, shown: str) -> tuple[str, ...]:
        """What to do with the policies (`shown`: `iam`) or the role (anything else), a line each."""
        if shown != "iam":
            return (*self.notes, "`--format iam` also has what the caller needs, to take that role.")
        lines = ["logcov-caller is for the identity that starts the audit."]
        if not self.partition_told:
            lines.append(
                "For GovCloud or China, name `regions` in logcov.yaml: ARNs begin differently there."
            )
        if self.roles:
            lines.append(f"{self.roles[0]} is for the role of that name in each audited account.")
        return (*self.notes, *lines)


def aws_grants(sources: Iterable[str], targets: Sequence[AwsTarget] = (RECOMMENDED,)) -> Grants:
    """What auditing these targets by these log sources needs to be granted.

    The caller's list is that of the management account, or of one to which it delegated administration. In its own
    account the caller takes the role, too; without a role there it reads as itself, and needs both lists.
    """
    actions = {one.permission or one.call for one in operations_for("aws", sources, targets)}
    roles = tuple(dict.fromkeys(target.role for target in targets if target.role))
    with_role = [target for target in targets if target.role]
    caller = {one for one in actions if one.split(":", 1)[0] in CALLER_SERVICES or one in CALLER_ACTIONS}
    role = actions - caller
    caller.discard(ASSUME)
    if not any(target.organization for target in targets):
        caller -= TREE
    if any(not target.organization for target in with_role):
        role |= actions & {IN_MEMBERS}
    if len(with_role) < len(targets):
        caller |= role
    return Grants(
        caller=tuple(sorted(caller)),
        role=tuple(sorted(role)) if roles else (),
        roles=roles,
        role_arns=tuple(dict.fromkeys(arn for target in with_role for arn in _arns(target))),
        external_id=any(target.external_id_env for target in with_role),
        home=next((home_of(_partition(target)) or "" for target in with_role), HOME),
        partition_told=all(target.regions for target in with_role),
        notes=tuple(_notes(with_role, roles)),
    )


def _notes(with_role: Sequence[AwsTarget], roles: Sequence[str]) -> Iterable[str]:
    if len(roles) > 1:
        yield f"The targets name several roles ({', '.join(roles)}): make each of them, with the same policies."
    if len({_partition(target) for target in with_role}) > 1:
        yield "The targets are in several partitions: each caller needs the ARNs of its own only."
    if len({bool(target.external_id_env) for target in with_role}) > 1:
        yield "Only some targets name an `external_id_env`: a role that asks for one refuses the others."


def _arns(target: AwsTarget) -> Iterable[str]:
    one_by_one = 0 < len(target.accounts) <= MOST_NAMED
    more = (target.shortcuts.config_aggregator, target.shortcuts.telemetry)
    named = (*target.accounts, *(one.account for one in more if one is not None))
    for account in dict.fromkeys(named) if one_by_one else ("*",):
        yield f"arn:{_partition(target)}:iam::{account}:role/{target.role}"


def _partition(target: AwsTarget) -> str:
    """The partition that a target's regions are in; without any, the commercial one."""
    return partition_of(target.regions[0]) if target.regions else COMMERCIAL


# --- documents --------------------------------------------------------------------------------------------


def _statement(actions: Sequence[str], resources: Sequence[str] = ("*",)) -> Document:
    return {
        "Effect": "Allow",
        "Action": list(actions) if len(actions) > 1 else actions[0],
        "Resource": list(resources) if len(resources) > 1 else resources[0],
    }


def size(document: Document) -> int:
    """The characters that IAM counts."""
    return len(json.dumps(document, separators=(",", ":")))


def _documents(actions: Sequence[str], extra: Document | None = None) -> tuple[Document, ...]:
    """As few policies as hold all actions, in order; `extra` is a statement of its own, in the first or after it."""
    documents: list[Document] = []
    here: list[Document] = [extra] if extra else []
    waiting = list(actions)
    while waiting or here:
        fit = _fitting(waiting, here)
        if fit == 0 and not here:
            raise AssertionError("one action alone is longer than a policy may be")
        statements = [*([_statement(waiting[:fit])] if fit else []), *here]
        documents.append({"Version": POLICY_VERSION, "Statement": statements})
        waiting, here = waiting[fit:], []
    return tuple(documents)


def _fitting(actions: Sequence[str], beside: Sequence[Document]) -> int:
    """How many of the actions, from the first on, fit into one policy beside these statements."""

    def length(fit: int) -> int:
        return size({"Version": POLICY_VERSION, "Statement": [_statement(actions[:fit]), *beside]})

    # More actions are never shorter, so the last number that fits can be searched for.
    return bisect_right(range(1, len(actions) + 1), LONGEST, key=length)


def _named(name: str, documents: Sequence[Document]) -> dict[str, Document]:
    if len(documents) == 1:
        return {name: documents[0]}
    return {f"{name}-{number}": document for number, document in enumerate(documents, start=1)}


def iam(grants: Grants) -> str:
    """All policies as one JSON object, from name to document."""
    return json.dumps(grants.documents, indent=2) + "\n"
