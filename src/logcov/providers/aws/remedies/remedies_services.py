"""What closes gaps of services that log what is done in them, in commands that are printed and never run.

Sources: AWS CLI reference, `eks`, `rds`, `redshift`, `redshift-serverless`, `opensearch`, `lambda`, `bedrock`, `ssm`,
`s3api`, `configservice`, `guardduty`, `securityhub`; EKS user guide, "Send control plane logs"; Config developer
guide, "Turn on AWS Config with the AWS CLI"; Terraform registry, the resources named below.
"""

from logcov.inventory import Remedy
from logcov.providers.aws.remedies.remedy_templates import REPLACES, remedy

NONE = ("not-routed", "not-generated")
OFF = (*NONE, "route-disabled")
BUCKET = "aws:s3/{bucket}"
GROUP = "aws:logs/{location}/{scope}/{group}"
GROUP_ARN = "arn:<partition>:logs:<location>:<scope>:log-group:<group>"

EKS: tuple[Remedy, ...] = (
    remedy(
        """
        aws eks update-cluster-config --region <location> --name <resource> --logging '{"clusterLogging":[{"types":["<component>"],"enabled":true}]}'
        """,
        """
        # In the cluster that is there; types that are on already must be in the list as well:
        resource "aws_eks_cluster" "this" {
          name                      = "<resource>"
          enabled_cluster_log_types = ["<component>"]
        }
        """,
        reasons=OFF,
        sources=("aws.eks.control_plane",),
    ),
)


# --- databases ----------------------------------------------------------------------------------------------

EXPORTED = (
    "agent",
    "alert",
    "diag.log",
    "error",
    "general",
    "iam-db-auth-error",
    "instance",
    "listener",
    "notify.log",
    "oemagent",
    "postgresql",
    "profiler",
    "slowquery",
    "trace",
    "upgrade",
)
"""Logs that are exported under their own names by every engine that has them. What is audited is set up in ways that
differ from engine to engine."""


def _export(log: str, command: str, made: str, block: str) -> Remedy:
    return remedy(
        f"""
        aws rds {command} <name> --region <location> --cloudwatch-logs-export-configuration '{{"EnableLogTypes":["{log}"]}}' --apply-immediately
        """,
        f"""
        # In the database that is there; logs that are exported already must be in the list as well:
        resource "{block}" "this" {{
          enabled_cloudwatch_logs_exports = ["{log}"]
        }}
        """,
        reasons=("route-disabled",),
        sources=("aws.rds.log",),
        cause=f"aws:rds/{{region}}/{{account}}/{made}:{{name}}",
        given={"log": log},
    )


RDS: tuple[Remedy, ...] = tuple(
    _export(log, *how)
    for log in EXPORTED
    for how in (
        ("modify-db-instance --db-instance-identifier", "db", "aws_db_instance"),
        ("modify-db-cluster --db-cluster-identifier", "cluster", "aws_rds_cluster"),
    )
)

CLUSTER, NAMESPACE = {"resource": "cluster:{cluster}"}, {"resource": "namespace:{namespace}"}
AUDIT_LOGS = '["connectionlog","userlog","useractivitylog"]'

REDSHIFT: tuple[Remedy, ...] = (
    remedy(
        f"""
        {REPLACES.format(what="where the audit logs of the cluster go")}
        aws redshift describe-logging-status --region <location> --cluster-identifier <cluster>
        aws redshift enable-logging --region <location> --cluster-identifier <cluster> --log-destination-type cloudwatch --log-exports '{AUDIT_LOGS}'
        """,
        f"""
        resource "aws_redshift_logging" "this" {{
          cluster_identifier   = "<cluster>"
          log_destination_type = "cloudwatch"
          log_exports          = {AUDIT_LOGS}
        }}
        """,
        reasons=("not-routed", "route-disabled"),
        sources=("aws.redshift.audit",),
        given=CLUSTER,
        to="aws:logs/{location}/{scope}//aws/redshift/cluster/{cluster}/{log}",
    ),
    remedy(
        f"""
        # The policy of <bucket>, which must be in <location>, must let redshift.amazonaws.com write there.
        {REPLACES.format(what="where the audit logs of the cluster go")}
        aws redshift describe-logging-status --region <location> --cluster-identifier <cluster>
        aws redshift enable-logging --region <location> --cluster-identifier <cluster> --log-destination-type s3 --bucket-name <bucket>
        """,
        """
        resource "aws_redshift_logging" "this" {
          cluster_identifier   = "<cluster>"
          log_destination_type = "s3"
          bucket_name          = "<bucket>"
        }
        """,
        reasons=("not-routed", "route-disabled"),
        sources=("aws.redshift.audit",),
        given=CLUSTER,
        to=BUCKET,
    ),
    remedy(
        f"""
        aws redshift-serverless update-namespace --region <location> --namespace-name <namespace> --log-exports '{AUDIT_LOGS}'
        """,
        f"""
        # In the namespace that is there:
        resource "aws_redshiftserverless_namespace" "this" {{
          namespace_name = "<namespace>"
          log_exports    = {AUDIT_LOGS}
        }}
        """,
        reasons=("route-disabled",),
        sources=("aws.redshift.audit",),
        given=NAMESPACE,
    ),
)

OPENSEARCH: tuple[Remedy, ...] = (
    remedy(
        f"""
        # A resource policy of CloudWatch Logs must let es.amazonaws.com write to <group>.
        aws opensearch update-domain-config --region <location> --domain-name <resource> --log-publishing-options '{{"AUDIT_LOGS":{{"CloudWatchLogsLogGroupArn":"{GROUP_ARN}","Enabled":true}}}}'
        """,
        f"""
        # In the domain that is there:
        resource "aws_opensearch_domain" "this" {{
          domain_name = "<resource>"
          log_publishing_options {{
            log_type                 = "AUDIT_LOGS"
            cloudwatch_log_group_arn = "{GROUP_ARN}"
          }}
        }}
        """,
        reasons=("not-routed", "route-disabled"),
        sources=("aws.opensearch.audit",),
        to=GROUP,
    ),
)


# --- functions, models, sessions, objects -------------------------------------------------------------------

LAMBDA: tuple[Remedy, ...] = (
    remedy(
        """
        # Where the first command shows a LogGroup of its own, it must be in the second one as well.
        aws lambda get-function-configuration --region <location> --function-name <resource> --query LoggingConfig
        aws lambda update-function-configuration --region <location> --function-name <resource> --logging-config '{"LogFormat":"JSON","ApplicationLogLevel":"INFO","SystemLogLevel":"INFO"}'
        """,
        """
        # In the function that is there:
        resource "aws_lambda_function" "this" {
          function_name = "<resource>"
          logging_config {
            log_format            = "JSON"
            application_log_level = "INFO"
            system_log_level      = "INFO"
          }
        }
        """,
        reasons=("filtered-out",),
        sources=("aws.lambda.log",),
        cause="aws:lambda/{region}/{account}/{function}",
    ),
)

KINDS = (
    '"textDataDeliveryEnabled":true,"imageDataDeliveryEnabled":true,"embeddingDataDeliveryEnabled":true,'
    '"videoDataDeliveryEnabled":true,"audioDataDeliveryEnabled":true'
)

BEDROCK: tuple[Remedy, ...] = (
    remedy(
        f"""
        # The policy of <bucket> must let bedrock.amazonaws.com write there.
        {REPLACES.format(what="the logging of model invocations in <location>")}
        aws bedrock get-model-invocation-logging-configuration --region <location>
        aws bedrock put-model-invocation-logging-configuration --region <location> --logging-config '{{"s3Config":{{"bucketName":"<bucket>"}},{KINDS}}}'
        """,
        """
        resource "aws_bedrock_model_invocation_logging_configuration" "this" {
          logging_config {
            text_data_delivery_enabled      = true
            image_data_delivery_enabled     = true
            embedding_data_delivery_enabled = true
            video_data_delivery_enabled     = true
            s3_config {
              bucket_name = "<bucket>"
            }
          }
        }
        """,
        reasons=OFF,
        sources=("aws.bedrock.invocation",),
        to=BUCKET,
    ),
)

SESSIONS: tuple[Remedy, ...] = (
    remedy(
        """
        # If the document is there already, put s3BucketName among its inputs with update-document instead.
        # The roles of the machines must let them write to <bucket>.
        aws ssm create-document --region <location> --name SSM-SessionManagerRunShell --document-type Session --document-format JSON --content '{"schemaVersion":"1.0","description":"Preferences of Session Manager","sessionType":"Standard_Stream","inputs":{"s3BucketName":"<bucket>","s3KeyPrefix":"sessions","s3EncryptionEnabled":true,"cloudWatchLogGroupName":"","cloudWatchEncryptionEnabled":true,"kmsKeyId":"","runAsEnabled":false,"runAsDefaultUser":""}}'
        """,
        """
        resource "aws_ssm_document" "session_preferences" {
          name            = "SSM-SessionManagerRunShell"
          document_type   = "Session"
          document_format = "JSON"
          content = jsonencode({
            schemaVersion = "1.0"
            description   = "Preferences of Session Manager"
            sessionType   = "Standard_Stream"
            inputs = {
              s3BucketName        = "<bucket>"
              s3KeyPrefix         = "sessions"
              s3EncryptionEnabled = true
            }
          })
        }
        """,
        reasons=NONE,
        sources=("aws.ssm.session",),
        to=BUCKET,
    ),
)

OBJECTS: tuple[Remedy, ...] = (
    remedy(
        """
        # The policy of <bucket>, which must be of the same account and region, must let logging.s3.amazonaws.com write there.
        aws s3api put-bucket-logging --bucket <resource> --bucket-logging-status '{"LoggingEnabled":{"TargetBucket":"<bucket>","TargetPrefix":"<resource>/"}}'
        """,
        """
        resource "aws_s3_bucket_logging" "this" {
          bucket        = "<resource>"
          target_bucket = "<bucket>"
          target_prefix = "<resource>/"
        }
        """,
        reasons=NONE,
        sources=("aws.s3.access",),
        to=BUCKET,
    ),
)


# --- detective services -------------------------------------------------------------------------------------

CONFIG_ROLE = (
    "arn:<partition>:iam::<scope>:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
)
FEATURES = (
    "S3_DATA_EVENTS",
    "EKS_AUDIT_LOGS",
    "EBS_MALWARE_PROTECTION",
    "RDS_LOGIN_EVENTS",
    "LAMBDA_NETWORK_LOGS",
    "RUNTIME_MONITORING",
    "AI_PROTECTION",
)
"""What GuardDuty can be told to do beyond what each detector does. `RUNTIME_MONITORING` holds that of EKS."""
ALL_FEATURES = "[" + ",".join(f'{{"Name":"{name}","Status":"ENABLED"}}' for name in FEATURES) + "]"
DETECTOR = (
    "DETECTOR=$(aws guardduty list-detectors --region <location> --query 'DetectorIds[0]' --output text)"
)


def _feature(name: str, features: str, *, dimension: bool) -> Remedy:
    return remedy(
        f"""
        {DETECTOR}
        aws guardduty update-detector --region <location> --detector-id "$DETECTOR" --enable --features '{features}'
        """,
        f"""
        # For the detector that is there, one for each feature:
        resource "aws_guardduty_detector_feature" "this" {{
          detector_id = aws_guardduty_detector.this.id
          name        = "{name}"
          status      = "ENABLED"
        }}
        """,
        reasons=("partly-generated",),
        sources=("aws.guardduty.finding",),
        given={"feature": "{named}"} if dimension else {},
    )


DETECTIVES: tuple[Remedy, ...] = (
    remedy(
        f"""
        # Only one recorder can be in a region: if this shows another name than default, use that one below.
        aws configservice describe-configuration-recorders --region <location>
        # The role is there already where the next command says that its name is taken.
        aws iam create-service-linked-role --aws-service-name config.amazonaws.com
        aws configservice put-configuration-recorder --region <location> --configuration-recorder '{{"name":"default","roleARN":"{CONFIG_ROLE}"}}' --recording-group '{{"allSupported":true,"includeGlobalResourceTypes":true}}'
        # The policy of <bucket> must let config.amazonaws.com write there. One delivery channel can be in a region:
        aws configservice describe-delivery-channels --region <location>
        aws configservice put-delivery-channel --region <location> --delivery-channel '{{"name":"default","s3BucketName":"<bucket>"}}'
        aws configservice start-configuration-recorder --region <location> --configuration-recorder-name default
        """,
        f"""
        resource "aws_config_configuration_recorder" "this" {{
          name     = "default"
          role_arn = "{CONFIG_ROLE}"
          recording_group {{
            all_supported                 = true
            include_global_resource_types = true
          }}
        }}

        resource "aws_config_delivery_channel" "this" {{
          name           = "default"
          s3_bucket_name = "<bucket>"
          depends_on     = [aws_config_configuration_recorder.this]
        }}

        resource "aws_config_configuration_recorder_status" "this" {{
          name       = aws_config_configuration_recorder.this.name
          is_enabled = true
          depends_on = [aws_config_delivery_channel.this]
        }}
        """,
        reasons=NONE,
        sources=("aws.config.item",),
        to=BUCKET,
    ),
    _feature("<named>", '[{"Name":"<named>","Status":"ENABLED"}]', dimension=True),
    _feature(FEATURES[0], ALL_FEATURES, dimension=False),
    remedy(
        f"""
        # Where list-detectors shows a detector, it is only switched off: use update-detector --enable with its id.
        aws guardduty list-detectors --region <location>
        aws guardduty create-detector --region <location> --enable --features '{ALL_FEATURES}'
        """,
        """
        resource "aws_guardduty_detector" "this" {
          enable = true
        }
        """,
        reasons=("not-generated",),
        sources=("aws.guardduty.finding",),
    ),
    remedy(
        "aws securityhub enable-security-hub --region <location>",
        """
        resource "aws_securityhub_account" "this" {
        }
        """,
        reasons=("not-generated",),
        sources=("aws.securityhub.finding",),
    ),
)

SERVICE_REMEDIES: tuple[Remedy, ...] = (
    *EKS,
    *RDS,
    *REDSHIFT,
    *OPENSEARCH,
    *LAMBDA,
    *BEDROCK,
    *SESSIONS,
    *OBJECTS,
    *DETECTIVES,
)
