import pytest

from logcov.inventory import Emitter, Ledger, Scope, Unread
from providers.aws.company import Company
from providers.aws.crawl import Crawl, crawl, open_session
from providers.aws.front import HOME, Ask, Front, Reply, denied, on, refused, told
from providers.aws.judging import findings, judged

ORGANIZATIONS = "organizations:"


def scopes(endpoint: str, **target: object) -> Crawl:
    ledger = Ledger()
    session = open_session(endpoint, ledger, **target)
    found = Crawl(tuple(session.scopes()), ledger)
    session.close()
    return found


def account(found: Crawl, id_: str) -> Scope:
    scope = found.one(Scope, f"aws:accounts/{id_}")
    assert isinstance(scope, Scope)
    return scope


def test_an_organization_is_a_tree_of_accounts_with_tags_and_regions(front: Front, company: Company) -> None:
    found = scopes(front.endpoint, organization=True)
    top = f"aws:organizations/{company.organization}"
    assert found.one(Scope, top).container
    assert found.listed("scopes") == {(top, None)}
    assert found.one(Scope, f"aws:ous/{company.unit}").parent == top
    assert account(found, company.home).parent == top
    member = account(found, company.member)
    assert member.parent == f"aws:ous/{company.unit}"
    assert member.labels == {"env": "prod"}
    assert member.locations == {"eu-west-1": True, "us-east-1": True}
    assert not found.ledger.blind_spots()


def test_nobody_is_sent_into_a_suspended_account(front: Front, company: Company) -> None:
    found = scopes(front.endpoint, organization=True)
    assert account(found, company.closed).state == "suspended"
    assert company.closed not in {ask.account for ask in front.calls}
    assert company.closed not in {ask.params.get("AccountId") for ask in front.calls}


def test_the_newer_state_counts_before_the_older_status(front: Front, company: Company) -> None:
    accounts = [
        {"Id": company.home, "Name": "home", "State": "ACTIVE"},
        {"Id": company.member, "Name": "member", "State": "PENDING_CLOSURE", "Status": "ACTIVE"},
        {"Id": company.closed, "Name": "closed"},
    ]
    front.rules.insert(
        0, on("organizations:ListAccounts", lambda _: told("organizations:ListAccounts", Accounts=accounts))
    )
    found = scopes(front.endpoint, organization=True)
    assert account(found, company.member).state == "pending_closure"
    assert found.why(account(found, company.closed).state).kind == "unparseable"


def closing(front: Front, company: Company, state: str) -> None:
    """The member is in this state."""
    accounts = [
        {"Id": company.home, "Name": "home", "State": "ACTIVE"},
        {"Id": company.member, "Name": "member", "State": state},
        {"Id": company.closed, "Name": "closed", "State": "CLOSED"},
    ]
    front.rules.insert(
        0, on("organizations:ListAccounts", lambda _: told("organizations:ListAccounts", Accounts=accounts))
    )


@pytest.mark.parametrize(
    ("state", "works"),
    [("ACTIVE", None), ("PENDING_CLOSURE", True), ("SOMETHING_NEW", True)],
)
def test_an_account_about_to_be_closed_still_works_and_is_entered(
    front: Front, company: Company, state: str, works: bool | None
) -> None:
    closing(front, company, state)
    found = scopes(front.endpoint, organization=True)
    member = account(found, company.member)
    assert (member.state, member.works) == (state.lower(), works)
    assert member.locations == {"eu-west-1": True, "us-east-1": True}
    assert account(found, company.closed).works is None


@pytest.mark.parametrize("state", ["SUSPENDED", "CLOSED", "PENDING_ACTIVATION"])
def test_an_account_that_is_unusable_is_not_entered(front: Front, company: Company, state: str) -> None:
    closing(front, company, state)
    found = scopes(front.endpoint, organization=True)
    member = account(found, company.member)
    assert (member.state, member.works) == (state.lower(), None)
    assert company.member not in {ask.account for ask in front.calls}


def test_a_role_that_is_refused_in_an_account_about_to_be_closed_says_so(
    front: Front, company: Company
) -> None:
    closing(front, company, "PENDING_CLOSURE")
    front.rules.insert(0, on("sts:AssumeRole", denied))
    found = crawl(front.endpoint, ("aws.trails",), organization=True)
    spots = [spot for spot in found.spots("sts:AssumeRole") if company.member in spot.place]
    assert spots
    assert all(spot.detail.endswith("; the account is pending_closure") for spot in spots)
    (finding,) = {
        (one.status, one.reason)
        for one in findings(found, "aws.cloudtrail.management")
        if company.member in one.scope
    }
    assert finding == ("unknown", "blind-spot")


def test_records_of_an_account_about_to_be_closed_are_asked_for_like_any_others(
    front: Front, company: Company
) -> None:
    closing(front, company, "PENDING_CLOSURE")
    found = crawl(front.endpoint, ("aws.trails",), organization=True)
    theirs = [one for one in found.all(Emitter) if company.member in one.scope]
    assert theirs
    assert not any(one.not_applicable for one in theirs)
    population = judged(
        found, "require: [{id: line, title: a line, logs: aws.cloudtrail.management}]\n"
    ).population
    (line,) = [one for one in population if one.kind == "account"]
    assert (line.audited, line.unreadable, line.not_applicable) == (2, 0, 1)


def test_a_refused_list_of_accounts_leaves_those_of_the_tree_and_no_listing(
    front: Front, company: Company
) -> None:
    front.rules.insert(0, on("organizations:ListAccounts", denied))
    found = scopes(front.endpoint, organization=True)
    assert found.listed("scopes") == set()
    (spot,) = found.spots("organizations:ListAccounts")
    assert spot.hides == ("scopes",)
    assert spot.place == f"aws:organizations/{company.organization}"
    assert account(found, company.member).labels == {"env": "prod"}


def test_a_member_that_is_told_of_nobody_does_not_believe_it(front: Front, company: Company) -> None:
    front.rules.insert(
        0, on("organizations:ListAccounts", lambda _: told("organizations:ListAccounts", Accounts=[]))
    )
    found = scopes(front.endpoint, organization=True)
    assert found.listed("scopes") == set()
    assert found.spots("organizations:ListAccounts")[0].kind == "unparseable"


@pytest.mark.parametrize("call", ["ListRoots", "ListOrganizationalUnitsForParent", "ListAccountsForParent"])
def test_a_tree_that_is_not_whole_leaves_accounts_without_a_known_home(
    front: Front, company: Company, call: str
) -> None:
    front.rules.insert(0, on(ORGANIZATIONS + call, denied))
    found = scopes(front.endpoint, organization=True)
    assert found.why(account(found, company.member).parent).call == ORGANIZATIONS + call
    assert found.listed("scopes")


def test_refused_tags_are_unread_and_not_none(front: Front, company: Company) -> None:
    front.rules.insert(0, on("organizations:ListTagsForResource", denied))
    found = scopes(front.endpoint, organization=True)
    labels = account(found, company.member).labels
    assert found.why(labels).permission == "organizations:ListTagsForResource"


def test_without_credentials_the_organization_is_still_there_and_open(front: Front) -> None:
    front.rules.insert(0, on("sts:GetCallerIdentity", lambda ask: refused(ask, "ExpiredToken", status=403)))
    found = scopes(front.endpoint, organization=True)
    (scope,) = found.all(Scope)
    assert (scope.id, scope.container) == ("aws:organizations/unread", True)
    (spot,) = found.ledger.blind_spots()
    assert (spot.place, spot.kind, spot.hides) == (scope.id, "credentials", ("scopes",))


def test_a_caller_in_no_organization_has_none_to_audit(front: Front) -> None:
    front.rules.insert(
        0,
        on(
            "organizations:DescribeOrganization",
            lambda ask: refused(ask, "AWSOrganizationsNotInUseException"),
        ),
    )
    found = scopes(front.endpoint, organization=True)
    assert [scope.id for scope in found.all(Scope)] == ["aws:organizations/unread"]
    assert found.ledger.blind_spots()[0].kind == "not-entitled"


# --- regions ----------------------------------------------------------------------------------------------


def test_regions_outside_of_the_target_are_left_out(front: Front, company: Company) -> None:
    found = scopes(front.endpoint, organization=True, regions=("us-east-1", "ap-east-1"))
    assert account(found, company.member).locations == {"us-east-1": True, "ap-east-1": False}


def test_without_a_list_all_regions_of_the_account_are_there(front: Front, company: Company) -> None:
    found = scopes(front.endpoint, organization=True, regions=())
    expected = {"ap-east-1": False, "eu-west-1": True, "us-east-1": True}
    assert account(found, company.member).locations == expected


def test_a_refused_list_of_regions_is_asked_in_the_account_and_only_once_of_the_organization(
    front: Front, company: Company
) -> None:
    front.rules.insert(0, on("account:ListRegions", denied))
    found = scopes(front.endpoint, organization=True)
    assert account(found, company.member).locations == {"eu-west-1": True, "us-east-1": True}
    assert {ask.account for ask in front.calls if ask.call == "ec2:DescribeRegions"} == {
        company.home,
        company.member,
    }
    assert not found.ledger.blind_spots()


def test_regions_that_nobody_tells_are_unread(front: Front, company: Company) -> None:
    front.rules[:0] = [on("account:ListRegions", denied), on("ec2:DescribeRegions", denied)]
    found = scopes(front.endpoint, organization=True, regions=())
    assert found.why(account(found, company.member).locations).call == "ec2:DescribeRegions"


def test_regions_that_a_person_named_are_looked_at_even_if_nobody_tells(
    front: Front, company: Company
) -> None:
    front.rules[:0] = [on("account:ListRegions", denied), on("ec2:DescribeRegions", denied)]
    found = scopes(front.endpoint, organization=True, regions=("eu-west-1",))
    assert account(found, company.member).locations == {"eu-west-1": True}
    assert found.spots("ec2:DescribeRegions")


# --- accounts by name, and the caller's own ---------------------------------------------------------------


def test_accounts_by_name(front: Front, company: Company) -> None:
    found = scopes(front.endpoint, accounts=(company.member, company.home))
    assert [scope.id for scope in found.all(Scope)] == sorted(
        f"aws:accounts/{one}" for one in (company.member, company.home)
    )
    assert account(found, company.member).labels == {"env": "prod"}
    assert account(found, company.member).parent is None
    assert not account(found, company.member).container


def test_an_account_that_cannot_be_entered_is_still_there(front: Front, company: Company) -> None:
    front.rules.insert(0, on("sts:AssumeRole", denied))
    found = scopes(front.endpoint, accounts=(company.member,), regions=())
    assert found.why(account(found, company.member).locations).call == "sts:AssumeRole"


def test_accounts_by_name_are_there_without_any_credentials(front: Front) -> None:
    front.rules.insert(0, on("sts:GetCallerIdentity", denied))
    found = scopes(front.endpoint, accounts=("111111111111",))
    assert isinstance(account(found, "111111111111").locations, Unread)


def test_the_callers_own_account(front: Front) -> None:
    found = scopes(front.endpoint)
    assert [scope.id for scope in found.all(Scope)] == [f"aws:accounts/{HOME}"]
    assert account(found, HOME).obtained_by == "sts:GetCallerIdentity"


def test_a_caller_that_is_not_known_leaves_an_open_account(front: Front) -> None:
    front.rules.insert(0, on("sts:GetCallerIdentity", denied))
    (scope,) = scopes(front.endpoint).all(Scope)
    assert (scope.id, scope.container) == ("aws:accounts/unread", True)


def test_an_account_in_no_organization_has_no_tags(front: Front) -> None:
    def alone(ask: Ask) -> Reply | None:
        return refused(ask, "AWSOrganizationsNotInUseException") if ask.service == "organizations" else None

    front.rules.insert(0, alone)
    assert account(scopes(front.endpoint), HOME).labels == {}
