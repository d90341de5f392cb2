"""What a sampled inventory shows of access: who was answered, what is missing where, what was never tried."""

import json

from logcov.inventory import (
    BlindSpot,
    DestinationKind,
    Header,
    HopKind,
    Identity,
    Inventory,
    LogSource,
    Reading,
    Scope,
    Unread,
)
from logcov.report.checkup import Need, as_json, examine
from logcov.report.checkup_text import render

CALLER = "arn:aws:iam::111111111111:user/auditor"
HEADER = Header(
    tool="logcov 0",
    started_at="2026-11-24T08:00:00Z",
    finished_at="2026-11-24T08:01:00Z",
    identities=(Identity(provider="aws", principal=CALLER),),
    sources=(
        LogSource(
            id="aws.vpc.flow",
            title="Flows",
            provider="aws",
            scope_kinds=("aws.account",),
            needs=("aws.flow_log",),
            emitters="aws.vpc",
        ),
        LogSource(
            id="aws.other",
            title="Other",
            provider="aws",
            scope_kinds=("aws.account",),
            needs=("aws.flow_log",),
        ),
    ),
    hop_kinds=(
        HopKind(id="aws.flow_log", title="VPC flow log", effects=("carry",), origins=("aws.account",)),
    ),
    destination_kinds=(DestinationKind(id="aws.s3", title="S3 bucket", pattern="aws:s3/*"),),
)
NEEDS = tuple(
    Need(provider="aws", call=call, permission=permission, why=why)
    for call, permission, why in (
        ("ec2:DescribeVpcs", "ec2:DescribeVpcs", "VPCs"),
        ("ec2:DescribeFlowLogs", "ec2:DescribeFlowLogs", "flow logs"),
        ("s3:HeadBucket", "s3:ListBucket", "whether a bucket exists"),
        ("kms:DescribeKey", "kms:DescribeKey", "whether a key works"),
    )
)
FLOW = frozenset({"aws.vpc.flow"})


def account(number, **more):
    return Scope(
        id=f"aws:accounts/{number}",
        kind="aws.account",
        provider="aws",
        name=f"acme-{number[0]}",
        locations={"eu-west-1": True},
        **more,
    )


def spot(place, call, kind="access-denied", **more):
    return BlindSpot(
        id=f"!{call} {place} {more.get('location', '')}", place=place, call=call, kind=kind, **more
    )


def reading(place, call, identity=""):
    return Reading(id=f"{call} {place}", call=call, place=place, at="2026-11-24T08:00:00Z", identity=identity)


def found(*facts, sources=FLOW):
    return examine(Inventory(header=HEADER, facts=tuple(facts)), sources, NEEDS)


def shown(checkup, width=80):
    return render(checkup, width=width, color=False, encoding="utf-8")


def denied(number, call="ec2:DescribeFlowLogs", kind="access-denied", **more):
    return spot(
        f"aws:accounts/{number}",
        call,
        kind,
        permission=call,
        location="eu-west-1",
        hides=("aws.flow_log",),
        **more,
    )


def test_where_everything_was_answered_nothing_is_missing():
    checkup = found(account("111111111111"), reading("aws:accounts/111111111111", "ec2:DescribeVpcs"))

    assert checkup.missing == ()
    assert shown(checkup).startswith("Nothing is missing\n1 of the 4 calls")
    assert "What to do next" not in shown(checkup)


def test_what_is_denied_says_what_it_hides_and_what_mends_it():
    (group,) = found(account("333333333333"), denied("333333333333")).missing

    (lack,) = group.lacks
    assert (group.kind, [one.id for one in group.places]) == ("aws.account", ["aws:accounts/333333333333"])
    assert (lack.call, lack.permission, lack.locations) == (
        "ec2:DescribeFlowLogs",
        "ec2:DescribeFlowLogs",
        ("eu-west-1",),
    )
    assert (lack.why, lack.hides, lack.sources) == ("flow logs", ("VPC flow log",), ("aws.vpc.flow",))
    assert lack.remedy == "Grant ec2:DescribeFlowLogs."


def test_a_denial_by_a_service_control_policy_is_told_apart_and_iam_is_not_advised():
    checkup = found(account("333333333333"), denied("333333333333", kind="scp-denied"))

    ((lack,),) = [group.lacks for group in checkup.missing]
    assert "no IAM policy mends that" in lack.remedy
    assert "Grant" not in lack.remedy
    text = " ".join(shown(checkup).split())
    assert "scp-denied" in text
    assert "IAM will not mend that" in text


def test_a_role_that_cannot_be_taken_is_a_matter_of_the_role():
    checkup = found(account("333333333333"), denied("333333333333", call="sts:AssumeRole"))

    assert checkup.missing[0].lacks[0].remedy.startswith("Make the role there")


def test_places_that_lack_the_same_are_one_group_and_others_are_not():
    checkup = found(
        *(account(number * 12) for number in "234"),
        denied("222222222222"),
        denied("333333333333"),
        denied("444444444444"),
        denied("444444444444", call="ec2:DescribeVpcs"),
    )

    groups = [[place.id[-1] for place in group.places] for group in checkup.missing]
    assert groups == [["2", "3"], ["4"]]
    assert [one.lacking for one in checkup.looked] == [3]


def test_one_call_that_failed_in_several_regions_is_told_once():
    spots = [
        spot(
            "aws:accounts/333333333333",
            "ec2:DescribeVpcs",
            permission="ec2:DescribeVpcs",
            location=location,
            hides=("aws.vpc",),
        )
        for location in ("eu-west-1", "us-east-1")
    ]

    (group,) = found(account("333333333333"), *spots).missing

    assert [lack.locations for lack in group.lacks] == [("eu-west-1", "us-east-1")]


def test_a_refusal_at_a_destination_names_its_kind_and_that_its_owner_has_a_say():
    checkup = found(
        account("333333333333"),
        spot("aws:s3/elsewhere", "s3:HeadBucket", permission="s3:ListBucket"),
        denied("333333333333"),
    )

    assert [group.kind for group in checkup.missing] == ["aws.account", "aws.s3"]
    (lack,) = checkup.missing[1].lacks
    assert lack.remedy.startswith("Grant s3:ListBucket.")
    assert "its own policy" in lack.remedy


def test_what_no_api_offers_is_not_missing():
    checkup = found(
        account("333333333333"), spot("aws:lambda/x", "lambda:GetFunction", kind="not-observable")
    )

    assert checkup.missing == ()
    assert checkup.untold == 1
    assert "1 read that no API offers" in shown(checkup)


def test_what_was_never_tried_is_told_by_its_permission():
    checkup = found(account("333333333333"), reading("aws:accounts/333333333333", "ec2:DescribeVpcs"))

    assert [need.call for need in checkup.untried] == [
        "ec2:DescribeFlowLogs",
        "s3:HeadBucket",
        "kms:DescribeKey",
    ]
    assert "s3:ListBucket" in shown(checkup)


def test_roles_of_many_accounts_are_one_line_and_the_caller_is_itself():
    role = "arn:aws:sts::{}:assumed-role/LogcovReader/logcov"
    checkup = found(
        *(account(number * 12) for number in "123"),
        *(
            reading(f"aws:accounts/{number * 12}", "ec2:DescribeVpcs", role.format(number * 12))
            for number in "23"
        ),
        reading("aws:accounts/111111111111", "ec2:DescribeVpcs", CALLER),
        reading("aws:accounts/222222222222", "sts:AssumeRole", CALLER),
    )

    assert [(one.identity, one.scopes) for one in checkup.askers] == [(CALLER, 1), (role.format("*"), 2)]


def test_accounts_whose_regions_are_unread_are_counted_apart():
    unread = Scope(
        id="aws:accounts/222222222222", kind="aws.account", provider="aws", locations=Unread("!ec2:…")
    )

    (looked,) = found(account("111111111111"), unread).looked

    assert (looked.found, looked.located, looked.answered) == (2, 1, 0)


def test_nothing_is_wider_than_the_terminal_and_nothing_is_said_by_colour_alone():
    checkup = found(
        account("333333333333"),
        *(
            denied("333333333333", call=f"ec2:DescribeSomethingWithALongName{number}", detail="x" * 999)
            for number in range(60)
        ),
    )

    for width in (60, 80, 120):
        assert max(map(len, shown(checkup, width).splitlines())) <= width
    assert "\x1b" not in shown(checkup)


def test_names_from_outside_cannot_move_the_cursor():
    checkup = found(denied("333333333333", detail="no\x1b[2J\nway"))

    assert "\x1b" not in shown(checkup)


def test_programs_get_every_place():
    checkup = found(*(denied(f"{number:012}") for number in range(30)))

    told = json.loads(as_json(checkup))
    assert told["schema"] == "logcov.doctor/v1"
    assert len(told["missing"][0]["places"]) == 30
    assert "and 25 more" in shown(checkup)
