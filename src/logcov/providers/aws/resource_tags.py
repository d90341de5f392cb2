"""Tags of resources whose own list call does not tell them: read for a whole region at once.

Source: tag:GetResources. It tells what is or once was tagged; what it leaves out has no tags.
"""

from collections.abc import Mapping

from logcov.errors import ReadFailure
from logcov.inventory import Unread
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.client import AwsPlace
from logcov.providers.aws.permissions import reads
from logcov.providers.aws.tags import tags_of

CALL = "resourcegroupstaggingapi:GetResources"
OPERATIONS = reads({CALL: "tags of resources, for all of a region at once"})

TagsByArn = Mapping[str, Mapping[str, str] | Unread]


def tags_by_arn(place: AwsPlace, kind: str) -> TagsByArn | Unread:
    """ARN → tags, of all tagged resources of a service (`lambda:function`, `es`, `s3`) in this region."""
    try:
        answer = place.pages(
            "resourcegroupstaggingapi",
            "GetResources",
            "ResourceTagMappingList",
            subject=kind,
            token=("PaginationToken", "PaginationToken"),
            ResourceTypeFilters=[kind],
            ResourcesPerPage=100,
        )
        found: dict[str, Mapping[str, str] | Unread] = {}
        for one in answer.data:
            arn = one.get("ResourceARN")
            if not isinstance(arn, str):
                raise unparseable(CALL, "a resource without an ARN")
            found[arn] = tags_of(place, CALL, one.get("Tags", []), arn)
    except ReadFailure as failure:
        return place.unread(failure, kind)
    return found


def labels_of(tags: TagsByArn | Unread, arn: str) -> Mapping[str, str] | Unread:
    """The tags of one resource."""
    return tags if isinstance(tags, Unread) else tags.get(arn, {})
