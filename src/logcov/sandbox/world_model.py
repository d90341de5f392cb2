"""The shape of a world file: which keys there are, and of what kind their values are.

Fields are the providers' own JSON fields (`includeChildren` is spelled so in the file) and the few of the
sandbox's own that say what hangs on what. A key that is not here is an error: a misspelled field would
otherwise be served, and silently mean nothing.
"""

from typing import Any, Literal

from pydantic import Field

from logcov.sandbox.world_keys import Described, Moment
from logcov.sandbox.world_model_gcp import Gcp


class LogStream(Described):
    """An Okta log stream. Types, states and settings are not checked: Okta's own answers know more than its documents."""

    id: str
    type: str
    name: str
    status: str
    created: Moment
    last_updated: Moment
    settings: dict[str, Any]


class Target(Described):
    """Whom an event is about."""

    type: str
    id: str
    display_name: str


class Event(Described):
    """An event of the System Log."""

    event_type: str
    published: Moment
    severity: Literal["DEBUG", "INFO", "WARN", "ERROR"] = "INFO"
    actor: str
    outcome: str = "SUCCESS"
    target: Target | None = None


class OktaOrg(Described):
    """An Okta org. `scopes`: what a service app may be granted."""

    host: str
    company_name: str
    created: Moment
    scopes: list[str] = Field(default_factory=list)
    log_streams: list[LogStream] = Field(default_factory=list)
    events: list[Event] = Field(default_factory=list)


class Okta(Described):
    """All Okta orgs; the first is the main one."""

    page_size: int = Field(default=100, ge=1)
    orgs: list[OktaOrg] = Field(default_factory=list)


class Customer(Described):
    """A Workspace customer."""

    id: str
    customer_domain: str
    customer_creation_time: Moment


class PolicyQuery(Described):
    """Whom a Workspace setting is for."""

    org_unit: str | None = None
    group: str | None = None
    query: str | None = None
    sort_order: float | int = 0


class Setting(Described):
    """A Workspace setting."""

    type: str
    value: dict[str, Any]


class Policy(Described):
    """A policy of the Cloud Identity Policy API."""

    name: str
    type: Literal["SYSTEM", "ADMIN"]
    policy_query: PolicyQuery
    setting: Setting


class Activity(Described):
    """An activity of the Reports API."""

    application: str
    time: Moment
    email: str
    event: str
    type: str


class Workspace(Described):
    """The Workspace customer."""

    page_size: int = Field(default=1000, ge=1)
    customer: Customer
    policies: list[Policy] = Field(default_factory=list)
    activities: list[Activity] = Field(default_factory=list)


class WorldFile(Described):
    """A whole world file. What is under `aws` is checked by the AWS half; without it, Acme's is taken.

    `joins`: shipped files whose `gcp` section and faults are added.
    """

    gcp: Gcp = Gcp()
    okta: Okta = Okta()
    workspace: Workspace | None = None
    aws: dict[str, Any] | None = None
    faults: list[dict[str, Any]] = Field(default_factory=list)
    joins: list[Literal["world_gcp_workloads.yaml"]] = Field(default_factory=list)
