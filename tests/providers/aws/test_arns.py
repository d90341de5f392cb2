import pytest

from logcov.providers.aws.arns import bucket_and_prefix, firehose_id, log_group_id, parsed, under


@pytest.mark.parametrize("text", [None, 7, "", "arn:aws:s3", "arn:aws:s3:::", "xrn:aws:s3:::b"])
def test_what_is_no_arn_has_no_parts(text: object) -> None:
    assert parsed(text) is None


def test_a_log_group_by_any_of_its_arns() -> None:
    for ending in ("", ":*", ":log-stream:x"):
        arn = f"arn:aws:logs:eu-west-1:111111111111:log-group:/a/b{ending}"
        assert log_group_id(arn) == "aws:logs/eu-west-1/111111111111//a/b"
    assert log_group_id("arn:aws:logs:eu-west-1:111111111111:destination:x") is None


def test_a_bucket_and_what_follows_it() -> None:
    assert bucket_and_prefix("arn:aws:s3:::b") == ("b", "")
    assert bucket_and_prefix("arn:aws-cn:s3:::b/x/y/") == ("b", "x/y")
    assert bucket_and_prefix("arn:aws:sns:eu-west-1:1:b") is None


def test_a_firehose_stream() -> None:
    arn = "arn:aws:firehose:eu-west-1:111111111111:deliverystream/audit"
    assert firehose_id(arn) == "aws:firehose/eu-west-1/111111111111/audit"
    assert firehose_id("arn:aws:kinesis:eu-west-1:111111111111:stream/audit") is None


def test_prefixes_never_double_a_slash() -> None:
    assert under("", "AWSLogs", "1") == "AWSLogs/1/"
    assert under("/logs/", "AWSLogs", "1") == "logs/AWSLogs/1/"
