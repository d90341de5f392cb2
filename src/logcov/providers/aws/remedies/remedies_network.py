"""What closes gaps of networks and of what stands at their edge, in commands that are printed and never run.

Sources: AWS CLI reference, `ec2`, `route53resolver`, `route53`, `elbv2`, `elb`, `wafv2`, `apigateway`, `apigatewayv2`,
`logs`; CloudWatch Logs user guide, "Enable logging from AWS services" (vended deliveries); WAF developer guide,
"Logging destinations" (`aws-waf-logs-`); Terraform registry, the resources named below.
"""

from collections.abc import Mapping

from logcov.inventory import Remedy
from logcov.providers.aws.remedies.remedy_templates import REPLACES, remedy

NONE = ("not-routed", "not-generated")
BESIDE = (*NONE, "wrong-destination", "delivery-failing")
"""What another route beside those that are there closes, too."""
OFF = (*NONE, "route-disabled")
BUCKET = "aws:s3/{bucket}"
GROUP = "aws:logs/{location}/{scope}/{group}"
GROUP_ARN = "arn:<partition>:logs:<location>:<scope>:log-group:<group>"
VENDED = "# The policy of <bucket> must let delivery.logs.amazonaws.com write there."

COMMERCIAL = {"partition": "aws"}
"""What is documented for one region of the commercial partition, and for no other partition."""

WIDER = "# The flow log that records less goes: all of its records are among those of the new one."

FLOWS: tuple[Remedy, ...] = (
    remedy(
        f"""
        {WIDER}
        aws ec2 delete-flow-logs --region <region> --flow-log-ids <flow_log>
        aws ec2 create-flow-logs --region <region> --resource-type VPC --resource-ids <resource> --traffic-type ALL --log-destination-type s3 --log-destination arn:<partition>:s3:::<bucket>
        """,
        """
        # In place of the flow log that is there, whose traffic type cannot be changed:
        resource "aws_flow_log" "this" {
          vpc_id               = "<resource>"
          traffic_type         = "ALL"
          log_destination_type = "s3"
          log_destination      = "arn:<partition>:s3:::<bucket>"
        }
        """,
        reasons=("filtered-out",),
        sources=("aws.vpc.flow",),
        cause="aws:flow-log/{region}/{account}/{flow_log}",
        given={"resource": "vpc-{vpc}"},
        to=BUCKET,
        account="account",
    ),
    remedy(
        f"""
        {VENDED} Where one account owns both, AWS sees to it.
        aws ec2 create-flow-logs --region <location> --resource-type VPC --resource-ids <resource> --traffic-type ALL --log-destination-type s3 --log-destination arn:<partition>:s3:::<bucket>
        """,
        """
        resource "aws_flow_log" "this" {
          vpc_id               = "<resource>"
          traffic_type         = "ALL"
          log_destination_type = "s3"
          log_destination      = "arn:<partition>:s3:::<bucket>"
        }
        """,
        reasons=BESIDE,
        sources=("aws.vpc.flow",),
        given={"resource": "vpc-{vpc}"},
        to=BUCKET,
    ),
    remedy(
        """
        aws ec2 create-flow-logs --region <location> --resource-type VPC --resource-ids <resource> --traffic-type ALL --log-destination-type kinesis-data-firehose --log-destination arn:<partition>:firehose:<location>:<scope>:deliverystream/<stream>
        """,
        """
        resource "aws_flow_log" "this" {
          vpc_id               = "<resource>"
          traffic_type         = "ALL"
          log_destination_type = "kinesis-data-firehose"
          log_destination      = "arn:<partition>:firehose:<location>:<scope>:deliverystream/<stream>"
        }
        """,
        reasons=BESIDE,
        sources=("aws.vpc.flow",),
        given={"resource": "vpc-{vpc}"},
        to="aws:firehose/{location}/{scope}/{stream}",
    ),
    remedy(
        f"""
        {VENDED} Where one account owns both, AWS sees to it.
        aws ec2 create-flow-logs --region <location> --resource-type TransitGateway --resource-ids <resource> --max-aggregation-interval 60 --log-destination-type s3 --log-destination arn:<partition>:s3:::<bucket>
        """,
        """
        resource "aws_flow_log" "this" {
          transit_gateway_id       = "<resource>"
          max_aggregation_interval = 60
          log_destination_type     = "s3"
          log_destination          = "arn:<partition>:s3:::<bucket>"
        }
        """,
        reasons=BESIDE,
        sources=("aws.transit_gateway.flow",),
        given={"resource": "tgw-{gateway}"},
        to=BUCKET,
    ),
)


def _resolver(to: str, arn: str, before: str) -> Remedy:
    return remedy(
        f"""
        {before}
        CONFIG=$(aws route53resolver create-resolver-query-log-config --region <location> --name queries-of-<resource> --creator-request-id queries-of-<resource> --destination-arn {arn} --query ResolverQueryLogConfig.Id --output text)
        aws route53resolver associate-resolver-query-log-config --region <location> --resolver-query-log-config-id "$CONFIG" --resource-id <resource>
        """,
        f"""
        resource "aws_route53_resolver_query_log_config" "this" {{
          name            = "queries-of-<resource>"
          destination_arn = "{arn}"
        }}

        resource "aws_route53_resolver_query_log_config_association" "this" {{
          resolver_query_log_config_id = aws_route53_resolver_query_log_config.this.id
          resource_id                  = "<resource>"
        }}
        """,
        reasons=BESIDE,
        sources=("aws.route53.resolver_query",),
        given={"resource": "vpc-{vpc}"},
        to=to,
    )


NAMES: tuple[Remedy, ...] = (
    _resolver(BUCKET, "arn:<partition>:s3:::<bucket>", VENDED),
    _resolver(GROUP, GROUP_ARN, "# A resource policy must let delivery.logs.amazonaws.com write to <group>."),
    remedy(
        """
        # Route 53 logs in us-east-1 only, and needs a resource policy of CloudWatch Logs there.
        aws logs put-resource-policy --region us-east-1 --policy-name route53-<resource> --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"route53.amazonaws.com"},"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"arn:<partition>:logs:us-east-1:<scope>:log-group:<group>:*"}]}'
        aws route53 create-query-logging-config --hosted-zone-id <resource> --cloud-watch-logs-log-group-arn 'arn:<partition>:logs:us-east-1:<scope>:log-group:<group>:*'
        """,
        """
        # With a provider for us-east-1:
        resource "aws_cloudwatch_log_resource_policy" "this" {
          policy_name     = "route53-<resource>"
          policy_document = jsonencode({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"route53.amazonaws.com"},"Action":["logs:CreateLogStream","logs:PutLogEvents"],"Resource":"arn:<partition>:logs:us-east-1:<scope>:log-group:<group>:*"}]})
        }

        resource "aws_route53_query_log" "this" {
          zone_id                  = "<resource>"
          cloudwatch_log_group_arn = "arn:<partition>:logs:us-east-1:<scope>:log-group:<group>"
          depends_on               = [aws_cloudwatch_log_resource_policy.this]
        }
        """,
        reasons=NONE,
        sources=("aws.route53.public_query",),
        given=COMMERCIAL,
        to="aws:logs/us-east-1/{scope}/{group}",
    ),
    remedy(
        """
        aws ec2 modify-client-vpn-endpoint --region <location> --client-vpn-endpoint-id <resource> --connection-log-options '{"Enabled":true,"CloudwatchLogGroup":"<group>"}'
        """,
        """
        # In the endpoint that is there:
        resource "aws_ec2_client_vpn_endpoint" "this" {
          connection_log_options {
            enabled              = true
            cloudwatch_log_group = "<group>"
          }
        }
        """,
        reasons=OFF,
        sources=("aws.vpn.client",),
        to=GROUP,
    ),
)


# --- load balancers -----------------------------------------------------------------------------------------

BALANCER = "arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/{balancer}"


def _balancer(source: str, attribute: str) -> Remedy:
    return remedy(
        f"""
        # The policy of <bucket>, which must be in <location>, must let load balancers write there.
        aws elbv2 modify-load-balancer-attributes --region <location> --load-balancer-arn <resource> --attributes '[{{"Key":"{attribute}.s3.enabled","Value":"true"}},{{"Key":"{attribute}.s3.bucket","Value":"<bucket>"}}]'
        """,
        f"""
        # In the load balancer that is there:
        resource "aws_lb" "this" {{
          {attribute} {{
            enabled = true
            bucket  = "<bucket>"
          }}
        }}
        """,
        reasons=OFF,
        sources=(source,),
        given={"resource": BALANCER},
        to=BUCKET,
    )


BALANCERS: tuple[Remedy, ...] = (
    _balancer("aws.elb.access", "access_logs"),
    _balancer("aws.elb.connection", "connection_logs"),
    remedy(
        """
        # The policy of <bucket>, which must be in <location>, must let load balancers write there.
        aws elb modify-load-balancer-attributes --region <location> --load-balancer-name <resource> --load-balancer-attributes '{"AccessLog":{"Enabled":true,"S3BucketName":"<bucket>","EmitInterval":5}}'
        """,
        """
        # In the load balancer that is there:
        resource "aws_elb" "this" {
          name = "<resource>"
          access_logs {
            bucket   = "<bucket>"
            interval = 5
          }
        }
        """,
        reasons=OFF,
        sources=("aws.elb.access",),
        to=BUCKET,
    ),
)


# --- vended deliveries --------------------------------------------------------------------------------------


def _delivered(
    source: str, name: str, log_type: str, arn: str, region: str, given: Mapping[str, str]
) -> Remedy:
    """A vended delivery to a bucket, beside whatever else there is. `name` and `log_type` make names of its parts."""
    return remedy(
        f"""
        {VENDED}
        aws logs put-delivery-source --region {region} --name {name} --resource-arn {arn} --log-type {log_type}
        DESTINATION=$(aws logs put-delivery-destination --region {region} --name {name} --delivery-destination-configuration '{{"destinationResourceArn":"arn:<partition>:s3:::<bucket>"}}' --query deliveryDestination.arn --output text)
        aws logs create-delivery --region {region} --delivery-source-name {name} --delivery-destination-arn "$DESTINATION"
        """,
        f"""
        # With a provider for {region}:
        resource "aws_cloudwatch_log_delivery_source" "this" {{
          name         = "{name}"
          log_type     = "{log_type}"
          resource_arn = "{arn}"
        }}

        resource "aws_cloudwatch_log_delivery_destination" "this" {{
          name = "{name}"
          delivery_destination_configuration {{
            destination_resource_arn = "arn:<partition>:s3:::<bucket>"
          }}
        }}

        resource "aws_cloudwatch_log_delivery" "this" {{
          delivery_source_name     = aws_cloudwatch_log_delivery_source.this.name
          delivery_destination_arn = aws_cloudwatch_log_delivery_destination.this.arn
        }}
        """,
        reasons=(*BESIDE, "route-disabled"),
        sources=(source,),
        given=given,
        to=BUCKET,
    )


FIREWALL = "arn:{partition}:network-firewall:{region}:{account}:firewall/{firewall}"
DISTRIBUTION = "arn:<partition>:cloudfront::<scope>:distribution/<resource>"

DELIVERIES: tuple[Remedy, ...] = (
    _delivered(
        "aws.cloudfront.access",
        "cloudfront-<resource>",
        "ACCESS_LOGS",
        DISTRIBUTION,
        "us-east-1",
        {"resource": "{distribution}", **COMMERCIAL},
    ),
    *(
        _delivered(
            f"aws.network_firewall.{kind}",
            f"{kind}-<firewall>",
            f"{kind.upper()}_LOGS",
            "<resource>",
            "<location>",
            {"resource": FIREWALL},
        )
        for kind in ("alert", "flow", "tls")
    ),
)


# --- web ----------------------------------------------------------------------------------------------------


def _web_acl(to: str, arn: str) -> Remedy:
    return remedy(
        f"""
        {REPLACES.format(what="the logging configuration of the web ACL")}
        aws wafv2 get-logging-configuration --region <location> --resource-arn <resource>
        aws wafv2 put-logging-configuration --region <location> --logging-configuration '{{"ResourceArn":"<resource>","LogDestinationConfigs":["{arn}"]}}'
        """,
        f"""
        resource "aws_wafv2_web_acl_logging_configuration" "this" {{
          resource_arn            = "<resource>"
          log_destination_configs = ["{arn}"]
        }}
        """,
        reasons=(*NONE, "filtered-out"),
        sources=("aws.waf.access",),
        given={"resource": "arn:{partition}:wafv2:{acl}"},
        to=to,
    )


FORMAT = (
    "$context.requestId $context.identity.sourceIp $context.requestTime $context.httpMethod $context.status"
)
"""Variables that stages of every kind of API have."""
ROLE = "# Which fields are logged is up to you: the format is an example."

STAGES: tuple[Remedy, ...] = (
    remedy(
        f"""
        {ROLE} API Gateway needs a role for CloudWatch Logs in its account settings.
        aws apigateway update-stage --region <location> --rest-api-id <api> --stage-name <stage> --patch-operations '[{{"op":"replace","path":"/accessLogSettings/destinationArn","value":"{GROUP_ARN}"}},{{"op":"replace","path":"/accessLogSettings/format","value":"{FORMAT}"}}]'
        """,
        f"""
        # In the stage that is there:
        resource "aws_api_gateway_stage" "this" {{
          rest_api_id = "<api>"
          stage_name  = "<stage>"
          access_log_settings {{
            destination_arn = "{GROUP_ARN}"
            format          = "{FORMAT}"
          }}
        }}
        """,
        reasons=NONE,
        sources=("aws.apigateway.access",),
        given={"resource": "arn:{partition}:apigateway:{region}::/restapis/{api}/stages/{stage}"},
        to=GROUP,
    ),
    remedy(
        f"""
        {ROLE}
        aws apigatewayv2 update-stage --region <location> --api-id <api> --stage-name <stage> --access-log-settings '{{"DestinationArn":"{GROUP_ARN}","Format":"{FORMAT}"}}'
        """,
        f"""
        # In the stage that is there:
        resource "aws_apigatewayv2_stage" "this" {{
          api_id = "<api>"
          name   = "<stage>"
          access_log_settings {{
            destination_arn = "{GROUP_ARN}"
            format          = "{FORMAT}"
          }}
        }}
        """,
        reasons=NONE,
        sources=("aws.apigateway.access",),
        given={"resource": "arn:{partition}:apigateway:{region}::/apis/{api}/stages/{stage}"},
        to=GROUP,
    ),
)

NETWORK_REMEDIES: tuple[Remedy, ...] = (
    *FLOWS,
    *NAMES,
    *BALANCERS,
    *DELIVERIES,
    _web_acl("aws:s3/aws-waf-logs-{name}", "arn:<partition>:s3:::aws-waf-logs-<name>"),
    _web_acl(
        "aws:logs/{location}/{scope}/aws-waf-logs-{name}",
        "arn:<partition>:logs:<location>:<scope>:log-group:aws-waf-logs-<name>",
    ),
    *STAGES,
)
