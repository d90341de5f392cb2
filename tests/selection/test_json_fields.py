"""What JSON holds in a field of an AWS record."""

import pytest

from logcov.inventory.rows import Field, LogSource
from logcov.selection.json_fields import JsonField, json_field, of_cloudtrail
from selection_rows import AUDIT, DATA, MANAGEMENT

FINDINGS = LogSource(
    id="aws.guardduty.findings",
    title="Findings",
    provider="aws",
    scope_kinds=("aws.account",),
    fields=(
        Field(name="severity", kind="number"),
        Field(name="service.archived", kind="finite", values=("true", "false")),
        Field(name="type"),
        Field(name="tags", repeated=True),
    ),
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("eventName", JsonField("eventName", "string", scalar=True)),
        ("userIdentity.arn", JsonField("userIdentity.arn", "string", scalar=True)),
        ("readOnly", JsonField("readOnly", "boolean", scalar=True)),
        (
            "sessionCredentialFromConsole",
            JsonField("sessionCredentialFromConsole", "unknown", scalar=True),
        ),
        ("requestParameters.x", JsonField("requestParameters.x", "unknown", scalar=False)),
        ("additionalEventData.MFAUsed", JsonField("additionalEventData.MFAUsed", "unknown", scalar=False)),
        ("resources.ARN", JsonField("resources.ARN", "unknown", scalar=False, partial=True)),
    ],
)
def test_cloudtrail_documents_its_records(name: str, expected: JsonField) -> None:
    assert json_field(name, MANAGEMENT) == expected
    assert json_field(name, DATA) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("severity", JsonField("severity", "number", scalar=True)),
        ("service.archived", JsonField("service.archived", "boolean", scalar=True)),
        ("type", JsonField("type", "unknown", scalar=True)),
        ("tags", JsonField("tags", "unknown", scalar=False)),
        ("eventName", JsonField("eventName", "unknown", scalar=False)),
        ("resources.x", JsonField("resources.x", "unknown", scalar=False)),
    ],
)
def test_of_other_sources_the_row_tells(name: str, expected: JsonField) -> None:
    assert json_field(name, FINDINGS) == expected


def test_cloudtrail_is_told_by_the_id() -> None:
    assert [of_cloudtrail(source) for source in (MANAGEMENT, DATA, FINDINGS, AUDIT)] == [
        True,
        True,
        False,
        False,
    ]
