"""A part of the pretend company that is read and judged by itself: short enough to fail each of its calls once."""

import dataclasses
from functools import partial
from typing import Any

from acme import SHORT, Acme, is_above
from logcov.cli.asking import sources_of
from logcov.collect import collect
from logcov.evaluate import evaluate
from logcov.findings import Assessment
from logcov.inventory import Inventory
from logcov.policy import PolicySet
from logcov.sandbox.exchange import Call
from logcov.sandbox.faults import Fault
from nimbus import broken_promises


class Slice:
    """Some requirements of one policy, their inventory as it is without faults, and the calls for that.

    `targets`: what is read, in place of all that the company has: `gcp=(…,)`.
    """

    def __init__(self, acme: Acme, policy: str, requirements: tuple[str, ...], **targets: Any) -> None:
        self.acme = acme
        nothing: dict[str, Any] = {"gcp": (), "aws": (), "okta": (), "workspace": ()}
        self._config = dataclasses.replace(acme.config, **{**nothing, **targets})
        self.policies = _only(acme.unexempted, {f"{policy}:{name}" for name in requirements})
        self._sources = sources_of(self.policies)
        acme.here.faults.reset()
        acme.here.calls.reset()
        self.inventory = self.read()
        self.calls: tuple[Call, ...] = tuple(
            dict.fromkeys(call for call in acme.here.calls.made() if not call.page)
        )
        self.before = self.judge(self.inventory)

    def read(self) -> Inventory:
        """What the targets give now."""
        return collect(self._config, self._sources, patience=SHORT)

    def judge(self, inventory: Inventory) -> Assessment:
        """The assessment of the requirements."""
        return evaluate(inventory, self.policies, as_of=self.acme.today)

    def broken_with(self, *faults: Fault) -> list[str]:
        """What promises are broken when these faults come on top of the world's own."""
        self.acme.here.faults.reset()
        self.acme.here.faults.replace((*self.acme.here.faults.current(), *faults))
        try:
            return self.broken_by(self.read())
        finally:
            self.acme.here.faults.reset()

    def broken_by(self, less: Inventory) -> list[str]:
        """What promises are broken when no more than this is known."""
        return broken_promises(self.before, self.judge(less), partial(is_above, self.inventory.facts))


def _only(policies: PolicySet, wanted: set[str]) -> PolicySet:
    """The policies with these requirements and no others."""
    kept = tuple(
        dataclasses.replace(
            policy, requirements=tuple(one for one in policy.requirements if one.id in wanted)
        )
        for policy in policies.policies
    )
    return dataclasses.replace(policies, policies=kept)
