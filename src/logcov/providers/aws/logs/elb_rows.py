"""Load balancers in the catalogue."""

from logcov.inventory import Field, HopKind, LogSource
from logcov.providers.aws import scopes
from logcov.providers.aws.logs import deliveries
from logcov.providers.aws.logs.elb import ACCESS, BALANCER, CONNECTION, LOGGING, observe_balancers
from logcov.providers.aws.offered import OPERATIONS as OFFERED
from logcov.providers.aws.offered import where_offered
from logcov.providers.aws.permissions import reads
from logcov.providers.rows import Family, ObserverRow

DOCS = "https://docs.aws.amazon.com/elasticloadbalancing/latest"
BEST_EFFORT = "Load balancers deliver logs on a best-effort basis."

ELB_FAMILY = Family(
    sources=(
        LogSource(
            id=ACCESS,
            title="Requests to a load balancer (Network Load Balancers: TLS requests)",
            provider="aws",
            scope_kinds=("aws.account",),
            fields=(
                Field(name="elb", optional=False),
                Field(name="type"),
                Field(name="client:port"),
                Field(name="elb_status_code", kind="number"),
                Field(name="target_status_code", kind="number"),
                Field(name="request"),
            ),
            needs=(LOGGING,),
            emitters=BALANCER,
            per_location=True,
            limits=(BEST_EFFORT, *deliveries.LIMITS),
            documentation=f"{DOCS}/application/load-balancer-access-logs.html",
        ),
        LogSource(
            id=CONNECTION,
            title="Connections to an Application Load Balancer, with the outcome of TLS handshakes",
            provider="aws",
            scope_kinds=("aws.account",),
            fields=(
                Field(name="client_ip"),
                Field(name="tls_protocol"),
                Field(name="tls_cipher"),
                Field(name="tls_verify_status"),
            ),
            needs=(LOGGING,),
            emitters=BALANCER,
            per_location=True,
            limits=(BEST_EFFORT, *deliveries.LIMITS),
            documentation=f"{DOCS}/application/load-balancer-connection-logs.html",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=LOGGING,
            title="Logging of a load balancer",
            effects=("carry",),
            origins=("aws.account",),
            per_location=True,
            leads_to=deliveries.LEADS_TO,
        ),
    ),
    observers=(
        ObserverRow(
            name="aws.elb",
            provider="aws",
            scope_kinds=("aws.account",),
            observe=where_offered(
                observe_balancers, service="elb", sources=(ACCESS, CONNECTION), listings=(BALANCER, LOGGING)
            ),
            listings=(BALANCER, LOGGING),
            sources=(ACCESS, CONNECTION),
            operations=(
                *scopes.OPERATIONS,
                *OFFERED,
                *deliveries.OPERATIONS,
                *reads(
                    {
                        "elbv2:DescribeLoadBalancers": "Application, Network and Gateway Load Balancers",
                        "elbv2:DescribeLoadBalancerAttributes": "whether and where to they log",
                        "elbv2:DescribeListeners": "whether a Network Load Balancer has anything to log",
                        "elbv2:DescribeTags": "their tags",
                        "elb:DescribeLoadBalancers": "Classic Load Balancers",
                        "elb:DescribeLoadBalancerAttributes": "whether and where to they log",
                        "elb:DescribeTags": "their tags",
                    }
                ),
            ),
            per_location=True,
        ),
    ),
)
