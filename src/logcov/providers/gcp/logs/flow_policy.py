"""Whether an organisation policy may switch VPC Flow Logs on where a subnet itself says nothing.

The list constraint `compute.requireVpcFlowLogs` holds the settings that subnets may have. Compute Engine says of a subnet
without a switch: "the default behavior is determined by the org policy, if there is no org policy specified, then it will
default to disabled". What it is with a policy is not documented further, so only a policy that allows everything
lets a missing switch mean off.
Sources: compute v1, `SubnetworkLogConfig.enable` and `.flowSampling`; orgpolicy v2, method getEffectivePolicy;
https://cloud.google.com/resource-manager/docs/organization-policy/org-policy-constraints.
"""

from typing import Literal

from logcov.errors import ReadFailure
from logcov.inventory import Unread
from logcov.providers.gcp.client import GcpPlace
from logcov.providers.gcp.fields import mapping, mappings
from logcov.providers.gcp.operations import Method
from logcov.providers.google import MalformedAnswerError
from logcov.providers.rows import Operation

CONSTRAINT = "compute.requireVpcFlowLogs"

EFFECTIVE_POLICY_GET = Method(
    operation=Operation(
        call="orgpolicy.policies.getEffectivePolicy",
        permission="orgpolicy.policy.get",
        wire="GET v2/projects/{project}/policies/{policy}:getEffectivePolicy",
        why="whether flow logs are on in subnets that do not say; asked only where there are such subnets",
    ),
    api="orgpolicy",
    version="v2",
    collection=("projects", "policies"),
    name="getEffectivePolicy",
)


def defaults_apply(place: GcpPlace) -> Literal[True] | Unread:
    """That what a subnet does not say has the documented default: no policy of the project changes it. Asked once."""
    return place.session.once.get((CONSTRAINT, place.container), lambda: _asked(place))


def _asked(place: GcpPlace) -> Literal[True] | Unread:
    about = place.session.about(EFFECTIVE_POLICY_GET, place.scope.id, CONSTRAINT)
    try:
        answer = place.session.get(
            EFFECTIVE_POLICY_GET,
            place.scope.id,
            subject=CONSTRAINT,
            name=f"{place.container}/policies/{CONSTRAINT}",
        )
        rules = mappings(mapping(answer.body, "spec"), "rules")
    except ReadFailure as failure:
        return about.failed(failure)
    except MalformedAnswerError as error:
        return about.odd("spec", str(error))
    if rules and all(rule == {"allowAll": True} for rule in rules):
        return True
    return about.unseen("spec", "what subnets do that say nothing depends on this organisation policy")
