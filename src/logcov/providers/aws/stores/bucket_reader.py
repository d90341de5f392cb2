"""One bucket being asked about: each of its configurations by one call, as its owner where that is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Unread
from logcov.providers.aws.client import AwsPlace

GONE = "NoSuchBucket"
"""Never the bare status 404: an error whose body is cut off has no other code, whatever it says is missing."""


@dataclass(slots=True)
class Reader:
    """One bucket being read: where to ask, what was told, and whether it turned out to be gone."""

    place: AwsPlace
    bucket: str
    owner: str | None
    readings: list[str] = field(default_factory=list)
    gone: bool = False
    answers: dict[str, Mapping[str, Any] | Unread | None] = field(default_factory=dict)

    def ask(self, operation: str, *absent: str) -> Mapping[str, Any] | Unread | None:
        """One configuration of the bucket, asked once; None where S3 says that there is none."""
        if operation not in self.answers:
            self.answers[operation] = self._ask(operation, *absent)
        return self.answers[operation]

    def _ask(self, operation: str, *absent: str) -> Mapping[str, Any] | Unread | None:
        params = {"Bucket": self.bucket}
        if self.owner:
            # Refused if somebody else has made a bucket of that name since.
            params["ExpectedBucketOwner"] = self.owner
        try:
            answer = self.place.call("s3", operation, **params)
        except ReadFailure as failure:
            self.gone = self.gone or failure.code == GONE
            if failure.code and failure.code in (*absent, GONE):
                self.readings.append(self.place.noted(failure.call))
                return None
            return self.place.unread(failure)
        self.readings.append(answer.reading)
        data: Mapping[str, Any] = answer.data
        return data
