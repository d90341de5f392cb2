"""Accepted gaps and unknowns: which exemption speaks for a finding, and whether it still holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from logcov.coverage import Estate
from logcov.evaluate.membership import belongs, holds_all
from logcov.inventory import Emitter
from logcov.policy import Exemption
from logcov.selection.predicate import glob_matches

State = Literal["active", "expired", "not-yet"]


def state_of(exemption: Exemption, as_of: date) -> State:
    """Whether the exemption holds on that day; on its last day it still does."""
    if as_of > exemption.expires:
        return "expired"
    return "not-yet" if as_of < exemption.starts else "active"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The exemption that speaks for a finding, and its state."""

    exemption: Exemption
    state: State

    def shown(self) -> Mapping[str, Any]:
        """As the finding carries it."""
        one = self.exemption
        return {
            "id": one.id,
            "state": self.state,
            "expires": one.expires.isoformat(),
            "owner": one.owner,
            "approved_by": one.approved_by,
            "reason": one.reason,
            "ticket": one.ticket,
        }


def accepting(
    estate: Estate,
    exemptions: Sequence[Exemption],
    requirement: str,
    emitter: Emitter,
    status: str,
    as_of: date,
    *,
    below: bool = False,
) -> Accepted | None:
    """The exemption for this finding: an active one before an expired one, then by id.

    An exemption whose selector only may fit (an unread label) accepts nothing. `below`: the emitter stands for
    whatever may be below its scope; then the exemption must select all of that.
    """
    found = [
        Accepted(exemption, state_of(exemption, as_of))
        for exemption in exemptions
        if status in exemption.accepts
        and glob_matches(exemption.requirement, requirement)
        and belongs(estate, exemption.where, emitter).belongs is True
        and (not below or holds_all(estate, exemption.where, emitter.scope))
    ]
    order = {"active": 0, "expired": 1, "not-yet": 2}
    return min(found, key=lambda one: (order[one.state], one.exemption.id), default=None)
