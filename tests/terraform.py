"""Printed Terraform, parsed as HCL and compared with what the AWS provider takes.

Only the arguments that are printed are known here, and those that a whole resource must have (`!`); blocks have braces.
Source: documentation of Terraform's AWS provider, version 6, one page for each resource.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import hcl2

DOCUMENTED = """\
aws_api_gateway_stage: access_log_settings{destination_arn! format!} deployment_id! rest_api_id!
    stage_name!
aws_apigatewayv2_stage: access_log_settings{destination_arn! format!} api_id! name!
aws_bedrock_model_invocation_logging_configuration: logging_config{embedding_data_delivery_enabled
    image_data_delivery_enabled s3_config{bucket_name} text_data_delivery_enabled
    video_data_delivery_enabled}
aws_cloudtrail: advanced_event_selector{field_selector!{equals field!} name}
    enable_log_file_validation enable_logging is_multi_region_trail name! s3_bucket_name!
aws_cloudtrail_event_data_store: name! retention_period
aws_cloudwatch_event_rule: event_bus_name name state
aws_cloudwatch_log_delivery: delivery_destination_arn! delivery_source_name!
aws_cloudwatch_log_delivery_destination:
    delivery_destination_configuration{destination_resource_arn} name!
aws_cloudwatch_log_delivery_source: log_type! name! resource_arn!
aws_cloudwatch_log_group: kms_key_id name retention_in_days
aws_cloudwatch_log_resource_policy: policy_document! policy_name!
aws_cloudwatch_metric_alarm: actions_enabled alarm_name! comparison_operator! evaluation_periods!
aws_config_configuration_recorder: name recording_group{all_supported include_global_resource_types}
    role_arn!
aws_config_configuration_recorder_status: is_enabled! name!
aws_config_delivery_channel: name s3_bucket_name!
aws_db_instance: enabled_cloudwatch_logs_exports instance_class!
aws_ec2_client_vpn_endpoint: authentication_options!{} connection_log_options!{cloudwatch_log_group
    enabled!} server_certificate_arn!
aws_eks_cluster: enabled_cluster_log_types name! role_arn! vpc_config!{}
aws_elb: access_logs{bucket! interval} listener!{} name
aws_flow_log: log_destination log_destination_type max_aggregation_interval traffic_type
    transit_gateway_id vpc_id
aws_guardduty_detector: enable
aws_guardduty_detector_feature: detector_id! name! status!
aws_iam_policy: description name policy!
aws_iam_role: assume_role_policy! description max_session_duration name path
aws_iam_role_policy_attachment: policy_arn! role!
aws_kms_key: policy
aws_lambda_function: function_name! logging_config{application_log_level log_format!
    system_log_level} role!
aws_lb: access_logs{bucket! enabled} connection_logs{bucket! enabled}
aws_opensearch_domain: domain_name! log_publishing_options{cloudwatch_log_group_arn! log_type!}
aws_rds_cluster: enabled_cloudwatch_logs_exports engine!
aws_redshift_logging: bucket_name cluster_identifier! log_destination_type log_exports
aws_redshiftserverless_namespace: log_exports namespace_name!
aws_route53_query_log: cloudwatch_log_group_arn! zone_id!
aws_route53_resolver_query_log_config: destination_arn! name!
aws_route53_resolver_query_log_config_association: resolver_query_log_config_id! resource_id!
aws_s3_bucket: bucket
aws_s3_bucket_lifecycle_configuration: bucket! rule{expiration{days} filter{} id! status!}
aws_s3_bucket_logging: bucket! target_bucket! target_prefix!
aws_s3_bucket_object_lock_configuration: bucket! rule{default_retention!{days mode}}
aws_s3_bucket_policy: bucket! policy!
aws_s3_bucket_public_access_block: block_public_acls block_public_policy bucket! ignore_public_acls
    restrict_public_buckets
aws_s3_bucket_versioning: bucket! versioning_configuration!{status!}
aws_securityhub_account:
aws_sns_topic_subscription: endpoint! protocol! topic_arn!
aws_ssm_document: content! document_format document_type! name!
aws_wafv2_web_acl_logging_configuration: log_destination_configs! resource_arn!
"""
META = frozenset({"depends_on"})
"""Arguments of Terraform's own, which every resource takes."""
PART = "that is there"
"""Says in a comment that a resource is shown in part only, for somebody to put into what they have."""
_WORD = re.compile(r"[\w]+!?|[{}]")
_REFERENCE = re.compile(r"\b(aws_\w+\.\w+)\.\w+")


@dataclass
class Block:
    """What may stand in a block: argument → whether it must, and for a block, what may stand in it."""

    required: dict[str, bool] = field(default_factory=dict)
    blocks: dict[str, "Block"] = field(default_factory=dict)


@cache
def documented() -> Mapping[str, Block]:
    found: dict[str, Block] = {}
    for row in re.split(r"\n(?=aws_)", DOCUMENTED.strip()):
        kind, _, names = row.partition(":")
        found[kind] = _block(iter(_WORD.findall(names)))
    return found


def _block(words: Iterator[str]) -> Block:
    block, last = Block(), ""
    for word in words:
        if word == "}":
            break
        if word == "{":
            block.blocks[last] = _block(words)
            continue
        last = word.removesuffix("!")
        block.required[last] = word.endswith("!")
    return block


def parsed(text: str) -> Mapping[str, Any]:
    """The document that HCL makes of a text. Blocks, unlike objects, say in which lines they stand."""
    found: Mapping[str, Any] = hcl2.loads(text + "\n", with_meta=True)
    return found


def resources(text: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Kind, name and content of each resource in a text."""
    for one in parsed(text).get("resource", []):
        for kind, named in _plain(one):
            for name, content in _plain(named):
                yield kind.strip('"'), name.strip('"'), content


def _plain(block: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What stands in a block, without the parser's own notes."""
    return [(name, value) for name, value in block.items() if not name.startswith("__")]


def problems(text: str) -> list[str]:
    """What the AWS provider would not take, and references to what is not there."""
    found: list[str] = []
    here: set[str] = set()
    for kind, name, content in resources(text):
        here.add(f"{kind}.{name}")
        if kind not in documented():
            found.append(f"{kind} is not among the documented resources")
            continue
        found += _wrong(kind, content, documented()[kind], whole=PART not in text)
    if PART not in text:
        bare = re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)
        found += [f"{one} is not there" for one in sorted(set(_REFERENCE.findall(bare)) - here)]
    return found


def _wrong(at: str, content: Mapping[str, Any], known: Block, *, whole: bool) -> Iterator[str]:
    given = dict(_plain(content))
    for name, value in given.items():
        blocks = (
            isinstance(value, list)
            and bool(value)
            and isinstance(value[0], dict)
            and "__start_line__" in value[0]
        )
        if name in META:
            continue
        if name not in known.required:
            yield f"{at} has no {name}"
        elif blocks != (name in known.blocks):
            yield f"{name} of {at} is {'no block' if blocks else 'a block'}"
        elif blocks:
            for one in value:
                yield from _wrong(f"{at}.{name}", one, known.blocks[name], whole=True)
    if whole:
        yield from (
            f"{at} lacks {name}" for name, must in known.required.items() if must and name not in given
        )
