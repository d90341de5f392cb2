"""The AWS section of a world file: which keys there are, checked, with its dates counted back from now.

What is spelled as in AWS's own JSON (selectors, lifecycle rules, extra policy statements) is passed on as it is
written. A key that is not here is an error: a misspelled one would otherwise silently mean nothing.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo

from logcov.errors import SandboxError

SHIPPED = Path(__file__).with_name("world_aws.yaml")
"""Acme's AWS organisation."""

_RELATIVE = re.compile(r"-(\d+)([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _counted_back(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, str):
        return value
    fit = _RELATIVE.fullmatch(value)
    if fit is None:
        raise ValueError("a time is relative to now: -9d, -2h, -15m, -90s")
    now: datetime = (info.context or {})["now"]
    return now - timedelta(**{_UNITS[fit[2]]: int(fit[1])})


Moment = Annotated[datetime, BeforeValidator(_counted_back)]
AccountId = Annotated[str, Field(pattern=r"^\d{12}$")]


class Strict(BaseModel):
    """Knows its keys, and takes no value of another kind for one of its own."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, validate_default=True)


class Organization(Strict):
    """The organisation; `management` is the account that owns it."""

    id: Annotated[str, Field(pattern=r"^o-[a-z0-9]{10,32}$")]
    root: Annotated[str, Field(pattern=r"^r-[a-z0-9]{4,32}$")]
    management: AccountId
    created: Moment = "-2500d"  # type: ignore[assignment]  # counted back by the validator


class Ou(Strict):
    """An organisational unit; `parent` is the root's id or another unit's."""

    id: Annotated[str, Field(pattern=r"^ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}$")]
    name: str
    parent: str
    tags: dict[str, str] = {}


class Account(Strict):
    """An account of the organisation."""

    id: AccountId
    name: str
    parent: str
    state: Literal["PENDING_ACTIVATION", "ACTIVE", "SUSPENDED", "PENDING_CLOSURE", "CLOSED"] = "ACTIVE"
    tags: dict[str, str] = {}
    joined: Moment = "-2000d"  # type: ignore[assignment]


class Key(Strict):
    """A customer's KMS key; `name` is its alias, by which the world refers to it."""

    name: str
    account: AccountId
    region: str
    enabled: bool = True
    created: Moment = "-900d"  # type: ignore[assignment]


class LogGroup(Strict):
    """A CloudWatch log group; without `retention_days` it keeps for ever."""

    account: AccountId
    region: str
    name: str
    retention_days: int | None = None
    created: Moment = "-900d"  # type: ignore[assignment]


class ObjectLock(Strict):
    """Default retention of new objects."""

    mode: Literal["COMPLIANCE", "GOVERNANCE"]
    days: int


class Admission(Strict):
    """Lets a service write under prefixes, for one source: becomes the usual two statements of a bucket policy.

    `service` is the principal without `.amazonaws.com`; `source` the value of `aws:SourceArn` (or a pattern), or of
    `aws:SourceAccount`; without it, there is no condition on the source.
    """

    service: Literal[
        "cloudtrail", "config", "delivery.logs", "logdelivery.elasticloadbalancing", "logging.s3"
    ]
    under: list[str]
    source: str = ""


class Bucket(Strict):
    """An S3 bucket. `account` may be a stranger's. Without `key` it is encrypted by S3's own keys."""

    name: str
    account: AccountId
    region: str
    versioning: Literal["Enabled", "Suspended"] | None = None
    lock: ObjectLock | None = None
    lifecycle: list[dict[str, Any]] = []
    key: str | None = None
    admits: list[Admission] = []
    statements: list[dict[str, Any]] = []
    created: Moment = "-900d"  # type: ignore[assignment]


class Trail(Strict):
    """A trail.

    `selectors` is GetEventSelectors' answer; without it the trail records management events. `delivered`,
    `delivery_error`: what its status says. `idle_in`: `account/region` where it never had anything to
    deliver.
    """

    name: str
    account: AccountId
    home: str
    multi_region: bool = False
    organization: bool = False
    global_events: bool = True
    bucket: str
    prefix: str | None = None
    validation: bool = True
    key: str | None = None
    log_group: str | None = None
    logging: bool = True
    stopped: Moment | None = None
    created: Moment = "-900d"  # type: ignore[assignment]
    selectors: dict[str, Any] | None = None
    delivered: Moment = "-6m"  # type: ignore[assignment]
    delivery_error: str | None = None
    idle_in: list[str] = []

    @property
    def arn(self) -> str:
        """Its owner's account and its home region, wherever it is seen from."""
        return f"arn:aws:cloudtrail:{self.home}:{self.account}:trail/{self.name}"


class Store(Strict):
    """An event data store of CloudTrail Lake; `retention` is days."""

    id: str
    name: str
    account: AccountId
    region: str
    status: Literal[
        "CREATED",
        "ENABLED",
        "PENDING_DELETION",
        "STARTING_INGESTION",
        "STOPPING_INGESTION",
        "STOPPED_INGESTION",
    ]
    selectors: list[dict[str, Any]]
    retention: int
    multi_region: bool = False
    organization: bool = False
    protected: bool = True
    created: Moment = "-400d"  # type: ignore[assignment]

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:aws:cloudtrail:{self.region}:{self.account}:eventdatastore/{self.id}"


class Event(Strict):
    """A management event that LookupEvents tells of, in every account and region that is not quiet."""

    name: str
    source: str
    user: str
    read_only: bool
    at: Moment


class Events(Strict):
    """What LookupEvents knows; `quiet` are `account/region` without any event."""

    recent: list[Event] = []
    quiet: list[str] = []


class FlowLog(Strict):
    """A flow log of a VPC, or of its subnets. `to`: `s3:BUCKET`, `s3:BUCKET/PREFIX` or `logs:GROUP`."""

    traffic: Literal["ALL", "ACCEPT", "REJECT"]
    to: Annotated[str, Field(pattern=r"^(s3:[a-z0-9.-]+(/.+)?|logs:.+)$")]
    of: Literal["vpc", "subnet"] = "vpc"
    delivery: Literal["SUCCESS", "FAILED"] = "SUCCESS"
    error: str | None = None
    created: Moment = "-500d"  # type: ignore[assignment]


class Vpc(Strict):
    """A VPC that is not a region's default one. `subnets` of them, each with a network interface if `used`."""

    name: str
    account: AccountId
    region: str
    cidr: str
    subnets: Annotated[int, Field(ge=1, le=16)] = 1
    used: bool = True
    tags: dict[str, str] = {}
    shared_with: list[AccountId] = []
    flow_logs: list[FlowLog] = []


class Made(Strict):
    """Anything else that moto makes, by its own API, once the rest of the world is there.

    `at` is `account/region`; `call` as boto3 spells it, `eks.create_cluster`. `keep` gives parts of the answer a
    name (JMESPath), by which what follows may refer to them: `${name}`. A VPC is known as `${vpc:NAME}`, its
    subnets as `${subnet:NAME:0}` and so on.
    """

    at: Annotated[str, Field(pattern=r"^\d{12}/[a-z0-9-]+$")]
    call: Annotated[str, Field(pattern=r"^[a-z0-9-]+\.[a-z0-9_]+$")]
    parameters: dict[str, Any] = Field(default={}, alias="with")
    keep: dict[str, str] = {}


class Told(Strict):
    """An answer that moto cannot give, or gives wrong: shaped as boto3 returns it. Texts like `-3d` are times.

    `at` is a pattern of `account/region`; `where` names request parameters that must be so. `error` is a code.
    """

    call: Annotated[str, Field(pattern=r"^[a-z0-9-]+:[A-Z][A-Za-z0-9]+$")]
    at: str = "*"
    where: dict[str, Any] = {}
    answer: dict[str, Any] = {}
    error: str = ""


class Paged(Strict):
    """Pages of a list: so many items in each, and one more page with the rest. `at`: pattern of `account/region`."""

    operation: str
    sizes: list[Annotated[int, Field(ge=0)]]
    at: str = "*"


class AwsWorld(Strict):
    """All of AWS. `role` is what may be assumed in each account; `caller` signs with keys that name no account."""

    organization: Organization
    caller: AccountId
    role: str
    regions: list[str]
    disabled_regions: list[str] = []
    ous: list[Ou] = []
    accounts: list[Account] = []
    keys: list[Key] = []
    log_groups: list[LogGroup] = []
    buckets: list[Bucket] = []
    trails: list[Trail] = []
    stores: list[Store] = []
    events: Events = Events()
    vpcs: list[Vpc] = []
    made: list[Made] = []
    told: list[Told] = []
    pages: list[Paged] = []


def with_times(value: Any, now: datetime) -> Any:
    """What a world tells, its relative times counted back from now."""
    if isinstance(value, dict):
        return {name: with_times(inner, now) for name, inner in value.items()}
    if isinstance(value, list):
        return [with_times(inner, now) for inner in value]
    fit = _RELATIVE.fullmatch(value) if isinstance(value, str) else None
    return now - timedelta(**{_UNITS[fit[2]]: int(fit[1])}) if fit else value


def world_of(section: Mapping[str, Any], now: datetime) -> AwsWorld:
    """Checks the `aws` section of a world file.

    Raises:
        SandboxError: something in it is wrong; says what and where, all at once.
    """
    try:
        world = AwsWorld.model_validate(section, context={"now": now})
    except ValidationError as error:
        told = [
            f"aws.{'.'.join(map(str, each['loc']))}: {each['msg']}"
            for each in error.errors(include_url=False)
        ]
        raise SandboxError("\n".join(told), "src/logcov/sandbox/world_aws.yaml shows every key.") from error
    named = {key.name for key in world.keys}
    problems = [
        f"aws: {kind} {each.name}: there is no key {each.key}"
        for kind, owners in (("bucket", world.buckets), ("trail", world.trails))
        for each in owners
        if each.key is not None and each.key not in named
    ]
    problems += [
        f"aws: trail {each.name}: it does not log, so say when it stopped"
        for each in world.trails
        if not each.logging and each.stopped is None
    ]
    if problems:
        raise SandboxError("\n".join(problems))
    return world
