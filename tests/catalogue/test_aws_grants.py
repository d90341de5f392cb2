"""IAM policies for an audit: structure, real actions, limits, and that each identity is granted what it asks."""

import dataclasses
import json
import re

import botocore.session
import pytest

from logcov.catalogue import SOURCES
from logcov.catalogue.aws_grants import ASSUME, LONGEST, RECOMMENDED, TREE, Grants, aws_grants, iam, size
from logcov.collect import collect
from logcov.config import AwsShortcuts, AwsTarget, ConfigAggregator
from logcov.inventory import Reading
from logcov.providers.aws.permissions import ODD, PREFIXES, permission_of
from logcov.providers.calls import Patience

EVERYTHING = frozenset(source.id for source in SOURCES)
ONE = AwsTarget(accounts=("111122223333",), role="LogcovReader")
OWN = AwsTarget()


def actions(document):
    found = [statement["Action"] for statement in document["Statement"]]
    return [name for one in found for name in ([one] if isinstance(one, str) else one)]


def test_every_policy_is_one_that_iam_takes():
    documents = json.loads(iam(aws_grants(EVERYTHING)))

    assert set(documents) == {"logcov-caller", "LogcovReader"} or "LogcovReader-1" in documents
    for document in documents.values():
        assert set(document) == {"Version", "Statement"}
        assert document["Version"] == "2012-10-17"
        for statement in document["Statement"]:
            assert set(statement) == {"Effect", "Action", "Resource"}
            assert statement["Effect"] == "Allow"
        assert size(document) <= LONGEST
        assert len(actions(document)) == len(set(actions(document)))


def test_every_action_exists_and_none_has_a_wildcard():
    session = botocore.session.get_session()
    services = {}
    for service in session.get_available_services():
        services.setdefault(PREFIXES.get(service, service), []).append(service)
    for action in aws_grants(EVERYTHING).actions:
        assert re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9]+", action)
        if action in {*ODD.values(), "apigateway:GET"}:
            continue
        prefix, name = action.split(":")
        assert any(name in session.get_service_model(one).operation_names for one in services[prefix]), action


def test_only_the_caller_asks_about_the_organization_and_takes_roles():
    grants = aws_grants(EVERYTHING)

    assert {"organizations:ListAccounts", "account:ListRegions"} <= set(grants.caller)
    assert not [one for one in grants.role if one.split(":")[0] in {"organizations", "account", "sts"}]
    assume = [one for one in grants.caller_policies[0]["Statement"] if ASSUME in one["Action"]]
    assert assume == [{"Effect": "Allow", "Action": ASSUME, "Resource": "arn:aws:iam::*:role/LogcovReader"}]


def test_the_tree_of_accounts_is_left_out_where_accounts_are_named():
    grants = aws_grants(EVERYTHING, [ONE])

    assert not TREE & set(grants.actions)
    assert grants.role_arns == ("arn:aws:iam::111122223333:role/LogcovReader",)
    # Each account is asked itself which organization it belongs to.
    assert "organizations:DescribeOrganization" in grants.role


def test_without_a_role_the_caller_needs_everything():
    grants = aws_grants(EVERYTHING, [OWN])

    assert grants.role_policies == ()
    assert ASSUME not in grants.actions
    assert "cloudtrail:DescribeTrails" in grants.caller


def test_an_external_id_is_asked_for_only_if_one_is_named():
    assert aws_grants(EVERYTHING, [RECOMMENDED]).external_id
    assert not aws_grants(EVERYTHING, [ONE]).external_id


def test_a_long_list_of_accounts_becomes_a_pattern():
    many = AwsTarget(accounts=tuple(f"{number:012}" for number in range(1, 1001)), role="LogcovReader")

    assert aws_grants(EVERYTHING, [many]).role_arns == ("arn:aws:iam::*:role/LogcovReader",)


def test_regions_of_another_partition_name_roles_of_that_partition():
    gov = AwsTarget(accounts=("111122223333",), role="R", regions=("us-gov-east-1",))
    china = AwsTarget(organization=True, role="R", regions=("cn-north-1",))

    grants = aws_grants(EVERYTHING, [gov])
    assert grants.role_arns == ("arn:aws-us-gov:iam::111122223333:role/R",)
    assert grants.home == "us-gov-west-1"
    assert not [line for line in grants.explained("iam") if "GovCloud" in line]
    assert aws_grants(EVERYTHING, [china]).role_arns == ("arn:aws-cn:iam::*:role/R",)
    assert "several partitions" in aws_grants(EVERYTHING, [gov, china]).notes[0]


def test_without_regions_it_is_said_that_other_partitions_need_them():
    assert [line for line in aws_grants(EVERYTHING, [ONE]).explained("iam") if "GovCloud" in line]
    assert not [line for line in aws_grants(EVERYTHING, [OWN]).explained("iam") if "GovCloud" in line]


def test_a_second_role_and_a_mixed_external_id_are_told():
    other = dataclasses.replace(ONE, role="Other", external_id_env="ID")
    grants = aws_grants(EVERYTHING, [ONE, other])

    assert grants.roles == ("LogcovReader", "Other")
    assert len(grants.notes) == 2
    assert set(grants.documents) >= {"LogcovReader", "Other"} or "Other-1" in grants.documents


@pytest.mark.parametrize("number", [1, 200, 1000])
def test_policies_that_are_too_long_are_split_and_nothing_is_lost(number):
    asked = tuple(f"service{one:04}:DescribeSomethingWithALongName" for one in range(number))
    grants = Grants(
        caller=asked, role=asked, roles=("R",), role_arns=("arn:aws:iam::*:role/R",), external_id=False
    )

    for policies, more in ((grants.role_policies, ()), (grants.caller_policies, (ASSUME,))):
        assert all(size(document) <= LONGEST for document in policies)
        assert sorted(one for document in policies for one in actions(document)) == sorted((*asked, *more))
    assert (len(grants.role_policies) > 1) is (number > 1)
    assert len(grants.documents) == len(grants.role_policies) + len(grants.caller_policies)


SELECT = "config:SelectAggregateResourceConfig"
TELEMETRY = "observabilityadmin:ListResourceTelemetryForOrganization"


def test_inventory_services_are_granted_where_the_target_names_them():
    shortcuts = AwsShortcuts(
        config_aggregator=ConfigAggregator(name="acme", account="222222222222", region="eu-west-1")
    )
    grants = aws_grants(EVERYTHING, [dataclasses.replace(ONE, shortcuts=shortcuts)])

    assert SELECT in grants.role
    assert TELEMETRY not in grants.actions
    assert SELECT not in aws_grants(EVERYTHING, [ONE]).actions
    # The aggregator's account need not be one that is audited, and is entered by the same role.
    assert grants.role_arns == (
        "arn:aws:iam::111122223333:role/LogcovReader",
        "arn:aws:iam::222222222222:role/LogcovReader",
    )


# --- against an audit -----------------------------------------------------------------------------------------


def asked_by(inventory):
    """Permission → whether the caller's own credentials asked, or a role's, by what readings tell."""
    (own,) = {one.principal for one in inventory.header.identities if one.provider == "aws"}
    return {
        (permission_of(fact.call), fact.identity == own)
        for fact in inventory.facts
        if isinstance(fact, Reading) and fact.identity
    }


@pytest.mark.parametrize("how", ["organization", "accounts"])
def test_each_identity_is_granted_what_it_asks(acme, how):
    (target,) = acme.config.aws
    if how == "accounts":
        target = dataclasses.replace(
            target, organization=False, accounts=("222222222222", "333333333333", "444444444444")
        )
    config = dataclasses.replace(acme.config, aws=(target,), gcp=(), okta=(), workspace=())

    inventory = collect(config, EVERYTHING, patience=Patience(attempts=2, longest_wait=0.01))
    grants = aws_grants(EVERYTHING, [target])

    asked = asked_by(inventory)
    assert {own for _, own in asked} == {True, False}
    assert {one for one, own in asked if own} - {ASSUME} <= set(grants.caller)
    assert {one for one, own in asked if not own} <= set(grants.role)
