"""What closes gaps at the places that AWS logs are sent to, in commands that are printed and never run.

Sources: AWS CLI reference, `s3api`, `logs`, `kms`, `sns`, `cloudwatch`, `events`; S3 user guide, "Configuring S3 Object Lock",
"Setting an S3 Lifecycle configuration"; CloudWatch Logs API, `PutRetentionPolicy` (the days that it takes), user
guide, "Encrypt log data using KMS"; Terraform registry, `aws_s3_bucket_*`, `aws_cloudwatch_log_group`.
"""

from collections.abc import Mapping

from logcov.inventory import Remedy
from logcov.providers.aws.remedies.remedy_templates import REPLACES, remedy

BUCKET = "aws:s3/{bucket}"
GROUP = "aws:logs/{region}/{account}/{group}"
KEPT = ("retention-too-short", "not-online-long-enough")
# fmt: off
RETENTION = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)
# fmt: on
"""The days that a log group can be told to keep."""

RULES = REPLACES.format(what="all lifecycle rules of the bucket")
POLICY = REPLACES.format(what="the whole policy of the bucket")
READ_POLICY = "aws s3api get-bucket-policy --bucket <bucket> --query Policy --output text"
BY_ACCOUNT = '"Condition":{"StringEquals":{"aws:SourceAccount":"<scope>"}}'
BY_TRAIL = '"Condition":{"StringEquals":{"aws:SourceArn":"arn:<partition>:cloudtrail:<region>:<account>:trail/<trail>"}}'
TRAIL = "aws:cloudtrail/{region}/{account}/{trail}"
NOTHING: Mapping[str, str] = {}


def _statements(where: str, condition: str) -> str:
    """Statements that let a service write objects, and look whose bucket it is."""
    more = f",{condition}" if condition else ""
    writes = (
        '{"Sid":"LetLogsIn","Effect":"Allow","Principal":{"Service":"<writer>"},"Action":"s3:PutObject",'
        f'"Resource":"arn:<partition>:s3:::<bucket>/{where}"{more}}}'
    )
    looks = (
        '{"Sid":"LetLogsLook","Effect":"Allow","Principal":{"Service":"<writer>"},'
        f'"Action":["s3:GetBucketAcl","s3:ListBucket"],"Resource":"arn:<partition>:s3:::<bucket>"{more}}}'
    )
    return f'{{"Version":"2012-10-17","Statement":[{writes},{looks}]}}'


def _admitted(
    writer: str, where: str, condition: str, setting: str = "", given: Mapping[str, str] = NOTHING
) -> Remedy:
    """Lets one service write into a bucket that does not yet."""
    document = _statements(where, condition)
    given = {"writer": writer, **given} | ({"setting": setting} if setting else {})
    return remedy(
        f"""
        {POLICY}
        {READ_POLICY}
        aws s3api put-bucket-policy --bucket <bucket> --policy '{document}'
        """,
        f"""
        # With the statements that are there already:
        resource "aws_s3_bucket_policy" "this" {{
          bucket = "<bucket>"
          policy = jsonencode({document})
        }}
        """,
        reasons=("writer-denied",),
        cause=BUCKET,
        given=given,
        account="",
    )


def _made(region: str, constraint: str) -> Remedy:
    """Makes a bucket again that a route leads to, in the region of the emitter."""
    return remedy(
        f"""
        # In the account that is to own the bucket. Its policy must let <writer> write.
        aws s3api create-bucket --bucket <bucket> --region <location>{constraint}
        """,
        """
        resource "aws_s3_bucket" "this" {
          bucket = "<bucket>"
        }
        """,
        reasons=("destination-missing",),
        cause=BUCKET,
        given={"location": region} if region else {},
        account="",
    )


def _locked(immutable: str, mode: str, warning: str) -> Remedy:
    return remedy(
        f"""
        # Objects that come after this are locked. {warning}
        aws s3api get-object-lock-configuration --bucket <bucket>
        aws s3api put-bucket-versioning --bucket <bucket> --versioning-configuration '{{"Status":"Enabled"}}'
        aws s3api put-object-lock-configuration --bucket <bucket> --object-lock-configuration '{{"ObjectLockEnabled":"Enabled","Rule":{{"DefaultRetention":{{"Mode":"{mode}","Days":<days>}}}}}}'
        """,
        f"""
        resource "aws_s3_bucket_versioning" "this" {{
          bucket = "<bucket>"
          versioning_configuration {{
            status = "Enabled"
          }}
        }}

        resource "aws_s3_bucket_object_lock_configuration" "this" {{
          bucket = "<bucket>"
          rule {{
            default_retention {{
              mode = "{mode}"
              days = <days>
            }}
          }}
        }}
        """,
        reasons=("not-immutable",),
        cause=BUCKET,
        given={"immutable": immutable},
        account="",
    )


BUCKETS: tuple[Remedy, ...] = (
    _admitted("cloudtrail.amazonaws.com", "*", BY_TRAIL, TRAIL),
    _admitted("delivery.logs.amazonaws.com", "*", BY_ACCOUNT),
    _admitted("config.amazonaws.com", "*", BY_ACCOUNT),
    _admitted("bedrock.amazonaws.com", "*", BY_ACCOUNT),
    _admitted("logging.s3.amazonaws.com", "*", BY_ACCOUNT),
    # Of GovCloud and China, it is not verified that load balancers write as that service.
    _admitted("logdelivery.elasticloadbalancing.amazonaws.com", "<prefix>*", "", given={"partition": "aws"}),
    _made("us-east-1", ""),
    _made("", ' --create-bucket-configuration \'{"LocationConstraint":"<location>"}\''),
    _locked("locked", "COMPLIANCE", "Nobody can unlock them, or shorten the lock of one."),
    _locked("bypassable", "GOVERNANCE", "Who has s3:BypassGovernanceRetention can unlock them."),
    remedy(
        f"""
        {RULES}
        aws s3api get-bucket-lifecycle-configuration --bucket <bucket>
        aws s3api put-bucket-lifecycle-configuration --bucket <bucket> --lifecycle-configuration '{{"Rules":[{{"ID":"keep-logs","Status":"Enabled","Filter":{{"Prefix":""}},"Expiration":{{"Days":<days>}}}}]}}'
        """,
        """
        # With the rules that are there and are to stay:
        resource "aws_s3_bucket_lifecycle_configuration" "this" {
          bucket = "<bucket>"
          rule {
            id     = "keep-logs"
            status = "Enabled"
            filter {}
            expiration {
              days = <days>
            }
          }
        }
        """,
        reasons=KEPT,
        cause=BUCKET,
        account="",
    ),
    remedy(
        """
        aws s3api put-public-access-block --bucket <bucket> --public-access-block-configuration '{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true}'
        """,
        """
        resource "aws_s3_bucket_public_access_block" "this" {
          bucket                  = "<bucket>"
          block_public_acls       = true
          ignore_public_acls      = true
          block_public_policy     = true
          restrict_public_buckets = true
        }
        """,
        reasons=("public",),
        cause=BUCKET,
        account="",
    ),
)

KEY_POLICY = (
    '{"Version":"2012-10-17","Statement":[{"Sid":"Account","Effect":"Allow","Principal":{"AWS":'
    '"arn:<partition>:iam::<account>:root"},"Action":"kms:*","Resource":"*"},{"Sid":"Logs","Effect":"Allow","Principal":'
    '{"Service":"logs.<region>.<suffix>"},"Action":["kms:Encrypt*","kms:Decrypt*","kms:ReEncrypt*",'
    '"kms:GenerateDataKey*","kms:Describe*"],"Resource":"*","Condition":{"ArnEquals":'
    '{"kms:EncryptionContext:aws:logs:arn":"arn:<partition>:logs:<region>:<account>:log-group:<group>"}}}]}'
)

LOG_GROUPS: tuple[Remedy, ...] = (
    remedy(
        "aws logs create-log-group --region <region> --log-group-name <group>",
        """
        resource "aws_cloudwatch_log_group" "this" {
          name = "<group>"
        }
        """,
        reasons=("destination-missing",),
        cause=GROUP,
        account="account",
    ),
    remedy(
        "aws logs put-retention-policy --region <region> --log-group-name <group> --retention-in-days <days>",
        """
        # In the log group that is there:
        resource "aws_cloudwatch_log_group" "this" {
          name              = "<group>"
          retention_in_days = <days>
        }
        """,
        reasons=(*KEPT, "not-searchable-long-enough"),
        cause=GROUP,
        account="account",
        days=RETENTION,
    ),
    remedy(
        """
        # No number of days that a log group takes is enough for <days>: it is to keep its records for ever.
        aws logs delete-retention-policy --region <region> --log-group-name <group>
        """,
        """
        # In the log group that is there:
        resource "aws_cloudwatch_log_group" "this" {
          name              = "<group>"
          retention_in_days = 0
        }
        """,
        reasons=(*KEPT, "not-searchable-long-enough"),
        cause=GROUP,
        account="account",
    ),
    remedy(
        f"""
        # This makes a key for the log group; with a key that there is already, only the last command is needed.
        KEY=$(aws kms create-key --region <region> --policy '{KEY_POLICY}' --query KeyMetadata.Arn --output text)
        aws logs associate-kms-key --region <region> --log-group-name <group> --kms-key-id "$KEY"
        """,
        f"""
        resource "aws_kms_key" "this" {{
          policy = jsonencode({KEY_POLICY})
        }}

        # In the log group that is there:
        resource "aws_cloudwatch_log_group" "this" {{
          name       = "<group>"
          kms_key_id = aws_kms_key.this.arn
        }}
        """,
        reasons=("not-encrypted",),
        cause=GROUP,
        account="account",
    ),
)

TOLD: tuple[Remedy, ...] = (
    remedy(
        """
        # ADDRESS is who is to hear of it. A subscription counts once it is confirmed.
        aws sns subscribe --region <region> --topic-arn arn:<partition>:sns:<region>:<account>:<topic> --protocol email --notification-endpoint ADDRESS
        """,
        """
        resource "aws_sns_topic_subscription" "this" {
          topic_arn = "arn:<partition>:sns:<region>:<account>:<topic>"
          protocol  = "email"
          endpoint  = "ADDRESS"
        }
        """,
        reasons=("no-consumer",),
        cause="aws:sns/{region}/{account}/{topic}",
        account="account",
    ),
    remedy(
        "aws cloudwatch enable-alarm-actions --region <region> --alarm-names <alarm>",
        """
        # In the alarm that is there:
        resource "aws_cloudwatch_metric_alarm" "this" {
          alarm_name      = "<alarm>"
          actions_enabled = true
        }
        """,
        reasons=("route-disabled",),
        cause="aws:alarm/{region}/{account}/{alarm}",
        account="account",
    ),
    remedy(
        "aws events enable-rule --region <region> --event-bus-name <bus> --name <rule>",
        """
        # In the rule that is there:
        resource "aws_cloudwatch_event_rule" "this" {
          name           = "<rule>"
          event_bus_name = "<bus>"
          state          = "ENABLED"
        }
        """,
        reasons=("route-disabled",),
        cause="aws:events-rule/{region}/{account}/{bus}/{rule}",
        account="account",
    ),
)

DESTINATION_REMEDIES: tuple[Remedy, ...] = (*BUCKETS, *LOG_GROUPS, *TOLD)
