import pytest

from logcov.providers.aws.permissions import permission_of, reads


@pytest.mark.parametrize(
    ("call", "permission"),
    [
        ("eks:ListClusters", "eks:ListClusters"),
        ("elbv2:DescribeLoadBalancers", "elasticloadbalancing:DescribeLoadBalancers"),
        ("apigatewayv2:GetApis", "apigateway:GET"),
        ("s3:HeadBucket", "s3:ListBucket"),
    ],
)
def test_a_permission_is_named_as_iam_names_it(call: str, permission: str) -> None:
    assert permission_of(call) == permission


def test_operations_name_their_permission_only_where_it_is_another_word() -> None:
    eks, elb = reads({"eks:ListClusters": "clusters", "elb:DescribeLoadBalancers": "load balancers"})
    assert (eks.permission, eks.wire, eks.why) == ("", "eks ListClusters", "clusters")
    assert elb.permission == "elasticloadbalancing:DescribeLoadBalancers"
