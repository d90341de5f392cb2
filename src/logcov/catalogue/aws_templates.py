"""The role for AWS as code to deploy: a CloudFormation template that a StackSet can roll out, and Terraform.

Both make one role whose policies are `Grants.role_policies`, and nothing else; neither holds a secret.
Sources: CloudFormation template reference of AWS::IAM::Role and AWS::IAM::ManagedPolicy; StackSets user guide,
"Service-managed permissions"; Terraform language, "jsonencode" (an object may be written as in JSON).
"""

import json
from typing import Any

from logcov.catalogue.aws_grants import ASSUME, POLICY_VERSION, Grants

DESCRIPTION = "Lets logcov read how logging is configured. It allows reads only."

PRINCIPAL = r"^arn:aws[a-z-]*:iam::[0-9]{12}:(root|role/.+|user/.+)$"
ROLE_NAME = r"^[A-Za-z0-9_+=,.@-]{1,64}$"
ROLE_PATH = r"^/([!-~]+/)?$"
SHORTEST_EXTERNAL_ID, LONGEST_EXTERNAL_ID = 2, 1224
HOUR = 3600

_AUDITOR = (
    "ARN of the identity that starts the audit: a role or user in the management or a delegated account."
)
_EXTERNAL_ID = "What the variable named by external_id_env in logcov.yaml holds."


def _name_and_path(grants: Grants) -> tuple[str, str]:
    """`LogcovReader` and `/`; of `audit/LogcovReader`, `LogcovReader` and `/audit/`."""
    path, _, name = grants.roles[0].rpartition("/")
    return name, f"/{path}/" if path else "/"


def cloudformation(grants: Grants) -> str:
    """The template, as YAML."""
    import yaml

    name, path = _name_and_path(grants)
    parameters: dict[str, Any] = {
        "AuditorArn": {
            "Type": "String",
            "Description": _AUDITOR,
            "AllowedPattern": PRINCIPAL,
        },
        "RoleName": {
            "Type": "String",
            "Description": "As `role` in logcov.yaml.",
            "Default": name,
            "AllowedPattern": ROLE_NAME,
        },
        "RolePath": {
            "Type": "String",
            "Description": "What stands before the name in `role`, between slashes.",
            "Default": path,
            "AllowedPattern": ROLE_PATH,
        },
    }
    trust: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"AWS": {"Ref": "AuditorArn"}},
        "Action": ASSUME,
    }
    if grants.external_id:
        parameters["ExternalId"] = {
            "Type": "String",
            "Description": _EXTERNAL_ID,
            "NoEcho": True,
            "MinLength": SHORTEST_EXTERNAL_ID,
            "MaxLength": LONGEST_EXTERNAL_ID,
        }
        trust["Condition"] = {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}}
    resources: dict[str, Any] = {
        "Reader": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": {"Ref": "RoleName"},
                "Path": {"Ref": "RolePath"},
                "Description": DESCRIPTION,
                "MaxSessionDuration": HOUR,
                "AssumeRolePolicyDocument": {"Version": POLICY_VERSION, "Statement": [trust]},
            },
        }
    }
    for number, document in enumerate(grants.role_policies, start=1):
        resources[f"ReadLogging{number}"] = {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {
                "Description": DESCRIPTION,
                "Roles": [{"Ref": "Reader"}],
                "PolicyDocument": document,
            },
        }
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": DESCRIPTION,
        "Parameters": parameters,
        "Resources": resources,
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["Reader", "Arn"]}}},
    }
    text: str = yaml.safe_dump(template, sort_keys=False, width=110, allow_unicode=True)
    external = _EXTERNAL_PARAMETER if grants.external_id else ""
    return _HOW_TO_DEPLOY.format(external=external, home=grants.home) + text


_EXTERNAL_PARAMETER = " ParameterKey=ExternalId,ParameterValue=…"
_HOW_TO_DEPLOY = """\
# The role that logcov takes in each account. Roll it out to a whole organisation, new accounts included:
#   aws cloudformation create-stack-set --stack-set-name logcov-reader --template-body file://logcov-role.yaml \\
#     --permission-model SERVICE_MANAGED --auto-deployment Enabled=true,RetainStacksOnAccountRemoval=false \\
#     --capabilities CAPABILITY_NAMED_IAM --parameters ParameterKey=AuditorArn,ParameterValue=…{external}
#   aws cloudformation create-stack-instances --stack-set-name logcov-reader --regions {home} \\
#     --deployment-targets OrganizationalUnitIds=r-…
# IAM is global: one region is enough. StackSets leave the management account out: deploy the same template there
# as a stack, or give the caller the role's policies as well.
"""


# --- Terraform --------------------------------------------------------------------------------------------

_AUDITOR_MARK, _EXTERNAL_MARK = "<auditor>", "<external id>"


def terraform(grants: Grants) -> str:
    """The same role and policies for Terraform's AWS provider."""
    name, path = _name_and_path(grants)
    trust: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": _AUDITOR_MARK}, "Action": ASSUME}
    blocks = [
        "# The role that logcov takes in each account: apply it once per account.",
        _variable("auditor_arn", _AUDITOR),
        _variable("role_name", "As `role` in logcov.yaml.", f"  default     = {json.dumps(name)}"),
        _variable(
            "role_path",
            "What stands before the name in `role`, between slashes.",
            f"  default     = {json.dumps(path)}",
        ),
    ]
    if grants.external_id:
        blocks.append(_variable("external_id", _EXTERNAL_ID, "  sensitive   = true"))
        trust["Condition"] = {"StringEquals": {"sts:ExternalId": _EXTERNAL_MARK}}
    policy = _encoded({"Version": POLICY_VERSION, "Statement": [trust]})
    policy = policy.replace(json.dumps(_AUDITOR_MARK), "var.auditor_arn")
    policy = policy.replace(json.dumps(_EXTERNAL_MARK), "var.external_id")
    blocks.append(
        'resource "aws_iam_role" "logcov" {\n'
        "  name                 = var.role_name\n"
        "  path                 = var.role_path\n"
        f"  description          = {json.dumps(DESCRIPTION)}\n"
        f"  max_session_duration = {HOUR}\n"
        f"  assume_role_policy   = {policy}\n"
        "}"
    )
    for number, document in enumerate(grants.role_policies, start=1):
        blocks.append(
            f'resource "aws_iam_policy" "logcov_{number}" {{\n'
            f'  name        = "${{var.role_name}}-{number}"\n'
            f"  description = {json.dumps(DESCRIPTION)}\n"
            f"  policy      = {_encoded(document)}\n"
            "}"
        )
        blocks.append(
            f'resource "aws_iam_role_policy_attachment" "logcov_{number}" {{\n'
            "  role       = aws_iam_role.logcov.name\n"
            f"  policy_arn = aws_iam_policy.logcov_{number}.arn\n"
            "}"
        )
    blocks.append('output "role_arn" {\n  value = aws_iam_role.logcov.arn\n}')
    return "\n\n".join(blocks) + "\n"


def _variable(name: str, description: str, more: str = "") -> str:
    lines = [f'variable "{name}" {{', f"  description = {json.dumps(description)}", "  type        = string"]
    return "\n".join([*lines, *([more] if more else []), "}"])


def _encoded(document: Any) -> str:
    return "jsonencode(" + json.dumps(document, indent=2).replace("\n", "\n  ") + ")"
