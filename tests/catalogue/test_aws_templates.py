"""The role as CloudFormation and as Terraform: whole, and with the very policies of the grants."""

import json
import re

import pytest
import yaml
from cfnlint.api import lint

import terraform as hcl
from logcov.catalogue import SOURCES
from logcov.catalogue.aws_grants import Grants, aws_grants
from logcov.catalogue.aws_templates import cloudformation, terraform
from logcov.config import AwsTarget

EVERYTHING = [source.id for source in SOURCES]
GRANTS = aws_grants(EVERYTHING)
PLAIN = aws_grants(EVERYTHING, [AwsTarget(accounts=("111122223333",), role="audit/Reader")])
LONG = Grants(
    caller=(),
    role=tuple(f"service{one:04}:DescribeSomethingWithALongName" for one in range(300)),
    roles=("R",),
    role_arns=("arn:aws:iam::*:role/R",),
    external_id=True,
)
KINDS = pytest.mark.parametrize("grants", [GRANTS, PLAIN, LONG], ids=["all", "plain", "long"])


def refs(value):
    if isinstance(value, dict):
        return {value["Ref"]} if set(value) == {"Ref"} else set().union(set(), *map(refs, value.values()))
    return set().union(set(), *map(refs, value)) if isinstance(value, list) else set()


@KINDS
def test_the_template_is_one_role_and_its_policies(grants):
    template = yaml.safe_load(cloudformation(grants))

    assert template["AWSTemplateFormatVersion"] == "2010-09-09"
    kinds = [one["Type"] for one in template["Resources"].values()]
    assert kinds == ["AWS::IAM::Role", *["AWS::IAM::ManagedPolicy"] * len(grants.role_policies)]
    policies = [
        one["Properties"]
        for one in template["Resources"].values()
        if one["Type"] == "AWS::IAM::ManagedPolicy"
    ]
    assert [one["PolicyDocument"] for one in policies] == list(grants.role_policies)
    assert all(one["Roles"] == [{"Ref": "Reader"}] for one in policies)
    # Named things but the role would clash with a second role.
    assert all("ManagedPolicyName" not in one for one in policies)
    assert refs(template) == {*template["Parameters"], "Reader"}
    assert len(cloudformation(grants)) < 51_200


@KINDS
def test_the_role_trusts_the_auditor_alone_and_asks_for_the_external_id_if_one_is_used(grants):
    template = yaml.safe_load(cloudformation(grants))

    role = template["Resources"]["Reader"]["Properties"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"AWS": {"Ref": "AuditorArn"}}
    assert trust["Action"] == "sts:AssumeRole"
    assert ("ExternalId" in template["Parameters"]) is grants.external_id
    if grants.external_id:
        assert trust["Condition"] == {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}}
        assert template["Parameters"]["ExternalId"]["NoEcho"] is True
        assert "Default" not in template["Parameters"]["ExternalId"]
    else:
        assert "Condition" not in trust


def test_the_role_is_called_as_the_configuration_calls_it():
    template = yaml.safe_load(cloudformation(PLAIN))

    assert template["Parameters"]["RoleName"]["Default"] == "Reader"
    assert template["Parameters"]["RolePath"]["Default"] == "/audit/"
    assert 'default     = "Reader"' in terraform(PLAIN)
    assert 'default     = "/audit/"' in terraform(PLAIN)


def test_parameters_accept_what_they_should():
    parameters = yaml.safe_load(cloudformation(GRANTS))["Parameters"]

    def accepts(name, value):
        return re.fullmatch(parameters[name]["AllowedPattern"], value) is not None

    assert accepts("AuditorArn", "arn:aws:iam::111122223333:role/ci/audit")
    assert accepts("AuditorArn", "arn:aws-us-gov:iam::111122223333:root")
    assert not accepts("AuditorArn", "*")
    assert not accepts("AuditorArn", "arn:aws:iam::*:root")
    for parameter in parameters.values():
        if "Default" in parameter:
            assert re.fullmatch(parameter["AllowedPattern"], parameter["Default"])


def encoded(text):
    """What stands in each `jsonencode(…)`, references made texts."""
    found = []
    for begin in (one.end() for one in re.finditer(r"jsonencode\(", text)):
        whole = re.sub(r": (var\.\w+)", r': "\1"', text[begin:])
        found.append(json.JSONDecoder().raw_decode(whole)[0])
    return found


@KINDS
def test_terraform_makes_the_same_role_and_policies(grants):
    text = terraform(grants)

    trust, *policies = encoded(text)
    assert policies == list(grants.role_policies)
    (statement,) = trust["Statement"]
    assert statement["Principal"] == {"AWS": "var.auditor_arn"}
    condition = {"StringEquals": {"sts:ExternalId": "var.external_id"}} if grants.external_id else None
    assert statement.get("Condition") == condition
    assert text.count('resource "aws_iam_role_policy_attachment"') == len(policies)


@KINDS
def test_terraform_is_what_the_provider_takes_and_variables_are_declared(grants):
    text = terraform(grants)

    assert hcl.problems(text) == []
    kinds = [kind for kind, _, _ in hcl.resources(text)]
    assert kinds[0] == "aws_iam_role"
    assert kinds[1:] == ["aws_iam_policy", "aws_iam_role_policy_attachment"] * len(grants.role_policies)
    declared = {name for one in hcl.parsed(text)["variable"] for name in one if not name.startswith("__")}
    assert set(re.findall(r"var\.(\w+)", text)) == declared


@pytest.mark.parametrize("grants", [GRANTS, PLAIN], ids=["all", "plain"])
def test_cloudformation_takes_every_resource_and_property_and_iam_every_action(grants):
    assert lint(cloudformation(grants), regions=["us-east-1", "us-gov-west-1", "cn-north-1"]) == []


@pytest.mark.parametrize(
    ("word", "typo"), [("MaxSessionDuration", "MaxSession"), ("AWS::IAM::Role", "AWS::IAM::Reader")]
)
def test_a_property_or_resource_that_does_not_exist_would_be_noticed(word, typo):
    assert lint(cloudformation(PLAIN).replace(word, typo), regions=["us-east-1"]) != []


def test_the_region_that_is_named_is_one_of_the_partition():
    gov = aws_grants(EVERYTHING, [AwsTarget(organization=True, role="R", regions=("us-gov-east-1",))])
    assert "--regions us-gov-west-1 " in cloudformation(gov)
    assert "--regions us-east-1 " in cloudformation(GRANTS)


@pytest.mark.parametrize("make", [cloudformation, terraform])
def test_no_secret_and_no_template_language_gets_in(make):
    text = make(GRANTS)

    assert "${" not in text.replace("${var.role_name}", "")
    assert "LOGCOV_EXTERNAL_ID" not in text
