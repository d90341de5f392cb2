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

EMPTY: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Unread:
    """In place of a value that could not be read; `blind_spot` is the id of the `BlindSpot` that says why."""

    blind_spot: str


# --- What travels in the header: the rows of the catalogue, so that judging needs no catalogue -----------


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a log source's records, and what values it can have.

    Attributes:
        name: the field's path as the provider's own filters spell it.
        aliases: other names for it in policies (`service` for `protoPayload.serviceName`).
        kind: `text`, `number`, or `finite` (one of `values`).
        values: all values of a finite field.
        optional: a record may lack it. A comparison with an absent field never holds.
        repeated: one record may hold several values; a comparison holds if it holds for any of them.
        case: `insensitive` where filters compare this field without regard to case.
    """

    name: str
    aliases: tuple[str, ...] = ()
    kind: Literal["text", "number", "finite"] = "text"
    values: tuple[str, ...] = ()
    optional: bool = True
    repeated: bool = False
    case: Literal["sensitive", "insensitive"] = "sensitive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """A field by which people split a log source.

    `closed` dimensions have one emitter per value (Workspace's `application`); the values of open ones
    (`service`, `resource_type`) are conditions on records. `examples` are for documentation and for
    commands that print a row per value.
    """

    name: str
    closed: bool = False
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Something that is true of every record of a log source: `logName` ends with the log's id, say."""

    field: str
    op: Literal["=", "prefix", "suffix", "contains"]
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSource:
    """A kind of record: one row of the catalogue.

    Attributes:
        id: `provider.family.kind`, as policies name it.
        title: what its records tell, in a few words.
        provider: `aws`, `gcp`, `okta`, `workspace`, or any other word.
        scope_kinds: the kinds of scope that write such records.
        fields: what is known of its record fields; others may exist unless `only_these_fields`.
        dimensions: by what it is split.
        shape: what is true of every record.
        always_generated: no switch turns it off at the origin. Otherwise a record is written where an
            enabled `generate` hop admits it, or, if no hop kind in `needs` generates, where a carrying hop takes it.
        needs: the hop kinds whose listings a verdict rests on.
        emitters: the listing kind that says "these are all emitters of this source here"; empty where each
            scope (and location) is itself the emitter.
        per_location: its emitters sit in locations (regions).
        limits: what logcov cannot see about it; printed with every assessment that uses it.
        documentation: the vendor's page.
    """

    id: str
    title: str
    provider: str
    scope_kinds: tuple[str, ...]
    fields: tuple[Field, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    shape: tuple[Shape, ...] = ()
    always_generated: bool = False
    needs: tuple[str, ...] = ()
    emitters: str = ""
    per_location: bool = False
    limits: tuple[str, ...] = ()
    documentation: str = ""


Effect = Literal["generate", "carry", "withhold"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HopKind:
    """A kind of hop: what a missing listing of it could hide.

    Attributes:
        id: also the name of its listing kind.
        effects: what such a hop may do to records: `generate` them, `carry` them on, `withhold` them from being written.
        origins: the kinds of scopes or destinations at which it is configured.
        descends: set on an ancestor, it may act on what descendants write.
        per_location: it is listed once per location.
        leads_to: patterns of the destinations that it can have; empty if it carries nothing anywhere.
        intercepts: it may take records away from hops of lower origin.
    """

    id: str
    title: str
    effects: tuple[Effect, ...]
    origins: tuple[str, ...]
    descends: bool = False
    per_location: bool = False
    leads_to: tuple[str, ...] = ()
    intercepts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationKind:
    """A kind of destination.

    Attributes:
        onward: the hop kinds that may carry records on from it; their listings are made `at` its id.
        hears: people are told what arrives (a topic, a notification channel). It keeps nothing, and is yet where a
            record is meant to come to if a policy asks for places of this kind by name.
    """

    id: str
    title: str
    pattern: str
    onward: tuple[str, ...] = ()
    hears: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """Commands that would close a gap, with names to be filled in. They are printed and never run.

    Attributes:
        reasons: of the gaps that it closes.
        sources: patterns of the log sources whose gaps it closes.
        cause: how the id of what is to be mended is made: `aws:logs/{region}/{account}/{name}`. The last name
            takes what is left, slashes included. Empty: it is the emitter itself that lacks something.
        commands, terraform: templates. Besides the parts of the cause they know `{scope}` (the last part of the
            emitter's scope), `{location}`, `{resource}`, the emitter's closed dimensions by name, `{source}`,
            `{days}` (how long the policy asks records to be kept), `{to}` (the last part of a destination that the
            policy accepts, and that one may simply name) and `{writer}`. Double braces stand for one.
    """

    reasons: tuple[str, ...]
    sources: tuple[str, ...] = ("*",)
    cause: str = ""
    commands: str
    terraform: str = ""


# --- The facts --------------------------------------------------------------------------------------------


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
        via: `direct`, or the inventory service that answered in the provider's stead.
        as_old_as: the answer may be this many seconds old; 0 for direct reads.
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
        kind: `gcp.organization`, `gcp.folder`, `gcp.project`, `aws.organization`, `aws.ou`, `aws.account`,
            `okta.org`, `workspace.customer`.
        parent: the scope above; None at the top of what is audited.
        state: `active`, or the provider's own word in lower case.
        labels: labels or tags; None where scopes of this kind cannot carry any.
        locations: region → enabled; empty where scopes of this kind have none.
        container: its children are found by listing, so that without the listing `scopes` at it, more of
            them may exist.
        audited: it belongs to what is to be audited. An ancestor that is here only because its configuration
            acts on what is below does not: nothing is asked of the records that it writes itself.
        obtained_by: the call that found it, or `configuration`.
    """

    id: str
    kind: str
    provider: str
    name: str = ""
    parent: str | Unread | None = None
    state: str | Unread = "active"
    labels: Mapping[str, str] | Unread | None = field(default_factory=dict)
    locations: Mapping[str, bool] | Unread = field(default_factory=dict)
    aliases: tuple[Alias, ...] = ()
    container: bool = False
    audited: bool = True
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

    Dialects: `gcp.logging`, `gcp.audit-config`, `gcp.audit-exemption`, `aws.event-selectors`,
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
    """Whether the destination lets this route's writer write. `because` says which statement decides."""

    route: str
    destination: str
    allowed: bool | Unread
    because: str = ""
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
