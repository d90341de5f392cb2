"""What closes gaps of CloudTrail, in commands that are printed and never run.

Sources: AWS CLI reference, `cloudtrail`; CloudTrail user guide, "Creating a trail with the AWS CLI", "Logging data
events"; Terraform registry, `aws_cloudtrail`, `aws_cloudtrail_event_data_store`.
"""

from logcov.inventory import Remedy
from logcov.providers.aws.remedies.remedy_templates import REPLACES, remedy

MANAGEMENT, DATA = ("aws.cloudtrail.management",), ("aws.cloudtrail.data",)
TRAIL = "aws:cloudtrail/{region}/{account}/{trail}"
STORE = "aws:event-data-store/{region}/{account}/{store}"
NONE = ("not-routed", "not-generated", "wrong-destination")
SELECTORS = REPLACES.format(what="all event selectors of the trail")
BUCKET = "# The policy of <bucket> must let CloudTrail write there."

TRAIL_REMEDIES: tuple[Remedy, ...] = (
    remedy(
        "aws cloudtrail start-logging --region <region> --name <trail>",
        """
        # In the trail that is there:
        resource "aws_cloudtrail" "this" {
          name           = "<trail>"
          enable_logging = true
        }
        """,
        reasons=("route-disabled",),
        cause=TRAIL,
        account="account",
    ),
    remedy(
        "aws cloudtrail update-trail --region <region> --name <trail> --enable-log-file-validation",
        """
        # In the trail that is there:
        resource "aws_cloudtrail" "this" {
          name                       = "<trail>"
          enable_log_file_validation = true
        }
        """,
        reasons=("not-validated",),
        cause=TRAIL,
        account="account",
    ),
    remedy(
        f"""
        {SELECTORS}
        aws cloudtrail get-event-selectors --region <region> --trail-name <trail>
        aws cloudtrail put-event-selectors --region <region> --trail-name <trail> --advanced-event-selectors '[{{"Name":"Management events","FieldSelectors":[{{"Field":"eventCategory","Equals":["Management"]}}]}}]'
        """,
        """
        # In the trail that is there:
        resource "aws_cloudtrail" "this" {
          name = "<trail>"
          advanced_event_selector {
            name = "Management events"
            field_selector {
              field  = "eventCategory"
              equals = ["Management"]
            }
          }
        }
        """,
        reasons=("filtered-out",),
        sources=MANAGEMENT,
        cause=TRAIL,
        account="account",
    ),
    remedy(
        f"""
        {SELECTORS}
        aws cloudtrail get-event-selectors --region <region> --trail-name <trail>
        aws cloudtrail put-event-selectors --region <region> --trail-name <trail> --advanced-event-selectors '[{{"Name":"Management events","FieldSelectors":[{{"Field":"eventCategory","Equals":["Management"]}}]}},{{"Name":"Data events","FieldSelectors":[{{"Field":"eventCategory","Equals":["Data"]}},{{"Field":"resources.type","Equals":["<resource_type>"]}}]}}]'
        """,
        """
        # In the trail that is there:
        resource "aws_cloudtrail" "this" {
          name = "<trail>"
          advanced_event_selector {
            name = "Management events"
            field_selector {
              field  = "eventCategory"
              equals = ["Management"]
            }
          }
          advanced_event_selector {
            name = "Data events"
            field_selector {
              field  = "eventCategory"
              equals = ["Data"]
            }
            field_selector {
              field  = "resources.type"
              equals = ["<resource_type>"]
            }
          }
        }
        """,
        reasons=("filtered-out",),
        sources=DATA,
        cause=TRAIL,
        account="account",
    ),
    remedy(
        f"""
        # For all accounts of an organization: once, in its management account, with --is-organization-trail.
        {BUCKET}
        aws cloudtrail create-trail --region <location> --name management-events --s3-bucket-name <bucket> --is-multi-region-trail --enable-log-file-validation
        aws cloudtrail start-logging --region <location> --name management-events
        """,
        """
        resource "aws_cloudtrail" "management_events" {
          name                       = "management-events"
          s3_bucket_name             = "<bucket>"
          is_multi_region_trail      = true
          enable_log_file_validation = true
        }
        """,
        reasons=NONE,
        sources=MANAGEMENT,
        to="aws:s3/{bucket}",
    ),
    remedy(
        f"""
        # For all accounts of an organization: once, in its management account, with --is-organization-trail.
        {BUCKET}
        aws cloudtrail create-trail --region <location> --name data-events --s3-bucket-name <bucket> --is-multi-region-trail --enable-log-file-validation
        # A new trail has no other selectors that would be lost:
        aws cloudtrail put-event-selectors --region <location> --trail-name data-events --advanced-event-selectors '[{{"Name":"Data events","FieldSelectors":[{{"Field":"eventCategory","Equals":["Data"]}},{{"Field":"resources.type","Equals":["<resource_type>"]}}]}}]'
        aws cloudtrail start-logging --region <location> --name data-events
        """,
        """
        resource "aws_cloudtrail" "data_events" {
          name                       = "data-events"
          s3_bucket_name             = "<bucket>"
          is_multi_region_trail      = true
          enable_log_file_validation = true
          advanced_event_selector {
            name = "Data events"
            field_selector {
              field  = "eventCategory"
              equals = ["Data"]
            }
            field_selector {
              field  = "resources.type"
              equals = ["<resource_type>"]
            }
          }
        }
        """,
        reasons=NONE,
        sources=DATA,
        to="aws:s3/{bucket}",
    ),
    remedy(
        "aws cloudtrail start-event-data-store-ingestion --region <region> --event-data-store <store>",
        reasons=("route-disabled",),
        cause=STORE,
        account="account",
    ),
    remedy(
        "aws cloudtrail update-event-data-store --region <region> --event-data-store <store> --retention-period <days>",
        """
        # In the event data store that is there:
        resource "aws_cloudtrail_event_data_store" "this" {
          retention_period = <days>
        }
        """,
        reasons=("retention-too-short", "not-online-long-enough", "not-searchable-long-enough"),
        cause="aws:lake/{region}/{account}/{store}",
        account="account",
    ),
)
