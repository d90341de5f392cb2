"""What JSON holds in a field of an AWS record: for the dialects that tell `"true"` from `true`, and `"5"` from `5`.

Records hold texts. Where the JSON type of a field is documented, a comparison of JSON values is exact; where it is
not, some comparisons stay open.

Source: CloudTrail User Guide, "CloudTrail record contents".
"""

from dataclasses import dataclass
from typing import Literal

from logcov.inventory.rows import Field, LogSource
from logcov.selection.fields import RecordFields

JsonType = Literal["string", "boolean", "number", "unknown"]

_STRINGS = frozenset(
    {
        "additionalEventData.MFAUsed",
        "awsRegion",
        "errorCode",
        "errorMessage",
        "eventCategory",
        "eventName",
        "eventSource",
        "eventType",
        "recipientAccountId",
        "sourceIPAddress",
        "userAgent",
        "userIdentity.accountId",
        "userIdentity.arn",
        "userIdentity.invokedBy",
        "userIdentity.type",
        "userIdentity.userName",
        "vpcEndpointId",
    }
)
_BOOLEANS = frozenset({"readOnly"})
_RESOURCES = "resources."
"""CloudTrail's `resources` is a list: of its elements, the fields of records tell one."""


@dataclass(frozen=True, slots=True)
class JsonField:
    """A field of the JSON that AWS writes.

    Attributes:
        name: the field's name in records.
        type: of its values; `unknown` if it may be any, or a list of any.
        scalar: the row names it, and it holds one value at most; then a record that lacks it lacks it in JSON too. Of
            others, the JSON may hold null, an object or a list.
        partial: the JSON may hold more values than the record tells.
    """

    name: str
    type: JsonType
    scalar: bool
    partial: bool = False


def of_cloudtrail(source: LogSource) -> bool:
    """Whether the records are CloudTrail events."""
    return source.id.startswith("aws.cloudtrail.")


def json_field(name: str, source: LogSource) -> JsonField:
    """What is known of a field of the source's records, whether or not its row names it.

    Of other sources than CloudTrail, a row's number is a JSON number, and a field of `true` and `false` a JSON boolean;
    other text may be of any type.
    """
    row = RecordFields(source).get(name)
    scalar = row is not None and not row.repeated
    if not of_cloudtrail(source):
        return JsonField(name, _told(row), scalar)
    if name.startswith(_RESOURCES):
        return JsonField(name, "unknown", scalar=False, partial=True)
    known: JsonType = "unknown"
    if scalar and name in _STRINGS:
        known = "string"
    elif scalar and name in _BOOLEANS:
        known = "boolean"
    return JsonField(name, known, scalar)


def _told(row: Field | None) -> JsonType:
    if row is not None and row.kind == "number":
        return "number"
    if row is not None and set(row.values) == {"true", "false"}:
        return "boolean"
    return "unknown"
