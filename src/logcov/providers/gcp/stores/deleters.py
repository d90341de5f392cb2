"""Who can delete what rests in a store, as far as IAM policies settle it.

Named is whoever a binding names that surely lets them delete records, shorten for how long they are kept, or grant
themselves the right to: in the store's own policy, its project's, and everything above. Groups, domains and holders of
basic roles are named as such. Where a binding may let somebody and does not surely do, nobody is named. Sources:
https://cloud.google.com/iam/docs/roles-permissions; https://cloud.google.com/logging/docs/access-control;
https://cloud.google.com/storage/docs/access-control/iam-roles; https://cloud.google.com/bigquery/docs/access-control.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Unread
from logcov.providers.gcp.client import GcpSession
from logcov.providers.gcp.fields import needed_text, texts
from logcov.providers.gcp.roles import GRANTING, LOG_BUCKETS, LOG_ENTRIES, OBJECTS, PUBLISH, TABLES, permits
from logcov.providers.gcp.stores.admissions import Policy, upwards
from logcov.providers.google import MalformedAnswerError

_ANYTHING = frozenset({"roles/owner", "roles/resourcemanager.projectDeleter"}) | GRANTING
"""Roles by which any store of a project can be emptied: by a grant to oneself, or with the whole project."""

_DELETED = "deleted:"


@dataclass(frozen=True, slots=True)
class Power:
    """Which roles surely let their holders make records of one kind of store go away, and which surely do not."""

    service: str
    deleting: frozenset[str]
    harmless: frozenset[str] = frozenset()


OF_OBJECTS = Power(
    "storage",
    OBJECTS.roles - {"roles/storage.objectCreator"},
    frozenset({"roles/storage.objectCreator"}),
)
OF_TABLES = Power("bigquery", TABLES.roles, frozenset({"roles/bigquery.user"}))
OF_LOGS = Power(
    "logging",
    frozenset({"roles/logging.admin", "roles/logging.configWriter"}),
    LOG_BUCKETS.roles | LOG_ENTRIES.roles - {"roles/logging.admin"},
)

_ALL = (OBJECTS, PUBLISH, TABLES, LOG_BUCKETS, LOG_ENTRIES)


def deletes(role: str, power: Power) -> bool | None:
    """Whether a role lets its holders make records go away, or grant themselves that; None where that is not known."""
    if role in power.deleting or role in _ANYTHING:
        return True
    if role in power.harmless:
        return False
    elsewhere = next((grant for grant in _ALL if role in grant.roles), None)
    if elsewhere is not None and role.removeprefix("roles/").partition(".")[0] != power.service:
        return False
    # Of roles that read or administer, none of which holds any grant, and of none else, `permits` is sure.
    return False if permits(role, LOG_ENTRIES) is False and elsewhere is None else None


def deleters(
    session: GcpSession, destination: str, own: Sequence[Policy], container: str, power: Power
) -> tuple[str, ...] | Unread:
    """The principals that can delete records in a store: `gcp:user/alice@acme.example`, `gcp:group/ops@acme.example`.

    Args:
        session: to read the policies above with; each is read once.
        destination: the store's id.
        own: its own policy, if such stores have one.
        container: what holds it, `projects/p`; empty if that is not known.
        power: what counts there.
    """
    named: set[str] = set()
    for policy in upwards(session, destination, own, container):
        if isinstance(policy.bindings, ReadFailure):
            return policy.about.failed(policy.bindings)
        for number, binding in enumerate(policy.bindings):
            try:
                named.update(_holders(binding, power))
            except MalformedAnswerError as error:
                return policy.about.odd(f"binding {number}", str(error))
            except _UncertainError as error:
                return policy.about.unseen(f"deleters, binding {number}", f"{policy.label}: {error}")
    return tuple(sorted(named))


class _UncertainError(Exception):
    """Whether a binding lets somebody delete is not known."""


def _holders(binding: Mapping[str, Any], power: Power) -> Iterator[str]:
    role, members = needed_text(binding, "role"), texts(binding, "members")
    held = deletes(role, power)
    alive = [member for member in members if not member.startswith(_DELETED)]
    if held is False or not alive:
        return
    if held is None:
        raise _UncertainError(f"what {role} permits is not known")
    if binding.get("condition"):
        raise _UncertainError(f"{role} is granted under a condition")
    for member in alive:
        yield "gcp:" + member.replace(":", "/", 1).replace("///", "/")
