import json
import time
from typing import Any

import pytest

from logcov.inventory import Activity, Delivery, Emitter, Filter, Listing, Route, Scope, Unread
from logcov.providers.aws.logs.trails import observe_trails
from providers.aws.company import STARTED, Company, delivering
from providers.aws.crawl import Crawl, crawl, open_session
from providers.aws.front import HOME, Ask, Front, Reply, denied, on, refused, told

MAIN = f"aws:cloudtrail/us-east-1/{HOME}/main"


def look(front: Front, **target: Any) -> Crawl:
    return crawl(front.endpoint, ("aws.trails",), organization=True, **target)


def status(front: Front, **fields: Any) -> None:
    """Every trail has this status; None leaves a field out."""
    front.rules.insert(0, on("cloudtrail:GetTrailStatus", lambda _: delivering(**fields)))


def trails(front: Front, *changes: dict[str, Any]) -> None:
    """DescribeTrails in the management account: the company's main trail, changed."""
    main = {
        "Name": "main",
        "S3BucketName": "org-logs",
        "IncludeGlobalServiceEvents": True,
        "IsMultiRegionTrail": True,
        "HomeRegion": "us-east-1",
        "TrailARN": f"arn:aws:cloudtrail:us-east-1:{HOME}:trail/main",
        "LogFileValidationEnabled": True,
        "IsOrganizationTrail": False,
    }
    told_ = [
        {name: value for name, value in (main | change).items() if value is not None} for change in changes
    ]
    front.rules.insert(
        0,
        on(
            "cloudtrail:DescribeTrails",
            lambda _: told("cloudtrail:DescribeTrails", trailList=told_),
            account=HOME,
        ),
    )


def route(found: Crawl, place: str = f"{HOME}/us-east-1#s3", setting: str = MAIN) -> Route:
    one = found.one(Route, f"{setting}@{place}")
    assert isinstance(one, Route)
    return one


def test_a_trail_of_all_regions_is_a_route_in_each_to_its_bucket_and_its_log_group(front: Front) -> None:
    found = look(front)
    assert [one.id for one in found.routes(MAIN)] == [
        f"{MAIN}@{HOME}/eu-west-1#s3",
        f"{MAIN}@{HOME}/eu-west-1#logs",
        f"{MAIN}@{HOME}/eu-west-1#events",
        f"{MAIN}@{HOME}/us-east-1#s3",
        f"{MAIN}@{HOME}/us-east-1#logs",
        f"{MAIN}@{HOME}/us-east-1#events",
    ]
    s3 = route(found, f"{HOME}/eu-west-1#s3")
    assert (s3.kind, s3.effect, s3.setting) == ("aws.trail", "carry", MAIN)
    assert (s3.origin, s3.location, s3.descends) == (f"aws:accounts/{HOME}", "eu-west-1", False)
    assert (s3.to, s3.prefix) == ("aws:s3/org-logs", f"AWSLogs/{HOME}/CloudTrail/eu-west-1/")
    assert (s3.enabled, s3.validated, s3.writer) == (True, True, "cloudtrail.amazonaws.com")
    logs = route(found, f"{HOME}/eu-west-1#logs")
    assert logs.to == f"aws:logs/us-east-1/{HOME}//trail/main"
    assert (logs.validated, logs.writer) == (None, "")


def test_a_trail_of_one_region_acts_there_alone(front: Front, company: Company) -> None:
    one, _ = look(front).routes("/writes")
    assert one.location == "eu-west-1"
    assert one.prefix == f"team/AWSLogs/{company.member}/CloudTrail/eu-west-1/"


def test_every_kind_of_events_is_emitted_in_every_region(front: Front, company: Company) -> None:
    found = look(front)
    emitters = [one for one in found.all(Emitter) if one.scope == f"aws:accounts/{company.member}"]
    assert {(one.source, one.location) for one in emitters} == {
        (source, region)
        for source in ("aws.cloudtrail.management", "aws.cloudtrail.data", "aws.cloudtrail.network_activity")
        for region in ("eu-west-1", "us-east-1")
    }
    assert emitters[0].fields == {"recipientAccountId": company.member, "awsRegion": "eu-west-1"}


def test_in_a_suspended_account_nothing_can_be_logged(front: Front, company: Company) -> None:
    found = look(front)
    theirs = [one for one in found.all(Emitter) if one.scope == f"aws:accounts/{company.closed}"]
    assert {one.not_applicable for one in theirs} == {"the account is suspended"}
    assert company.closed not in {ask.account for ask in front.calls}


# --- what it takes ----------------------------------------------------------------------------------------


def test_the_selectors_are_kept_word_for_word_and_shared(front: Front) -> None:
    found = look(front)
    (filter_id,) = {one.filter for one in found.routes("/writes")}
    kept = [one for one in found.all(Filter) if one.id == filter_id]
    assert {one.dialect for one in kept} == {"aws.event-selectors"}
    (selector,) = json.loads(kept[0].text)["EventSelectors"]
    assert selector["ReadWriteType"] == "WriteOnly"


def test_selectors_are_read_once_in_the_home_region_of_a_trail(front: Front) -> None:
    look(front)
    asked = [(ask.region, ask.account) for ask in front.calls if ask.call == "cloudtrail:GetEventSelectors"]
    assert asked.count(("us-east-1", HOME)) == 1
    assert len(asked) == 2


def test_refused_selectors_of_one_trail_leave_the_others(front: Front, company: Company) -> None:
    front.rules.insert(0, on("cloudtrail:GetEventSelectors", denied, account=HOME))
    found = look(front)
    spot = found.why(route(found).filter)
    assert (spot.place, spot.location, spot.kind) == (f"aws:accounts/{HOME}", "us-east-1", "access-denied")
    assert len({one.filter.blind_spot for one in found.routes(MAIN) if isinstance(one.filter, Unread)}) == 1
    writes, _ = found.routes("/writes")
    assert isinstance(writes.filter, str)
    assert (f"aws:accounts/{HOME}", "us-east-1") in found.listed("aws.trail")


@pytest.mark.parametrize(
    ("change", "left_out"),
    [
        ({"IsMultiRegionTrail": False, "IncludeGlobalServiceEvents": False}, True),
        ({"IsMultiRegionTrail": False, "IncludeGlobalServiceEvents": True}, False),
        ({"IsMultiRegionTrail": True, "IncludeGlobalServiceEvents": False}, False),
    ],
)
def test_a_trail_without_global_services_says_so(
    front: Front, change: dict[str, Any], left_out: bool
) -> None:
    trails(front, change)
    found = look(front)
    text = next(json.loads(one.text) for one in found.all(Filter) if one.id == route(found).filter)
    assert (text.get("IncludeGlobalServiceEvents") is False) is left_out


def test_global_services_that_no_field_tells_of_are_unread(front: Front) -> None:
    trails(front, {"IsMultiRegionTrail": False, "IncludeGlobalServiceEvents": None})
    found = look(front)
    assert found.why(route(found).filter).kind == "unparseable"


# --- whether it works -------------------------------------------------------------------------------------


def test_a_refused_list_leaves_no_listing_and_the_emitters(front: Front, company: Company) -> None:
    front.rules.insert(0, on("cloudtrail:DescribeTrails", denied, account=company.member, region="eu-west-1"))
    found = look(front)
    member = f"aws:accounts/{company.member}"
    assert (member, "eu-west-1") not in found.listed("aws.trail")
    assert (member, "us-east-1") in found.listed("aws.trail")
    (spot,) = found.ledger.blind_spots()[:1]
    assert (spot.place, spot.location, spot.hides) == (member, "eu-west-1", ("aws.trail",))
    assert spot.permission == "cloudtrail:DescribeTrails"
    assert [one for one in found.all(Emitter) if one.scope == member and one.location == "eu-west-1"]


def test_a_trail_that_was_stopped_is_off(front: Front) -> None:
    status(front, IsLogging=False)
    assert route(look(front)).enabled is False


def test_a_refused_status_is_unread_in_all_that_it_tells(front: Front) -> None:
    front.rules.insert(0, on("cloudtrail:GetTrailStatus", denied))
    found = look(front)
    one = route(found)
    spot = found.why(one.enabled)
    assert spot.permission == "cloudtrail:GetTrailStatus"
    assert one.delivery == Delivery(last_success=one.enabled, last_error=one.enabled)
    assert one.validated == one.enabled


def test_a_status_without_the_switch_is_unread(front: Front) -> None:
    front.rules.insert(0, on("cloudtrail:GetTrailStatus", lambda _: Reply(body=b'{"LatestDeliveryTime": 1}')))
    found = look(front)
    assert found.why(route(found).enabled).kind == "unparseable"


def test_each_way_out_has_delivery_facts_of_its_own(front: Front) -> None:
    status(front, LatestDeliveryError="AccessDenied", LatestCloudWatchLogsDeliveryTime=STARTED + 60)
    found = look(front)
    s3, logs = route(found).delivery, route(found, f"{HOME}/us-east-1#logs").delivery
    assert s3 is not None
    assert s3.last_error == "AccessDenied"
    assert logs == Delivery(last_success="2023-11-14T22:14:20Z", last_error=None)


def test_the_status_is_asked_in_every_region_by_the_trails_arn(front: Front) -> None:
    look(front)
    asked = {
        (ask.region, ask.params["Name"]) for ask in front.calls if ask.call == "cloudtrail:GetTrailStatus"
    }
    arn = f"arn:aws:cloudtrail:us-east-1:{HOME}:trail/main"
    assert {("us-east-1", arn), ("eu-west-1", arn)} <= asked


@pytest.mark.parametrize(
    ("change", "fields", "validated"),
    [
        ({"LogFileValidationEnabled": False}, {}, False),
        ({}, {"LatestDigestDeliveryError": "NoSuchBucket"}, False),
        ({}, {}, True),
    ],
)
def test_digests_count_if_they_are_asked_for_and_arrive(
    front: Front, change: dict[str, Any], fields: dict[str, Any], validated: bool
) -> None:
    trails(front, change)
    status(front, **fields)
    assert route(look(front)).validated is validated


@pytest.mark.parametrize(
    ("missing", "field"),
    [("S3BucketName", "to"), ("LogFileValidationEnabled", "validated")],
)
def test_a_field_that_is_missing_is_unread(front: Front, missing: str, field: str) -> None:
    trails(front, {missing: None})
    found = look(front)
    assert found.why(getattr(route(found), field)).kind == "unparseable"


def test_a_trail_that_does_not_say_where_it_acts_may_act_anywhere(front: Front) -> None:
    trails(front, {"IsMultiRegionTrail": None})
    found = look(front)
    assert route(found, f"{HOME}/us-east-1#s3").enabled is True
    assert found.why(route(found, f"{HOME}/eu-west-1#s3").enabled).kind == "unparseable"


def test_a_trail_without_an_arn_spoils_the_listing(front: Front) -> None:
    trails(front, {"TrailARN": None})
    found = look(front)
    assert (f"aws:accounts/{HOME}", "us-east-1") not in found.listed("aws.trail")


def test_management_events_of_a_trail_come_to_the_default_bus_of_where_they_happen(front: Front) -> None:
    bus = route(look(front), f"{HOME}/eu-west-1#events")
    assert (bus.to, bus.enabled) == (f"aws:events/eu-west-1/{HOME}/default", True)
    assert (bus.sources, bus.filter) == (("aws.cloudtrail.management",), f"{MAIN}#selectors")
    status(front, IsLogging=False)
    assert route(look(front), f"{HOME}/eu-west-1#events").enabled is False


# --- organisation trails ----------------------------------------------------------------------------------


def org_trail(front: Front, company: Company, home: str = "us-east-1") -> str:
    """An organisation trail as the member sees it: in its own list, under the owner's ARN."""
    arn = f"arn:aws:cloudtrail:{home}:{HOME}:trail/org"
    trail = {
        "Name": "org",
        "S3BucketName": "org-logs",
        "IncludeGlobalServiceEvents": True,
        "IsMultiRegionTrail": True,
        "HomeRegion": home,
        "TrailARN": arn,
        "LogFileValidationEnabled": True,
        "IsOrganizationTrail": True,
    }
    front.rules[:0] = [
        on("cloudtrail:DescribeTrails", lambda _: told("cloudtrail:DescribeTrails", trailList=[trail])),
        on(
            "cloudtrail:GetEventSelectors",
            lambda ask: (
                told("cloudtrail:GetEventSelectors", TrailARN=arn, EventSelectors=[])
                if ask.account == HOME
                else refused(ask, "TrailNotFoundException")
            ),
        ),
    ]
    return f"aws:cloudtrail/{home}/{HOME}/org"


def test_a_member_sees_the_organizations_trail_and_its_owner_tells_what_it_takes(
    front: Front, company: Company
) -> None:
    setting = org_trail(front, company)
    found = look(front)
    one = route(found, f"{company.member}/eu-west-1#s3", setting)
    assert one.origin == f"aws:accounts/{company.member}"
    assert one.prefix == f"AWSLogs/{company.organization}/{company.member}/CloudTrail/eu-west-1/"
    assert one.filter == f"{setting}#selectors"
    assert {ask.account for ask in front.calls if ask.call == "cloudtrail:GetTrailStatus"} == {
        HOME,
        company.member,
    }


def test_whether_a_members_bus_hears_of_the_organizations_trail_is_not_documented(
    front: Front, company: Company
) -> None:
    setting = org_trail(front, company)
    found = look(front)
    assert route(found, f"{HOME}/eu-west-1#events", setting).enabled is True
    members = route(found, f"{company.member}/eu-west-1#events", setting)
    assert found.why(members.enabled).kind == "not-observable"
    status(front, IsLogging=False)
    assert route(look(front), f"{company.member}/eu-west-1#events", setting).enabled is False


def test_an_owner_that_is_not_audited_leaves_the_selectors_unread(front: Front, company: Company) -> None:
    setting = org_trail(front, company)
    front.rules.insert(0, on("sts:GetCallerIdentity", lambda _: somebody_else()))
    found = crawl(front.endpoint, ("aws.trails",), accounts=(company.member,))
    one = route(found, f"{company.member}/eu-west-1#s3", setting)
    assert found.why(one.filter).kind == "not-observable"
    assert one.enabled is True


def somebody_else() -> Reply:
    body = """<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::999999999999:user/x</Arn>
    <UserId>x</UserId><Account>999999999999</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"""
    return Reply(body=body.encode())


def test_members_send_nothing_to_a_home_region_that_they_have_not_enabled(
    front: Front, company: Company
) -> None:
    setting = org_trail(front, company, home="ap-east-1")
    found = look(front)
    assert route(found, f"{company.member}/eu-west-1#s3", setting).enabled is False


# --- was there anything to deliver? -----------------------------------------------------------------------

DAY = 86400


def event(ask: Ask, ago: float = 2 * DAY, source: str = "ec2.amazonaws.com") -> Reply:
    at = time.time() - ago
    found = {"EventId": "e", "EventName": "x", "EventTime": at, "EventSource": source}
    return told("cloudtrail:LookupEvents", Events=[found])


def test_a_trail_that_delivers_is_not_asked_for_proof(front: Front) -> None:
    found = look(front)
    assert "cloudtrail:LookupEvents" not in {ask.call for ask in front.calls}
    assert not found.all(Activity)


def test_records_after_the_last_delivery_are_proof_of_what_is_missing(front: Front) -> None:
    late = time.time() - 9 * DAY
    status(front, LatestDeliveryTime=late, LatestCloudWatchLogsDeliveryTime=late)
    front.rules.insert(0, on("cloudtrail:LookupEvents", event))
    found = look(front)
    places = {(one.scope, one.location) for one in found.all(Activity)}
    assert (f"aws:accounts/{HOME}", "us-east-1") in places
    assert places <= found.listed("activity")
    (one, *_) = found.all(Activity)
    assert one.source == "aws.cloudtrail.management"
    for ask in front.calls:
        if ask.call == "cloudtrail:LookupEvents":
            assert ask.params["StartTime"] > late
            assert ask.params["EndTime"] < time.time() - 5 * 3600


def test_an_idle_region_has_no_proof_and_says_that_it_looked(front: Front) -> None:
    status(front, LatestDeliveryTime=None)
    found = look(front)
    assert not found.all(Activity)
    assert (f"aws:accounts/{HOME}", "us-east-1") in found.listed("activity")


@pytest.mark.parametrize("source", ["kms.amazonaws.com", "rdsdata.amazonaws.com"])
def test_what_a_trail_can_leave_out_is_no_proof(front: Front, source: str) -> None:
    status(front, LatestDeliveryTime=time.time() - 9 * DAY)
    front.rules.insert(0, on("cloudtrail:LookupEvents", lambda ask: event(ask, source=source)))
    assert not look(front).all(Activity)


def test_reads_alone_are_no_proof_for_a_trail_that_may_take_writes_only(front: Front) -> None:
    def reads(ask: Ask) -> Reply:
        (attribute,) = ask.params["LookupAttributes"]
        return event(ask) if attribute["AttributeValue"] == "true" else told(ask.call, Events=[])

    status(front, LatestDeliveryTime=time.time() - 9 * DAY)
    front.rules.insert(0, on("cloudtrail:LookupEvents", reads))
    assert not look(front).all(Activity)


@pytest.mark.parametrize("body", [None, b"{}", b'{"Events": [{"EventId": "x"}]}'])
def test_a_history_that_was_not_read_is_a_blind_spot(front: Front, body: bytes | None) -> None:
    status(front, LatestDeliveryTime=time.time() - 9 * DAY)
    front.rules.insert(
        0, on("cloudtrail:LookupEvents", lambda ask: denied(ask) if body is None else Reply(body=body))
    )
    found = look(front)
    assert found.listed("activity") == set()
    assert not found.all(Activity)
    assert {spot.hides for spot in found.spots("cloudtrail:LookupEvents")} == {("activity",)}
    assert (f"aws:accounts/{HOME}", "us-east-1") in found.listed("aws.trail")


@pytest.mark.parametrize("fields", [{"IsLogging": False}, {"LatestDeliveryError": "NoSuchBucket"}])
def test_a_trail_that_is_known_not_to_work_needs_no_proof(front: Front, fields: dict[str, Any]) -> None:
    late = {"LatestDeliveryTime": STARTED, "LatestCloudWatchLogsDeliveryTime": None}
    status(front, **late, **fields)
    trails(front, {})
    found = crawl(front.endpoint, ("aws.trails",))
    assert "cloudtrail:LookupEvents" not in {ask.call for ask in front.calls}
    assert found.listed("aws.trail")


# --- without a server -------------------------------------------------------------------------------------


def test_a_suspended_account_needs_no_call_at_all() -> None:
    scope = Scope(id="aws:accounts/1", kind="aws.account", provider="aws", state="suspended")
    session = open_session("http://127.0.0.1:9")
    facts = list(observe_trails(session.at(scope, "eu-west-1"), scope, "eu-west-1"))
    assert [type(fact) for fact in facts] == [Emitter] * 3
    assert not [fact for fact in facts if isinstance(fact, Listing)]
