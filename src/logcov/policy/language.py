"""The shape of a policy file: which keys there are, and what each may hold.

Importing this module imports pydantic. Names stay names here; `logcov.policy.bind` finds what they mean.
"""

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, TypeAdapter
from pydantic_core import PydanticCustomError

from logcov.documents.strict import Day, Many, NameOr, Some, Strict, Text, Word

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""What a policy, a scope or a destination may be called; log groups have no dot either."""

LATER = {word: f"`{word}` is not supported yet by this version of logcov" for word in ("carries",)}
"""Words of the language that this version understands but cannot judge."""


def _period(unit: str, example: str) -> BeforeValidator:
    """Reads `365d` (or `24h`) as a number; everything else is refused with an example."""

    def read(value: Any) -> int:
        if isinstance(value, str) and re.fullmatch(rf"[1-9][0-9]{{0,5}}{unit}", value):
            return int(value[:-1])
        if isinstance(value, str) and re.fullmatch(rf"0+{unit}", value):
            raise PydanticCustomError("shape", f"must be longer than nothing, such as `{example}`")
        hint = ""
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            hint = f"; did you mean `{value}{unit}`?"
        elif isinstance(value, str) and unit == "d" and re.fullmatch(r"[1-9][0-9]{0,2}y", value):
            hint = f"; did you mean `{int(value[:-1]) * 365}d`?"
        elif isinstance(value, str) and unit == "h" and re.fullmatch(r"[1-9][0-9]{0,2}d", value):
            hint = f"; did you mean `{int(value[:-1]) * 24}h`?"
        raise PydanticCustomError("shape", f"must be a period such as `{example}`{hint}")

    pattern = Annotated[str, Field(pattern=rf"^[1-9][0-9]{{0,5}}{unit}$", examples=[example])]
    return BeforeValidator(read, json_schema_input_type=pattern)


def _one_of(table: dict[Any, Any], says: str, schema: Any) -> BeforeValidator:
    """Reads one of the values that the table knows, exactly."""

    def read(value: Any) -> Any:
        for known, meaning in table.items():
            if type(value) is type(known) and value == known:
                return meaning
        raise PydanticCustomError("shape", f"must be {says}")

    return BeforeValidator(read, json_schema_input_type=schema)


Days = Annotated[int, _period("d", "365d")]
Hours = Annotated[int, _period("h", "24h")]
Immutable = Annotated[
    Literal["locked", "bypassable"] | None,
    _one_of(
        {True: "locked", "bypassable": "bypassable", False: None},
        "`true` (locked for all of `retain`) or `bypassable`",
        bool | Literal["bypassable"],
    ),
]
Encrypted = Annotated[
    Literal["any", "customer-key"] | None,
    _one_of(
        {True: "any", "customer-key": "customer-key", False: None},
        "`true` or `customer-key`",
        bool | Literal["customer-key"],
    ),
]


def _share(value: Any) -> int:
    if isinstance(value, str) and re.fullmatch(r"(?:100|[1-9][0-9]?)%", value):
        return int(value[:-1])
    hint = ""
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 100:  # noqa: PLR2004 - percent
        hint = f"; did you mean `{value}%`?"
    elif isinstance(value, float) and 0 < value < 1 and (value * 100).is_integer():
        hint = f"; did you mean `{int(value * 100)}%`?"
    raise PydanticCustomError("shape", f"must be a share in whole percent, such as `50%`{hint}")


Share = Annotated[
    int,
    BeforeValidator(
        _share,
        json_schema_input_type=Annotated[str, Field(pattern=r"^(100|[1-9][0-9]?)%$", examples=["50%"])],
    ),
]
Condition = Annotated[dict[str, Some[Word]], Field(min_length=1)]
"""Record field or dimension, or label → the values that it may have."""


def _id(value: str) -> str:
    if re.search(r"[\s:*]", value):
        raise PydanticCustomError("shape", "must hold no blank, `:` or `*`")
    return value


Id = Annotated[Text, AfterValidator(_id)]

LogName = Annotated[Text, Field(json_schema_extra={"x-log-source": True})]
"""A log source's id, a glob of ids, or a name from `log_groups`."""


class LogsShape(Strict):
    """Log sources, narrowed by conditions of their own."""

    refused: ClassVar = LATER
    logs: Some[LogName]
    only: Condition = Field(default={})


LogItems = Some[NameOr[LogsShape]]


class ResourcesShape(Strict):
    """Which resources of a scope: a VPC, a cluster; or the places in which such records rest."""

    refused: ClassVar = LATER
    ids: Some[Word] = ()
    labels: Condition = Field(default={})
    in_use: bool | None = None
    stores: Some[Text] = Field(default=(), description="resources that are themselves such places")
    holding: LogItems = Field(default=(), description="and that hold records of these log sources")


class ClauseShape(Strict):
    """A selector: all of its keys must fit; of a list of values, any."""

    refused: ClassVar = LATER
    scopes: Some[Text] = ()
    under: Some[Text] = ()
    labels: Condition = Field(default={})
    unlabelled: Literal["unknown", "out"] = "unknown"
    locations: Some[Text] = ()
    resources: ResourcesShape | None = None
    excepting: "SelectorItems" = Field(default=(), alias="except")


SelectorItems = Some[NameOr[ClauseShape]]


class TermsShape(Strict):
    """What must be true of the copy that counts."""

    retain: Days | None = Field(default=None, description="days that records are kept in all")
    online: Days | None = Field(default=None, description="days that they can be read without a restore")
    searchable: Days | None = Field(default=None, description="days that they can be queried in place")
    immutable: Immutable = Field(default=None, description="locked for all of `retain`")
    encrypted: Encrypted = None
    validated: bool = Field(default=False, description="sealed by digests")
    separate: bool = Field(default=False, description="owned by another account or project than the origin's")
    private: bool = Field(default=False, description="nobody outside may read it")
    deletable_by: Many[Text] | None = Field(default=None, description="nobody else may delete")
    delivered_within: Hours | None = None
    proven: bool = Field(default=False, description="attested steps do not count")


TERMS = tuple(TermsShape.model_fields)
"""The words that say something about a copy."""

ABOUT_RECORDS = frozenset({"logs", "reach", "instead", "sampled", *TERMS})
"""The words of the first sentence: these records must arrive there."""

ABOUT_STORES = frozenset({"stores", "holding", "must"})
"""The words of the second sentence: every place that holds such records must be like that."""


class LegShape(TermsShape):
    """One copy: where, and under which terms."""

    to: Text


LegItems = Some[NameOr[LegShape]]


class ReachShape(Strict):
    """Several copies: all of them must be there, or any."""

    refused: ClassVar = {
        "to": "`reach` takes a name, with its terms beside `reach`; or {all: [...]}; or {any: [...]}"
    }
    all: LegItems = ()
    any: LegItems = ()


def _no_list(value: Any) -> Any:
    if isinstance(value, list):
        raise PydanticCustomError(
            "shape", "must be a name, {all: [...]} or {any: [...]}; say which with a list"
        )
    return value


class ExceptionShape(Strict):
    """Records that need not be covered, and why."""

    records: Condition
    because: Text


class ControlShape(Strict):
    """A framework's requirement that this one bears on."""

    framework: Text = ""
    id: Text
    relation: Literal["satisfies", "partial", "supports"]
    because: Text = ""
    not_shown: Many[Text] = ()


class DefaultsShape(TermsShape):
    """What every requirement of the file would repeat."""

    refused: ClassVar = LATER
    logs: LogItems = ()
    only: Condition = Field(default={})
    excepting: Some[ExceptionShape] = Field(default=(), alias="except")
    where: SelectorItems = Field(default=(), alias="in")
    reach: Annotated[NameOr[ReachShape], BeforeValidator(_no_list)] | None = None
    instead: LogItems = Field(default=(), description="log sources that count in place of `logs`")
    sampled: Share | None = Field(default=None, description="a sample that keeps this share counts as all")
    stores: Some[Text] = Field(default=(), description="the places that this is about, in place of `reach`")
    holding: LogItems = Field(default=(), description="those of them that hold records of these log sources")
    must: TermsShape | None = Field(default=None, description="what must be true of each such place")
    severity: Literal["low", "medium", "high", "critical"] = "medium"
    controls: Some[ControlShape] = ()
    notes: Some[Text] = ()


class RequirementShape(DefaultsShape):
    """A line of policy."""

    id: Id
    title: Text


class FactsShape(Strict):
    """What its owner says of a store that no API shows."""

    retain: Days | None = None
    online: Days | None = None
    searchable: Days | None = None
    immutable: Annotated[
        Literal["locked", "bypassable", "none"] | None,
        _one_of(
            {True: "locked", "bypassable": "bypassable", False: "none"},
            "`true`, `bypassable` or `false`",
            bool | Literal["bypassable"],
        ),
    ] = None
    encrypted: Annotated[
        Literal["none", "any", "customer-key"] | None,
        _one_of(
            {True: "any", "customer-key": "customer-key", False: "none"},
            "`true`, `customer-key` or `false`",
            bool | Literal["customer-key"],
        ),
    ] = None
    validated: bool | None = None
    separate: bool | None = None
    private: bool | None = None


class AttestedShape(Strict):
    """The store behind a destination's doors, as its owner states it."""

    facts: FactsShape
    by: Text
    starts: Day = Field(alias="from")
    expires: Day
    evidence: Text


class DestinationShape(Strict):
    """Doors, and what is vouched for behind them."""

    at: Some[Text]
    attested: AttestedShape | None = None


class AttestationShape(Strict):
    """A hop that no API shows, as its owner states it; without `to`: that the records are generated."""

    id: Id
    logs: LogItems
    only: Condition = Field(default={})
    where: SelectorItems = Field(default=(), alias="in")
    to: Text | None = None
    by: Text
    starts: Day = Field(alias="from")
    expires: Day
    evidence: Text


class ExemptionShape(Strict):
    """A gap (or an unknown) that somebody accepted until a day."""

    id: Id
    requirement: Text
    where: SelectorItems = Field(default=(), alias="in")
    accepts: Some[Literal["gap", "unknown"]] = ("gap",)
    reason: Text
    requested_by: Text
    owner: Text
    approved_by: Text
    compensating: Text
    ticket: Text
    starts: Day = Field(alias="from")
    expires: Day


class FrameworkShape(Strict):
    """Which edition of which framework the file follows."""

    id: Text
    version: Text = ""
    as_of: Day | None = None
    status: Literal["current", "superseded"] = "current"
    superseded_by: Text = ""
    source: Text = ""


class NeedsShape(Strict):
    """Names that the file uses and some other policy binds."""

    destinations: Some[Text] = ()
    scopes: Some[Text] = ()


class NotAssessedShape(Strict):
    """A framework's requirement that this file does not judge, and why."""

    framework: Text = ""
    id: Text
    because: Text


def _version(value: Any) -> int:
    if type(value) is bool or not isinstance(value, int):
        raise PydanticCustomError("shape", "must be `1`")
    if value != 1:
        raise PydanticCustomError("shape", "must be `1`, the only version that this logcov knows")
    return 1


def _name(value: Any) -> Any:
    if isinstance(value, str) and value and not NAME.fullmatch(value):
        raise PydanticCustomError("shape", "must be made of letters, digits, `-`, `_` and `.`")
    return value


class HeadShape(Strict):
    """All of a file; the parts of its sections are looked at one by one, so that each tells of its own problems."""

    version: Annotated[int, BeforeValidator(_version, json_schema_input_type=Literal[1])]
    name: Annotated[Text, BeforeValidator(_name)]
    title: Text = ""
    owner: Text = ""
    framework: FrameworkShape | None = None
    needs: NeedsShape | None = None
    notes: Some[Text] = ()
    scopes: dict[str, Any] = Field(default={})
    destinations: dict[str, Any] = Field(default={})
    log_groups: dict[str, Any] = Field(default={})
    defaults: DefaultsShape | None = None
    require: Many[Any] = ()
    attestations: Many[Any] = ()
    exemptions: Many[Any] = ()
    exemption_limit: Days | None = None
    not_assessed: Many[NotAssessedShape] = ()


def _shape_of_destination(value: Any) -> str:
    return "a mapping" if isinstance(value, dict) else "names"


Destination = Annotated[
    Annotated[Some[Text], Tag("names")] | Annotated[DestinationShape, Tag("a mapping")],
    Discriminator(_shape_of_destination),
]
"""A pattern or name, a list of them, or doors with something vouched for behind them."""


class FileShape(HeadShape):
    """All of a file with all of its parts: what the JSON Schema describes."""

    scopes: dict[str, SelectorItems] = Field(default={})
    destinations: dict[str, Destination] = Field(default={})
    log_groups: dict[str, LogItems] = Field(default={})
    require: Many[RequirementShape] = ()
    attestations: Many[AttestationShape] = ()
    exemptions: Many[ExemptionShape] = ()


LOG_ITEMS: TypeAdapter[tuple[str | LogsShape, ...]] = TypeAdapter(LogItems)
SELECTOR: TypeAdapter[tuple[str | ClauseShape, ...]] = TypeAdapter(SelectorItems)
DESTINATION: TypeAdapter[tuple[str, ...] | DestinationShape] = TypeAdapter(Destination)
