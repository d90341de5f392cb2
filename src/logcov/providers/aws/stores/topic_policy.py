"""Whether an SNS topic's policy lets an AWS service publish, as far as that can be told.

Yes only for statements that are understood whole; hardly ever no, since what other statements mean is not judged.
Sources: SNS developer guide, "Example cases for Amazon SNS access control"; EventBridge user guide, "Using
resource-based policies"; IAM user guide, "Policy evaluation logic".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from logcov.providers.aws.globs import matches
from logcov.providers.aws.strict_json import strict

ACTION = "sns:publish"
Answer = bool | None
"""Yes, no, or (None) it cannot be told."""
ALARMS = "cloudwatch.amazonaws.com"
EXACT = frozenset({"stringequals", "stringequalsignorecase", "bool"})
ALIKE = frozenset({"stringlike", "arnlike", "arnequals"})
SOURCES = frozenset({"aws:sourceowner", "aws:sourceaccount", "aws:sourcearn"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """A service about to publish: for which thing (`source`, an ARN) of which account, to which topic."""

    service: str
    account: str
    source: str
    topic: str
    owner: str

    @property
    def context(self) -> Mapping[str, str]:
        """The condition keys that such a request has. Services speak TLS."""
        return {
            "aws:sourceaccount": self.account,
            "aws:sourceowner": self.account,
            "aws:sourcearn": self.source,
            "aws:securetransport": "true",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What a policy says, and why."""

    allowed: Answer
    because: str


def ruling(text: object, publish: Publish) -> Ruling:
    """What a topic's policy says of a publication."""
    statements = _statements(text)
    if statements is None:
        return Ruling(allowed=None, because="the policy is not understood")
    allows: list[tuple[str, Answer]] = []
    denies: list[tuple[str, Answer]] = []
    for number, statement in enumerate(statements, start=1):
        name = str(statement.get("Sid") or f"number {number}")
        effect = statement.get("Effect")
        if effect == "Allow":
            allows.append((name, _allows(statement, publish)))
        elif effect == "Deny":
            denies.append((name, _denies(statement, publish)))
        else:
            return Ruling(allowed=None, because=f"statement {name} has the unknown effect {effect}")
    for name, denied in denies:
        if denied is not False:
            told = "denies it" if denied else "may deny it"
            return Ruling(allowed=False if denied else None, because=f"statement {name} {told}")
    for name, allowed in allows:
        if allowed:
            return Ruling(allowed=True, because=f"statement {name} allows it")
    return Ruling(allowed=None, because=f"no statement is understood to let {publish.service} publish")


def _statements(text: object) -> list[Mapping[str, Any]] | None:
    try:
        policy = strict(text)
    except ValueError:
        return None
    if not isinstance(policy, dict):
        return None
    found = _several(policy.get("Statement"))
    return found if found and all(isinstance(one, dict) for one in found) else None


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _both(*answers: Answer) -> Answer:
    return False if False in answers else None if None in answers else True


def _acts(statement: Mapping[str, Any], publish: Publish) -> Answer:
    """Whether the statement is about publishing to the topic, by its action and resource."""
    if "NotAction" in statement or "NotResource" in statement:
        return None
    action = any(matches(str(one).lower(), ACTION) for one in _several(statement.get("Action")))
    resources = [str(one) for one in _several(statement.get("Resource"))]
    resource: Answer = any(matches(one, publish.topic) for one in resources if "${" not in one)
    if not resource and (not resources or any("${" in one for one in resources)):
        resource = None
    return _both(action, resource)


def _allows(statement: Mapping[str, Any], publish: Publish) -> Answer:
    conditions = _conditions(statement.get("Condition", {}), publish)
    principal = statement.get("Principal")
    named: Answer = None
    if isinstance(principal, Mapping) and publish.service in _several(principal.get("Service")):
        named = True
    elif _everybody(principal) and publish.service == ALARMS and publish.account == publish.owner:
        # The statement that SNS gives every topic: whoever acts for a thing of the owner's account.
        keys = {str(key).lower() for tests in _tests(statement) for key in tests}
        named = True if keys & SOURCES else None
    return _both(_acts(statement, publish), named, conditions)


def _denies(statement: Mapping[str, Any], publish: Publish) -> Answer:
    principal = statement.get("Principal")
    services = _several(principal.get("Service")) if isinstance(principal, Mapping) else []
    who: Answer = _everybody(principal) or publish.service in services
    if not who and (principal is None or any(_alike(one, publish.service) for one in services)):
        who = None
    acts = _acts(statement, publish)
    return _both(who, acts, _conditions(statement.get("Condition", {}), publish))


def _alike(one: object, service: str) -> bool:
    """Whether a name may be another one for the same service."""
    return str(one).partition(".")[0] in {"*", service.partition(".")[0]}


def _everybody(principal: object) -> bool:
    return principal == "*" or (isinstance(principal, Mapping) and "*" in _several(principal.get("AWS")))


def _tests(statement: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    conditions = statement.get("Condition", {})
    found = list(conditions.values()) if isinstance(conditions, Mapping) else []
    return [tests for tests in found if isinstance(tests, Mapping)]


def _conditions(conditions: object, publish: Publish) -> Answer:
    """Whether all conditions hold; one that is not understood leaves it open."""
    if not isinstance(conditions, Mapping):
        return None
    answers: list[Answer] = []
    for operator, tests in conditions.items():
        kind = str(operator).lower()
        if not isinstance(tests, Mapping) or kind not in EXACT | ALIKE:
            answers.append(None)
            continue
        for key, wanted in tests.items():
            actual = publish.context.get(str(key).lower())
            answers.append(None if actual is None else _holds(kind, _several(wanted), actual))
    return _both(*answers)


def _holds(kind: str, wanted: list[Any], actual: str) -> Answer:
    texts = [str(one).lower() if isinstance(one, bool) else str(one) for one in wanted]
    if any("${" in text for text in texts):
        return None
    if kind in EXACT:
        fold = kind != "stringequals"
        return any((text.lower() == actual.lower()) if fold else text == actual for text in texts)
    # A star of an ARN does not reach over a colon, but in the last part; a part more strictly read never says yes wrongly.
    if kind == "stringlike":
        return any(matches(text, actual) for text in texts)
    return any(_arn_like(text, actual) for text in texts)


def _arn_like(wanted: str, actual: str) -> bool:
    theirs, ours = wanted.split(":", 5), actual.split(":", 5)
    return len(theirs) == len(ours) and all(map(matches, theirs, ours))
