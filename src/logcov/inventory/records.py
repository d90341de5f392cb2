"""The records of an inventory: what was read, what it rests on, and what could not be read.

Facts only. Nothing here says whether anything is good. Every record is frozen; a value that could not be
read is `Unread`, naming the blind spot that says why, and never a default.

Ids are URIs that a person can read: `gcp:projects/acme-prod`, `aws:accounts/111122223333`,
`aws:s3/acme-trail`, `gcp:pubsub/projects/acme-siem/topics/audit`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from logcov.errors import BlindKind
from logcov.inventory.rows import DestinationKind, Effect, HopKind, LogSource, Remedy, Shape

EMPTY: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Unread:
    """In place of a value that could not be read; `blind_spot` is the id of the `BlindSpot` that says why."""

    blind_spot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One API answer that facts rest on.

    Attributes:
        id: unique in the inventory and the same in every run that makes the same calls.
        call: as access policies name it, `cloudtrail:DescribeTrails`, `logging.sinks.list`.
        place: the scope or destination that was asked about.
        at: when, UTC, `2026-11-22T08:30:00Z`.
        identity: who asked.
        pages: how many pages the answer had.
        via: `direct`, or the inventory service that answered in the provider's stead. Emitters that rest on its word
            alone may be gone by now: they are judged only where a listing rests on the same reading.
        as_old_as: the answer may be this many seconds old; 0 for direct reads.
        corrects: the id of an answer that an inventory service gave about the same, and that said otherwise. Facts
            rest on this one.
    """

    id: str
    call: str
    place: str
    location: str | None = None
    at: str
    identity: str = ""
    pages: int = 1
    via: str = "direct"
    as_old_as: int = 0
    corrects: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindSpot:
    """Why something is missing: one read that was refused, failed, or was never made.

    `hides` are the listing kinds that are missing at this place (and location) because of it. `permission`
    would mend it.
    """

    id: str
    place: str
    location: str | None = None
    call: str
    kind: BlindKind
    permission: str = ""
    detail: str = ""
    hides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The statement "these are *all* facts of this kind at this place", made after the last page.

    `kind` is a hop kind's id, a log source's `emitters`, `scopes` (all children of the scope `at`), or
    `activity` (it was asked whether records existed; where there is no `Activity`, none did).
    """

    kind: str
    at: str
    location: str | None = None
    readings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """Another name under which records arrive at a scope, and the fields that are constant for them."""

    id: str
    sets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A place where configuration attaches: an organisation, folder, project, account, tenant.

    Attributes:
        kind: `gcp.organization`, `gcp.folder`, `gcp.project`, `gcp.billing_account`, `aws.organization`, `aws.ou`, `aws.account`,
            `okta.org`, `workspace.customer`.
        parent: the scope above; None at the top of what is audited.
        state: `active`, or the provider's own word in lower case.
        works: whether things are done in it all the same, in a state that is not `active`: in an account of AWS that
            is about to be closed. None: as the state says.
        labels: labels or tags; None where scopes of this kind cannot carry any.
        locations: region → enabled; empty where scopes of this kind have none.
        container: its children are found by listing, so that without the listing `scopes` at it, more of
            them may exist.
        apart: kinds of scopes right below that are listed apart: kind (also the listing's name) → pattern of their ids.
            Without that listing, more of this kind may exist, and of no other. They cannot carry labels.
        audited: it belongs to what is to be audited. An ancestor that is here only because its configuration
            acts on what is below does not: nothing is asked of the records that it writes itself.
        names: what commands call things by that are about this scope, beyond its id: the partition of AWS that an
            account is in. Nothing is judged by them.
        obtained_by: the call that found it, or `configuration`.
    """

    id: str
    kind: str
    provider: str
    name: str = ""
    parent: str | Unread | None = None
    state: str | Unread = "active"
    works: bool | None = None
    labels: Mapping[str, str] | Unread | None = field(default_factory=dict)
    locations: Mapping[str, bool] | Unread = field(default_factory=dict)
    aliases: tuple[Alias, ...] = ()
    container: bool = False
    apart: Mapping[str, str] = field(default_factory=dict)
    audited: bool = True
    names: Mapping[str, str] = field(default_factory=dict)
    obtained_by: str = "configuration"
    readings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitter:
    """One log source at one place: a member of the audited population.

    Attributes:
        resource: the provider's own id where each resource emits (`vpc-0abc`); None where the scope does.
            `*` stands for emitters that could not be listed.
        dimensions: the values of closed dimensions.
        fields: record fields that are the same in each of its records (`logName`, `awsRegion`).
        shape: what else is true of each of its records: `logName` begins with the project's name.
        written_as: hop kind that generates → fields that are constant for what hops of that kind write, where one
            happening may be written down in several forms. It counts as recorded if any of its records counts.
        not_applicable: why no record can exist here (account suspended, API off); empty if records can.
        labels: of the resource; None where resources of this kind have none.
        in_use: whether the resource is used (a VPC with network interfaces); None where that means nothing.
        store: the id of the destination that this resource is, for resources in which records rest: a bucket,
            `aws:s3/acme-trail`. Empty for all others.
        known_as: record field → glob by which records of other log sources name this resource:
            `{"resources.ARN": "arn:aws:s3:::acme-trail/*"}`.
    """

    source: str
    scope: str
    location: str | None = None
    resource: str | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    shape: tuple[Shape, ...] = ()
    written_as: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    not_applicable: str = ""
    labels: Mapping[str, str] | Unread | None = None
    in_use: bool | Unread | None = None
    store: str = ""
    known_as: Mapping[str, str] = field(default_factory=dict)
    readings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Proof that records of this source existed at this time (`location` None: somewhere in the scope)."""

    source: str
    scope: str
    location: str | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)
    at: str
    readings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """A part of a filter that takes records away again. A disabled one takes nothing."""

    name: str
    text: str
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Configured text, verbatim. Compiled when judging, never when collecting; shared by id.

    Dialects: `gcp.logging`, `gcp.audit-config`, `gcp.audit-exemption`, `gcp.flow-export`,
    `aws.event-selectors`,
    `aws.flow-traffic`, `aws.logs-pattern`, `aws.event-pattern`, `fields`, `sample`.
    """

    id: str
    dialect: str
    text: str
    exclusions: tuple[Exclusion, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What the provider says about the last deliveries of a hop; times are UTC, None means never."""

    last_success: str | Unread | None = None
    last_error: str | Unread | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A hop: everything that lets records through.

    Attributes:
        id: unique; names the place where this hop acts if one setting acts at many.
        kind: a hop kind's id.
        setting: the object that a person would mend, `aws:cloudtrail/eu-west-1/111122223333/main`. One
            organisation trail is one setting and one route per member account and region.
        effect: `generate` and `carry` let through what the filter admits; `withhold` keeps what the filter
            admits from being written at all (exempted members), whoever generates it.
        origin: the scope that writes the records, or the destination that they rest in or pass.
        descends: also acts on what descendants of the origin write.
        location, resource, dimensions: acts only on records of this emitter location, resource, closed
            dimension; None or empty: on all.
        sources: patterns of the log sources that it can act on.
        enabled: switched on.
        filter: id of a `Filter`; None: everything passes.
        to: the destination, or the alias of one; None where it carries nothing anywhere.
        prefix: where in the destination the records are put (object key prefix).
        intercepts: takes what it admits away from hops of lower origin; only from those not `immune`.
        sets: fields that are constant once it was passed.
        delivery: None where the provider tells nothing of deliveries.
        validated: the records are sealed by digests; None where no such thing exists.
        since: when it was made or last changed, if told: nothing older can have passed it in this form.
        writer: the principal that needs a grant to write to the destination; then there is an `Admission`.
            Empty where no grant is needed.
        raw: the deciding fields as the API gave them: the evidence. Nothing secret.
    """

    id: str
    kind: str
    setting: str
    effect: Effect
    origin: str
    descends: bool | Unread = False
    location: str | None = None
    resource: str | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[str, ...] = ("*",)
    enabled: bool | Unread = True
    filter: str | Unread | None = None
    to: str | Unread | None = None
    prefix: str = ""
    intercepts: bool | Unread = False
    immune: bool = False
    sets: Mapping[str, str] = field(default_factory=dict)
    delivery: Delivery | None = None
    validated: bool | Unread | None = None
    since: str | None = None
    writer: str = ""
    readings: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Whether the destination lets this route's writer write. `because` says which statement decides.

    `barred_by`: what keeps the writer out although the destination's own policy lets it in: the ARN of a key, a lock.
    """

    route: str
    destination: str
    allowed: bool | Unread
    because: str = ""
    barred_by: str = ""
    readings: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """Records under this prefix are gone after `days`; None: nothing removes them.

    A rule for a longer prefix than the records' own may hit some of them.
    """

    prefix: str = ""
    days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """Records cannot be removed for `days`. `bypassable`: by somebody with enough rights, they can."""

    mode: Literal["locked", "bypassable"]
    days: int | None


Encryption = Literal["none", "provider", "customer-key"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where records rest or pass.

    For every fact: `Unread` = it could not be read; None = for this kind of destination, no API shows it.

    Attributes:
        end: records rest here. A relay (topic, stream, bus) is never an end.
        exists: it is there.
        owner: the scope that owns it; None: no audited scope does.
        usable: it takes records (its key is enabled, it is not about to be deleted …); else `unusable_because`.
        consumed: somebody takes the records out of this relay; None for what needs no consumer.
        retained: until when the records exist; every `Keep` whose prefix fits applies, the shortest decides.
            Kept for ever is `(Keep(),)`; an empty tuple says nothing.
        online: until when they can be read without a restore.
        searchable: until when they can be queried in place.
        lock: the lock, or False where there is none.
        encrypted: with whose key.
        private: nobody outside may read it.
        deleters: the principals that can delete records.
        since: when it was made: it holds nothing older.
    """

    id: str
    kind: str
    end: bool = True
    exists: bool | Unread = True
    owner: str | Unread | None = None
    usable: bool | Unread = True
    unusable_because: str = ""
    consumed: bool | Unread | None = None
    retained: tuple[Keep, ...] | Unread = ()
    online: tuple[Keep, ...] | Unread = ()
    searchable: tuple[Keep, ...] | Unread = ()
    lock: Lock | Literal[False] | Unread | None = None
    encrypted: Encryption | Unread | None = None
    private: bool | Unread | None = None
    deleters: tuple[str, ...] | Unread | None = None
    since: str | None = None
    readings: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)


Fact = Reading | BlindSpot | Listing | Scope | Emitter | Activity | Filter | Route | Admission | Destination
"""Any record of the inventory's body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a target was read as."""

    provider: str
    principal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What made the inventory, and the rows that a judge needs.

    `targets` is what was asked to be audited, without anything secret. `complete` is False when the run
    was interrupted: then nothing may be concluded from absence beyond the listings that are there.
    """

    tool: str
    started_at: str
    finished_at: str
    targets: tuple[Mapping[str, Any], ...] = ()
    identities: tuple[Identity, ...] = ()
    sources: tuple[LogSource, ...] = ()
    hop_kinds: tuple[HopKind, ...] = ()
    destination_kinds: tuple[DestinationKind, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """A header and its facts. `cut_short`: the file ended before its footer.

    `sha256` is the digest of the file's content, empty for one that was never written.
    """

    header: Header
    facts: tuple[Fact, ...]
    cut_short: bool = False
    sha256: str = ""
