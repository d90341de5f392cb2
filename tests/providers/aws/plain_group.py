"""A log group that keeps what it gets, for tests of what leads there."""

from typing import Any

from providers.aws.stage import Stage


def log_group(stage: Stage, name: str) -> None:
    """The only log group there is: nothing removes its records, and nothing is carried on from it."""

    def groups(ask: Any) -> dict[str, Any]:
        asked = str(ask.params.get("logGroupNamePrefix", ""))
        return {"logGroups": [{"logGroupName": name}] if name.startswith(asked) else []}

    stage.tell("logs:DescribeLogGroups", groups)
    stage.tell("logs:DescribeSubscriptionFilters", {"subscriptionFilters": []})
    stage.tell("logs:DescribeAccountPolicies", {"accountPolicies": []})
