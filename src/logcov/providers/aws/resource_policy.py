"""What the policy of a resource says of a service that is about to use it, as far as that can be told.

An explicit Deny wins. What is not understood is neither yes nor no. Sources: IAM user guide, "Policy evaluation logic",
"IAM JSON policy elements: Condition operators", "Creating a condition that tests for null values"; "AWS JSON policy
elements: Principal" (service principals); KMS developer guide, "Key policies in AWS KMS".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from logcov.providers.aws.globs import UNKNOWN, matches, matches_from

Answer = bool | None
"""Yes, no, or (None) it cannot be told."""

REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A service that asks for one action on one resource.

    Attributes:
        service: its principal.
        account: it comes as this AWS account instead; empty: as one whose number nobody knows; None: as itself.
        arn: of the IAM identity that it is in that account; empty: as any.
        action: as IAM names it, `s3:PutObject`.
        purpose: the action in words, as in "no statement allows NAME to write there".
        resource: its ARN; one that ends in `UNKNOWN` is known up to there.
        context: condition key in lower case → its value; one that ends in `UNKNOWN` is known up to there.
            A key that is not in it may have any value, or none.
    """

    service: str
    account: str | None = None
    arn: str = ""
    action: str
    purpose: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What a policy says of a request, and which statement decides, if one does."""

    allowed: Answer
    because: str
    statement: Mapping[str, Any] | None = None


def ruling(policy: Mapping[str, Any] | None, request: Request, *, granted: bool = False) -> Ruling:
    """What a policy says of a request; no policy allows nothing to a service.

    `granted`: something else than the policy allows it, so that only a Deny stands in the way.
    """
    if policy is None:
        return Ruling(allowed=granted, because="there is no policy")
    if "Statement" not in policy:
        return Ruling(allowed=None, because="the policy has no Statement")
    hits: dict[str, list[tuple[Answer, str, Mapping[str, Any]]]] = {"Allow": [], "Deny": []}
    for number, statement in enumerate(_several(policy.get("Statement")), start=1):
        if not isinstance(statement, Mapping):
            return Ruling(allowed=None, because=f"statement {number} is no statement")
        name = str(statement.get("Sid") or f"number {number}")
        effect = statement.get("Effect")
        if not isinstance(effect, str) or effect not in hits:
            return Ruling(allowed=None, because=f"statement {name} has the unknown effect {effect}")
        hit = _applies(statement, request, allowing=effect == "Allow")
        if hit is not False:
            hits[effect].append((hit, name, statement))
    for hit, name, statement in hits["Deny"]:
        if hit:
            return Ruling(allowed=False, because=f"statement {name} denies it", statement=statement)
    if not hits["Allow"] and not granted:
        return Ruling(allowed=False, because=f"no statement allows {request.service} {request.purpose}")
    for _, name, statement in hits["Deny"]:
        why = f"whether statement {name} denies it cannot be told"
        return Ruling(allowed=None, because=why, statement=statement)
    if granted:
        return Ruling(allowed=True, because="no statement denies it")
    for hit, name, statement in hits["Allow"]:
        if hit:
            return Ruling(allowed=True, because=f"statement {name} allows it", statement=statement)
    _, name, statement = hits["Allow"][0]
    why = f"whether statement {name} allows it cannot be told"
    return Ruling(allowed=None, because=why, statement=statement)


def _applies(statement: Mapping[str, Any], request: Request, *, allowing: bool) -> Answer:
    return _both(
        _principal(statement, request, allowing=allowing),
        _action(statement, request.action.lower()),
        _resource(statement, request),
        *(_condition(operator, tests, request) for operator, tests in _conditions(statement)),
    )


def _both(*answers: Answer) -> Answer:
    if any(answer is False for answer in answers):
        return False
    return None if any(answer is None for answer in answers) else True


def _either(answers: Sequence[Answer]) -> Answer:
    if any(answers):
        return True
    return None if any(answer is None for answer in answers) else False


def _opposite(answer: Answer) -> Answer:
    return None if answer is None else not answer


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _principal(statement: Mapping[str, Any], request: Request, *, allowing: bool) -> Answer:
    if "Principal" not in statement:
        return None  # NotPrincipal
    principal = statement["Principal"]
    if principal == "*":
        return True
    if not isinstance(principal, Mapping):
        return None
    if request.account is not None:
        return _account(principal, request.account, request.arn)
    if "*" in _several(principal.get("AWS")):
        # The same as `*`, says the user guide; a grant to a service by that name is not taken for granted.
        return None if allowing else True
    return _either([same_service(str(one), request.service) for one in _several(principal.get("Service"))])


def same_service(named: str, service: str) -> Answer:
    """Whether two principals are one service. Of a differently spelled name that begins alike, nobody knows."""
    if named in {service, "*"}:
        return True
    theirs, ours = named.split("."), service.split(".")
    if theirs[0] != ours[0]:
        return False
    regional = all(len(name) > 1 and REGION.fullmatch(name[1]) for name in (theirs, ours))
    return False if regional and theirs[1] != ours[1] else None


def _account(principal: Mapping[str, Any], account: str, arn: str) -> Answer:
    """Whether an AWS account is meant: by its number, or by the ARN of its root; users and roles are a part of it."""
    answers: list[Answer] = [None for kind in principal if kind not in {"AWS", "Service"}]
    for one in map(str, _several(principal.get("AWS"))):
        if one == "*":
            answers.append(True)
        elif not account:
            answers.append(None)
        elif account not in one:
            answers.append(None if "arn:" not in one and not one.isdigit() else False)
        else:
            mine = one == account or one.endswith(f"::{account}:root") or (bool(arn) and one == arn)
            answers.append(True if mine else None)
    return _either(answers)


def _action(statement: Mapping[str, Any], name: str) -> Answer:
    if "Action" in statement:
        return any(matches(str(one).lower(), name) for one in _several(statement["Action"]))
    if "NotAction" in statement:
        return not any(matches(str(one).lower(), name) for one in _several(statement["NotAction"]))
    return None


def _resource(statement: Mapping[str, Any], request: Request) -> Answer:
    if "Resource" in statement:
        return _either([_one_resource(str(one), request) for one in _several(statement["Resource"])])
    if "NotResource" in statement:
        hit = _either([_one_resource(str(one), request) for one in _several(statement["NotResource"])])
        return _opposite(hit)
    return None


def _one_resource(pattern: str, request: Request) -> Answer:
    return None if "${" in pattern else _like(pattern, request.resource)


def _conditions(statement: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    conditions = statement.get("Condition", {})
    if isinstance(conditions, Mapping):
        yield from conditions.items()
    else:
        yield "unknown", conditions


POSITIVE = frozenset({"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "bool"})
NEGATIVE = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
}


def _condition(operator: str, tests: Any, request: Request) -> Answer:
    """One operator of a condition block: all its keys must hold, any value of a key will do."""
    name = operator.lower().removesuffix("ifexists")
    if not isinstance(tests, Mapping):
        return None
    if name == "null":
        return _both(*(_absent(str(key), values, request) for key, values in tests.items()))
    if name not in POSITIVE and name not in NEGATIVE:
        return None
    positive = NEGATIVE.get(name, name)
    answers: list[Answer] = []
    for key, values in tests.items():
        actual = request.context.get(str(key).lower())
        if actual is None:
            answers.append(None)
            continue
        hit = _either([_compared(positive, _text(value), actual) for value in _several(values)])
        answers.append(hit if name in POSITIVE else _opposite(hit))
    return _both(*answers)


def _absent(key: str, values: Any, request: Request) -> Answer:
    """`Null`: "true" wants the key absent, "false" present. A key that is not known may be either."""
    wanted = {_text(value).lower() for value in _several(values)}
    if key.lower() not in request.context or wanted not in ({"true"}, {"false"}):
        return None
    return wanted == {"false"}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _compared(operator: str, wanted: str, actual: str) -> Answer:
    if "${" in wanted:
        return None
    match operator:
        case "stringequals":
            return _equal(wanted, actual)
        case "stringequalsignorecase" | "bool":
            return _equal(wanted.lower(), actual.lower())
        case "stringlike":
            return _like(wanted, actual)
        case _:
            return _arn_like(wanted, actual)


def _equal(wanted: str, actual: str) -> Answer:
    if not actual.endswith(UNKNOWN):
        return wanted == actual
    return None if wanted.startswith(actual.removesuffix(UNKNOWN)) else False


def _like(wanted: str, actual: str) -> Answer:
    if not actual.endswith(UNKNOWN):
        return matches(wanted, actual)
    return matches_from(wanted, actual.removesuffix(UNKNOWN))


def _arn_like(wanted: str, actual: str) -> Answer:
    """ARNs are compared part by part: a star does not reach over a colon, but in the last part."""
    theirs, ours = wanted.split(":", 5), actual.split(":", 5)
    if len(theirs) != len(ours):
        return None
    return _both(*(_like(pattern, part) for pattern, part in zip(theirs, ours, strict=True)))
