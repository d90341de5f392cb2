"""Amazon Web Services: CloudTrail, VPC flow logs, and where they are kept. Read through boto3."""
