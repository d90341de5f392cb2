"""The sandbox in this very process, for tests and for the child process that serves it."""

from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from logcov.sandbox.exchange import Calls
from logcov.sandbox.faults import Faults
from logcov.sandbox.serve import Served
from logcov.sandbox.world import World, load_world

if TYPE_CHECKING:
    from logcov.sandbox.aws import AwsServer


class Here:
    """A sandbox that threads of this process serve. A context manager that stops it.

    Attributes:
        world: what is served.
        faults, calls: what goes wrong, and what was asked.
        google, aws: endpoints; `aws` is empty if AWS is not served.
        okta: host of each Okta org → its endpoint.
    """

    def __init__(self, world: World, *, with_aws: bool) -> None:
        self.world = world
        self.faults = Faults(world.faults)
        self.calls = Calls()
        self._served = Served(world, self.faults, self.calls)
        self.google = self._served.google
        self.okta = self._served.okta
        self._aws: AwsServer | None = None
        if with_aws:
            try:
                from logcov.sandbox import aws

                self._aws = aws.start(world.aws, self.faults, self.calls, now=world.now)
            except BaseException:
                self._served.stop()
                raise
        self.aws = self._aws.endpoint if self._aws else ""

    def stop(self) -> None:
        """Stops serving, and ends every connection. May be called again."""
        if self._aws:
            self._aws.stop()
        self._served.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def serve_here(
    world: Path | World | None = None, *, now: datetime | None = None, with_aws: bool = False
) -> Here:
    """Serves a world from threads of this process.

    Args:
        world: a world file, a world that was read, or None for the shipped one.
        now: what relative dates of a file are counted back from; the hour that has begun, if not said.
        with_aws: serves AWS, too; that takes moto and some seconds.

    Raises:
        DocumentError: the world file is wrong.
        SandboxError: something cannot be served; says what to do.
    """
    read = world if isinstance(world, World) else load_world(world, now=now)
    return Here(read, with_aws=with_aws)
