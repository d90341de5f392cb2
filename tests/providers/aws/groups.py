"""Log groups that exist, so that tests of a family can assert what reaches them."""

from logcov.sandbox.aws_wire import Ask
from providers.aws.stage import Content, Stage


def log_groups(stage: Stage, *names: str) -> None:
    """These groups are there, keep for ever, and hand nothing on; others are not."""

    def named(ask: Ask) -> Content:
        prefix = str(ask.params["logGroupNamePrefix"])
        return {"logGroups": [{"logGroupName": name} for name in names if name.startswith(prefix)]}

    stage.tell("logs:DescribeLogGroups", named)
    stage.tell("logs:DescribeSubscriptionFilters", {"subscriptionFilters": []})
    stage.tell("logs:DescribeAccountPolicies", {"accountPolicies": []})
