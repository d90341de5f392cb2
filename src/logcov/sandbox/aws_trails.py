"""CloudTrail, answered from the world: moto has no organisation trails in members, no delivery errors, no Lake.

What a trail tells depends on who asks and where: an organisation trail is seen by every active member, under
its owner's ARN; a multi-region trail in every region; its selectors only in its home region, by its owner.
Source: AWS CloudTrail API reference, `DescribeTrails`, `GetTrailStatus`, `GetEventSelectors`, and the user
guide's "Creating a trail for an organization".
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from logcov.sandbox.aws_refused import Refused
from logcov.sandbox.aws_world import AwsWorld, Store, Trail


class CloudTrail:
    """CloudTrail of all accounts and regions of one world (its `aws` section)."""

    def __init__(self, world: AwsWorld, keys: Mapping[str, str]) -> None:
        """`keys`: name of a KMS key in the world → its ARN."""
        self._world = world
        self._keys = keys
        self._answers: Mapping[str, Callable[[str, str, Mapping[str, Any]], Mapping[str, Any]]] = {
            "DescribeTrails": self._describe,
            "ListTrails": self._list,
            "GetTrail": self._get,
            "GetTrailStatus": self._status,
            "GetEventSelectors": self._selectors,
            "GetInsightSelectors": self._insights,
            "ListTags": self._tags,
            "LookupEvents": self._lookup,
            "ListEventDataStores": self._stores,
            "GetEventDataStore": self._store,
            "ListChannels": lambda *_: {"Channels": []},
        }

    def answer(
        self, operation: str, account: str, region: str, params: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """The whole answer (all pages of it), shaped as boto3 returns it.

        Raises:
            Refused: what AWS answers with an error, or what this CloudTrail does not know.
        """
        ask = self._answers.get(operation)
        if ask is None:
            raise Refused("UnsupportedOperationException", f"The sandbox does not answer {operation}.")
        return ask(account, region, params)

    # --- Trails -------------------------------------------------------------------------------------------

    def _seen(self, account: str, region: str) -> Iterator[Trail]:
        for trail in self._world.trails:
            if account != trail.account and not trail.organization:
                continue
            if region == trail.home or trail.multi_region:
                yield trail

    def _named(self, account: str, region: str, name: str) -> Trail:
        for trail in self._seen(account, region):
            # The bare name works only where the trail lives; everywhere else, the ARN names it.
            at_home = account == trail.account and region == trail.home
            if name == trail.arn or (at_home and name == trail.name):
                return trail
        raise Refused("TrailNotFoundException", f"Unknown trail: {name} for the user: {account}")

    def _trail(self, trail: Trail) -> dict[str, Any]:
        group, owner, home = trail.log_group, trail.account, trail.home
        described = {
            "Name": trail.name,
            "S3BucketName": trail.bucket,
            "S3KeyPrefix": trail.prefix,
            "IncludeGlobalServiceEvents": trail.global_events,
            "IsMultiRegionTrail": trail.multi_region,
            "HomeRegion": home,
            "TrailARN": trail.arn,
            "LogFileValidationEnabled": trail.validation,
            "CloudWatchLogsLogGroupArn": group and f"arn:aws:logs:{home}:{owner}:log-group:{group}:*",
            "CloudWatchLogsRoleArn": group and f"arn:aws:iam::{owner}:role/CloudTrailToLogs",
            "KmsKeyId": self._keys[trail.key] if trail.key is not None else None,
            "HasCustomEventSelectors": trail.selectors is not None,
            "HasInsightSelectors": False,
            "IsOrganizationTrail": trail.organization,
        }
        return {name: value for name, value in described.items() if value is not None}

    def _describe(self, account: str, region: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        names = params.get("trailNameList") or []
        shadows = params.get("includeShadowTrails", True)
        found = [
            self._trail(trail)
            for trail in self._seen(account, region)
            if (not names or trail.name in names or trail.arn in names)
            and (shadows or (account == trail.account and region == trail.home))
        ]
        return {"trailList": found}

    def _list(self, account: str, region: str, _: Mapping[str, Any]) -> Mapping[str, Any]:
        return {
            "Trails": [
                {"TrailARN": trail.arn, "Name": trail.name, "HomeRegion": trail.home}
                for trail in self._seen(account, region)
            ]
        }

    def _get(self, account: str, region: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"Trail": self._trail(self._named(account, region, str(params.get("Name"))))}

    def _status(self, account: str, region: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        trail = self._named(account, region, str(params.get("Name")))
        logging = trail.logging
        status: dict[str, Any] = {
            "IsLogging": logging,
            "StartLoggingTime": trail.created,
            "TimeLoggingStarted": "",
            "TimeLoggingStopped": "",
            "LatestDeliveryAttemptTime": "",
            "LatestDeliveryAttemptSucceeded": "",
            "LatestNotificationAttemptTime": "",
            "LatestNotificationAttemptSucceeded": "",
        }
        if not logging:
            status["StopLoggingTime"] = trail.stopped
        if trail.delivery_error is not None:
            status["LatestDeliveryError"] = trail.delivery_error
        if f"{account}/{region}" not in trail.idle_in:
            last = trail.delivered if trail.stopped is None else trail.stopped
            status["LatestDeliveryTime"] = last
            if trail.validation:
                status["LatestDigestDeliveryTime"] = last - timedelta(minutes=40)
            if trail.log_group is not None:
                status["LatestCloudWatchLogsDeliveryTime"] = last
        return status

    def _selectors(self, account: str, region: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        trail = self._named(account, region, str(params.get("TrailName")))
        if account != trail.account or region != trail.home:
            raise Refused(
                "TrailNotFoundException", f"Unknown trail: {params.get('TrailName')} for the user: {account}"
            )
        # A trail that nobody configured records management events and says so.
        selectors = trail.selectors or {
            "EventSelectors": [
                {
                    "ReadWriteType": "All",
                    "IncludeManagementEvents": True,
                    "DataResources": [],
                    "ExcludeManagementEventSources": [],
                }
            ]
        }
        return {"TrailARN": trail.arn, **selectors}

    def _insights(self, account: str, region: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        self._named(account, region, str(params.get("TrailName")))
        raise Refused("InsightNotEnabledException", "Insight selectors are not enabled for this trail.")

    def _tags(self, account: str, region: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        wanted = params.get("ResourceIdList") or []
        for name in wanted:
            self._named(account, region, str(name))
        return {"ResourceTagList": [{"ResourceId": name, "TagsList": []} for name in wanted]}

    # --- Events and Lake ----------------------------------------------------------------------------------

    def _lookup(self, account: str, region: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        events = self._world.events
        if f"{account}/{region}" in events.quiet:
            return {"Events": []}
        found = []
        for index, event in enumerate(events.recent):
            at, source = event.at, event.source
            read_only = "true" if event.read_only else "false"
            told = {"EventName": event.name, "EventSource": source, "ReadOnly": read_only}
            asked = params.get("LookupAttributes") or []
            if any(told.get(each["AttributeKey"]) != each["AttributeValue"] for each in asked):
                continue
            if not _within(at, params.get("StartTime"), params.get("EndTime")):
                continue
            identity = f"{account[:8]}-{index:04d}-4000-8000-{region.replace('-', '')[:12]:0<12}"
            record = {
                "eventVersion": "1.11",
                "eventTime": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "eventSource": source,
                "eventName": event.name,
                "awsRegion": region,
                "readOnly": event.read_only,
                "eventID": identity,
                "eventType": "AwsApiCall",
                "managementEvent": True,
                "recipientAccountId": account,
                "eventCategory": "Management",
            }
            found.append(
                {
                    "EventId": identity,
                    "EventTime": at,
                    "Username": event.user,
                    "Resources": [],
                    "CloudTrailEvent": json.dumps(record),
                    **told,
                }
            )
        return {"Events": found}

    def _in_store(self, store: Store) -> dict[str, Any]:
        return {
            "EventDataStoreArn": store.arn,
            "Name": store.name,
            "Status": store.status,
            "AdvancedEventSelectors": store.selectors,
            "MultiRegionEnabled": store.multi_region,
            "OrganizationEnabled": store.organization,
            "RetentionPeriod": store.retention,
            "TerminationProtectionEnabled": store.protected,
            "CreatedTimestamp": store.created,
            "UpdatedTimestamp": store.created,
        }

    def _own_stores(self, account: str, region: str) -> list[Store]:
        return [each for each in self._world.stores if (each.account, each.region) == (account, region)]

    def _stores(self, account: str, region: str, _: Mapping[str, Any]) -> Mapping[str, Any]:
        # The list tells nothing but names and ARNs, whatever its model allows.
        return {
            "EventDataStores": [
                {"EventDataStoreArn": each.arn, "Name": each.name}
                for each in self._own_stores(account, region)
            ]
        }

    def _store(self, account: str, region: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        for store in self._own_stores(account, region):
            if params.get("EventDataStore") in (store.arn, store.id):
                return {
                    **self._in_store(store),
                    "BillingMode": "EXTENDABLE_RETENTION_PRICING",
                    "FederationStatus": "DISABLED",
                }
        raise Refused(
            "EventDataStoreNotFoundException", f"No event data store {params.get('EventDataStore')}"
        )


def _within(at: datetime, start: Any, end: Any) -> bool:
    """Whether a time lies between two others, given as JSON gives them (seconds since 1970) or not given."""
    seconds = at.timestamp()
    return (start is None or seconds >= float(start)) and (end is None or seconds <= float(end))
