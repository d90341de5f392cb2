"""The rows of the catalogue: what is known of log sources, hops and destinations before anything is read.

They travel in the inventory's header, so that judging needs no catalogue.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


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
    """Something that is true of every record of a log source: `logName` ends with the log's id, say.

    `lacks`: the field holds this nowhere.
    """

    field: str
    op: Literal["=", "prefix", "suffix", "contains", "lacks"]
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
        intercepted_by: kinds of hops that may take records away from this one, besides its own.
        sources: patterns of the log sources that such hops can act on at all; what comes from elsewhere passes them by.
    """

    id: str
    title: str
    effects: tuple[Effect, ...]
    origins: tuple[str, ...]
    descends: bool = False
    per_location: bool = False
    leads_to: tuple[str, ...] = ()
    intercepts: bool = False
    intercepted_by: tuple[str, ...] = ()
    sources: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationKind:
    """A kind of destination.

    Attributes:
        onward: the hop kinds that may carry records on from it; their listings are made `at` its id.
        hears: people are told what arrives (a topic, a notification channel). It keeps nothing, and is yet where a
            record is meant to come to if a policy asks for places of this kind by name.
        keeps: records may come to rest there, or beyond. Where they do not, a way there that nobody could see matters
            only to who asks for such places by name.
    """

    id: str
    title: str
    pattern: str
    onward: tuple[str, ...] = ()
    hears: bool = False
    keeps: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """Commands that would close a gap, with names to be filled in. They are printed and never run.

    Attributes:
        reasons: of the gaps that it closes.
        sources: patterns of the log sources whose gaps it closes.
        cause: how the id of what is to be mended is made: `aws:logs/{region}/{account}/{name}`. The last name
            takes what is left, slashes included; bars separate several ways. Empty: it is the emitter itself that
            lacks something.
        commands, terraform: templates. Besides the parts of the cause they know `{scope}` (the last part of the
            emitter's scope), `{location}`, `{resource}`, the emitter's closed dimensions by name, its fields as
            `{field_NAME}` (with `_` for each character that is no letter or digit), `{source}`,
            `{days}` (how long the policy asks records to be kept), `{to}` (the last part of a destination that the
            policy accepts, and that one may simply name), `{writer}`, and of the hop at which records stop its
            `{setting}`, the `{prefix}` that it writes under and, if its filter stops them, the `{part}` that does
            (`filter`, `exclusion`), the `{filter}` and the names of the `{exclusions}` that drop them, and the names that
            the emitter's scope brings (`Scope.names`). `{at}` is the emitter's scope, `{because}` why a destination
            takes no records. Double braces stand for one.
        given: known name → how its value must be made; the parts become names, too:
            `{"resource": "cluster:{cluster}"}`.
        to: how the id of the destination is made that the commands lead to: `aws:s3/{bucket}`. It must be one that
            the policy accepts. Names that are known already must be the same in it.
        days: the numbers that may stand for `{days}`, of which the next one that is enough is taken; empty: any.
    """

    reasons: tuple[str, ...]
    sources: tuple[str, ...] = ("*",)
    cause: str = ""
    commands: str
    terraform: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    to: str = ""
    days: tuple[int, ...] = ()
