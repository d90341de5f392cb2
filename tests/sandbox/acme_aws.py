"""Acme's AWS, served once for all tests of this process, and boto3 clients that ask it."""

import atexit
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import yaml
from botocore.config import Config

import logcov.sandbox
from logcov.sandbox import aws
from logcov.sandbox.exchange import Calls
from logcov.sandbox.faults import Fault, Faults, faults_of

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
MANAGEMENT, ARCHIVE, PRODUCTION, STAGING, SUSPENDED = (f"{digit}" * 12 for digit in range(1, 6))
REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2")
ORG_TRAIL = "arn:aws:cloudtrail:us-east-1:111111111111:trail/acme-org"

_SESSION = boto3.Session(aws_access_key_id="unused", aws_secret_access_key="unused")


def shipped() -> dict[str, Any]:
    """What world_aws.yaml holds."""
    path = Path(logcov.sandbox.__file__).with_name("world_aws.yaml")
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Acme:
    """A running AWS and what controls it."""

    server: aws.AwsServer
    faults: Faults
    calls: Calls

    def client(
        self,
        service: str,
        account: str = MANAGEMENT,
        region: str = "us-east-1",
        *,
        key: str = "",
        read_timeout: float = 20,
    ) -> Any:
        """A boto3 client as a session in this account (or with this access key); it never tries again."""
        return _SESSION.client(
            service,
            region_name=region,
            endpoint_url=self.server.endpoint,
            aws_access_key_id=key or f"ASIA{account}ACME",
            aws_secret_access_key="unused",
            config=Config(
                retries={"total_max_attempts": 1, "mode": "standard"},
                read_timeout=read_timeout,
                s3={"addressing_style": "path"},
            ),
        )

    def wrong(self, **fault: Any) -> None:
        """From now on, this fault and no other."""
        self.faults.replace([Fault(provider="aws", **fault)])


def serve(world: dict[str, Any], now: datetime = NOW) -> Acme:
    """Serves a world, with its own faults."""
    faults, calls = Faults(faults_of(world.get("faults", []))), Calls()
    return Acme(aws.start(world, faults, calls, now=now), faults, calls)


@cache
def running() -> Acme:
    """Acme's AWS: started once, ended with the process."""
    acme = serve(shipped())
    atexit.register(acme.server.stop)
    return acme


def undisturbed() -> Iterator[Acme]:
    """Acme's AWS without faults and without calls made; for fixtures."""
    acme = running()
    acme.faults.replace(())
    acme.calls.reset()
    yield acme
    acme.faults.reset()


def everything(client: Any, operation: str, key: str, **params: Any) -> list[Any]:
    """All items of a list, page by page, by botocore's own paginator."""
    return [item for page in client.get_paginator(operation).paginate(**params) for item in page.get(key, [])]
