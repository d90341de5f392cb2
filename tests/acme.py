"""The pretend company, served from this process and audited through the real clients, provider by provider.

A fault in one provider's answers needs only that provider to be read again: the facts of the others stay.
"""

import dataclasses
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self
from zlib import crc32

from logcov.catalogue import SOURCES, remedies_for
from logcov.cli.asking import sources_of
from logcov.collect import collect
from logcov.config import Config, load_config
from logcov.evaluate import evaluate
from logcov.findings import Assessment
from logcov.inventory import Fact, Inventory, Scope
from logcov.inventory.file import ordered
from logcov.policy import PolicySet
from logcov.policy.load import load_policies
from logcov.providers.calls import Patience
from logcov.sandbox import serve_here
from logcov.sandbox.configuration import config_text
from logcov.sandbox.configuration import policies as sandbox_policies
from logcov.sandbox.exchange import Call
from logcov.sandbox.faults import Fault
from logcov.sandbox.world import load_world

PROVIDERS = ("gcp", "aws", "okta", "workspace")
WORKLOADS, CLOUD = "acme-workloads", "acme-cloud"
"""The policies about what runs in AWS accounts, and in Google Cloud projects."""

SHORT = Patience(attempts=2, budget=5.0, longest_wait=0.01)


EVERY = bool(os.environ.get("LOGCOV_EVERY_FAULT"))
"""Walk over every call, listing and value, as `make faults` does: some ten minutes. Else over a fair part of them."""
STEP = 6
"""So many calls, listings and values there are to one that the tests fail or take away without `EVERY`."""


def fair_part(calls: Iterable[Call]) -> tuple[Call, ...]:
    """All calls; or, of those that differ in nothing but the region, one, and of what is left each `STEP`th."""
    alike: dict[tuple[str, str, str], list[Call]] = {}
    for call in calls:
        alike.setdefault((call.operation, call.place, call.path), []).append(call)
    kept: list[Call] = []
    for number, (same, found) in enumerate(alike.items()):
        if EVERY:
            kept += found
        elif number % STEP == 0:
            kept.append(found[crc32(repr(same).encode()) % len(found)])
    return tuple(kept)


class Acme:
    """The served company, its policies without exemptions, and the inventory of each provider as it is without faults.

    `workloads`: whether there is anything in its AWS accounts but trails and networks, and in its Google Cloud but audit
    records, and policies about that.
    `providers`: those that are read at once; none: then there is no `before`. `with_aws`: AWS is served, too.
    """

    def __init__(
        self, *, workloads: bool = True, providers: Sequence[str] = PROVIDERS, with_aws: bool = True
    ) -> None:
        self.here = serve_here(load_world(workloads=workloads), with_aws=with_aws)
        self._folder = tempfile.TemporaryDirectory(prefix="logcov-test-")
        folder = Path(self._folder.name)
        left_out = set() if workloads else {WORKLOADS, CLOUD}
        paths = tuple(path for path in sandbox_policies(folder) if path.stem not in left_out)
        config = folder / "logcov.yaml"
        config.write_text(
            config_text(
                google=self.here.google,
                okta=self.here.okta,
                aws=self.here.aws,
                role=str(self.here.world.aws["role"]),
                policies=paths,
            ),
            encoding="utf-8",
        )
        self.config: Config = load_config(config)
        self.policies: PolicySet = load_policies(paths, SOURCES)
        self.unexempted = dataclasses.replace(self.policies, exemptions=())
        self.sources = sources_of(self.policies)
        self.today = datetime.now(UTC).date()
        self.calls: dict[str, tuple[Call, ...]] = {}
        self.facts: dict[str, tuple[Fact, ...]] = {}
        self.header = None
        for provider in providers:
            self.here.calls.reset()
            inventory = self.read(provider)
            self.header = inventory.header
            self.facts[provider] = inventory.facts
            self.calls[provider] = tuple(
                dict.fromkeys(call for call in self.here.calls.made() if not call.page)
            )
        if providers:
            self.before = self.judge({})

    def read(self, provider: str) -> Inventory:
        """What the provider's targets give now."""
        only = {name: () for name in PROVIDERS if name != provider}
        return collect(
            dataclasses.replace(self.config, **only),
            self.sources,
            patience=SHORT,
        )

    def inventory(self, instead: Mapping[str, Sequence[Fact]]) -> Inventory:
        """All facts, with some providers' replaced."""
        assert self.header is not None
        facts = [fact for provider in PROVIDERS for fact in instead.get(provider, self.facts[provider])]
        header = dataclasses.replace(self.header, remedies=remedies_for(PROVIDERS))
        return Inventory(header=header, facts=ordered(facts))

    def judge(self, instead: Mapping[str, Sequence[Fact]]) -> Assessment:
        """The assessment, exemptions aside."""
        return evaluate(self.inventory(instead), self.unexempted, as_of=self.today)

    def with_faults(self, provider: str, *faults: Fault) -> Assessment:
        """The assessment when these faults come on top of the world's own."""
        self.here.faults.reset()
        self.here.faults.replace((*self.here.faults.current(), *faults))
        try:
            return self.judge({provider: self.read(provider).facts})
        finally:
            self.here.faults.reset()

    def above(self, scope: str, other: str) -> bool:
        """Whether the second scope is the first or above it, as it was before any fault."""
        return is_above((fact for facts in self.facts.values() for fact in facts), scope, other)

    def stop(self) -> None:
        """Stops serving."""
        self.here.stop()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def is_above(facts: Iterable[Fact], scope: str, other: str) -> bool:
    """Whether the second scope is the first or above it, by these facts."""
    parents = {fact.id: fact.parent for fact in facts if isinstance(fact, Scope)}
    at: object = scope
    while isinstance(at, str):
        if at == other:
            return True
        at = parents.get(at)
    # Where not even the top could be read, the placeholder has a name of its own.
    return other.endswith("/unread") and other.split(":", 1)[0] == scope.split(":", 1)[0]


def exactly(call: Call, fault: str, **more: object) -> Fault:
    """The fault, for this call and no other."""
    import glob

    return Fault(
        fault=fault,  # type: ignore[arg-type]
        provider=call.provider,
        operation=glob.escape(call.operation),
        place=glob.escape(call.place),
        location=glob.escape(call.location),
        path=glob.escape(call.path),
        **more,  # type: ignore[arg-type]
    )
