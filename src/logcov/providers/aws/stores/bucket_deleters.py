"""Who can delete what rests in a bucket, as far as the bucket's own policy settles it.

IAM policies of the account are not read: where they decide, nobody is named. Only a Deny for everybody but some
principals, on everything by which objects can be made to go away, tells who is left. Source: IAM user guide, "Policy
evaluation logic", "AWS JSON policy elements: NotPrincipal"; S3 user guide, "Deleting object versions from a
versioning-enabled bucket"; Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3".
"""

from collections.abc import Iterator, Mapping
from typing import Any

from logcov.providers.aws.arns import parsed
from logcov.providers.aws.globs import matches

OF_OBJECTS = ("s3:DeleteObject", "s3:DeleteObjectVersion")
OF_THE_BUCKET = ("s3:PutLifecycleConfiguration", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy")
"""What makes objects go away by themselves, and what would lift the Deny."""
PRINCIPAL = "aws:principalarn"
EXCEPT = frozenset({"stringnotequals", "stringnotlike", "arnnotequals", "arnnotlike"})
"""Condition operators that leave out those whose ARN is named."""


def deleters(
    policy: Mapping[str, Any], bucket: str, account: str, *, partition: str
) -> tuple[str, ...] | None:
    """The principals that a bucket's policy does not keep from deleting, `aws:role/ACCOUNT/NAME`; None if it keeps nobody.

    The root user of the bucket's owner can always take a bucket's policy away; it is named as well.
    """
    left: dict[str, set[str]] = {}
    arn = f"arn:{partition}:s3:::{bucket}"
    for statement in _denials(policy):
        spared = _spared(statement)
        if spared is None:
            continue
        for action in (*OF_OBJECTS, *OF_THE_BUCKET):
            about = _all_objects if action in OF_OBJECTS else _bucket
            if _covers(statement, "Action", action.lower(), fold=True) and about(statement, arn):
                left[action] = left[action] & spared if action in left else set(spared)
    if left.keys() != {*OF_OBJECTS, *OF_THE_BUCKET}:
        return None
    return tuple(sorted({f"aws:root/{account}", *(_named(arn) for arn in set().union(*left.values()))}))


def _denials(policy: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    statements = policy.get("Statement")
    for statement in statements if isinstance(statements, list) else [statements]:
        if isinstance(statement, Mapping) and statement.get("Effect") == "Deny":
            yield statement


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _covers(statement: Mapping[str, Any], element: str, wanted: str, *, fold: bool) -> bool:
    patterns = [one for one in _several(statement.get(element)) if isinstance(one, str)]
    return any(matches(one.lower() if fold else one, wanted) for one in patterns)


def _bucket(statement: Mapping[str, Any], arn: str) -> bool:
    """Whether the statement is about the bucket itself."""
    return _covers(statement, "Resource", arn, fold=False)


def _all_objects(statement: Mapping[str, Any], arn: str) -> bool:
    """Whether the statement is about all objects of the bucket."""
    everything = {"*", f"{arn}/*", f"{arn}*"}
    return any(one in everything for one in _several(statement.get("Resource")))


def _spared(statement: Mapping[str, Any]) -> set[str] | None:
    """The ARNs that a Deny leaves out; None if it leaves out more than it names."""
    if "NotPrincipal" in statement:
        named = statement["NotPrincipal"]
        arns = _several(named.get("AWS")) if isinstance(named, Mapping) and named.keys() == {"AWS"} else []
        plain = bool(arns) and "Condition" not in statement
        return {str(one) for one in arns} if plain and all(parsed(one) for one in arns) else None
    principal = statement.get("Principal")
    if principal != "*" and not (isinstance(principal, Mapping) and "*" in _several(principal.get("AWS"))):
        return None
    conditions = statement.get("Condition", {})
    if not isinstance(conditions, Mapping):
        return None
    if not conditions:
        return set()
    if len(conditions) != 1:
        return None
    ((operator, tests),) = conditions.items()
    if operator.lower() not in EXCEPT or not isinstance(tests, Mapping) or len(tests) != 1:
        return None
    ((key, values),) = tests.items()
    if key.lower() != PRINCIPAL or not all(isinstance(one, str) for one in _several(values)):
        return None
    return set(_several(values))


def _named(arn: str) -> str:
    """`arn:aws:iam::1:role/path/Name` as `aws:role/1/path/Name`; what is no ARN of a principal stays as it is."""
    told = parsed(arn)
    if told is None or told.service != "iam" or "/" not in told.resource:
        return (
            f"aws:principal/{arn}" if told is None or told.resource != "root" else f"aws:root/{told.account}"
        )
    kind, _, name = told.resource.partition("/")
    return f"aws:{kind}/{told.account}/{name}"
