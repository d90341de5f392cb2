"""Which log a load balancer writes, by the scheme and protocol of its backend service.

Sources: https://cloud.google.com/load-balancing/docs/https/https-logging-monitoring (global and classic),
…/https/https-reg-logging-monitoring (regional external), …/l7-internal/monitoring (internal, regional and
cross-region alike), …/tcp/tcp-ssl-proxy-logging-monitoring (proxies), …/network/networklb-monitoring and
…/internal/internal-logging-monitoring (passthrough); https://cloud.google.com/logging/docs/api/platform-logs (log
ids); the combinations: compute v1, `BackendService.loadBalancingScheme` and `.protocol`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

REQUEST = "gcp.lb.request"
FLOW = "gcp.lb.flow"
ARMOR = "gcp.armor.request"


@dataclass(frozen=True, slots=True)
class Log:
    """A log of load balancers.

    Attributes:
        source: `gcp.lb.request` where a proxy handles requests or connections, `gcp.lb.flow` where packets pass.
        id: of the log; empty where no documentation tells it.
        resource_type: of its entries; empty likewise.
    """

    source: str
    id: str
    resource_type: str


GLOBAL_HTTP = Log(REQUEST, "requests", "http_load_balancer")
REGIONAL_HTTP = Log(
    REQUEST, "loadbalancing.googleapis.com/external_regional_requests", "http_external_regional_lb_rule"
)
INTERNAL_HTTP = Log(REQUEST, "loadbalancing.googleapis.com/requests", "internal_http_lb_rule")
PROXY = Log(REQUEST, "loadbalancing.googleapis.com/connections", "l4_proxy_rule")
GLOBAL_PROXY = Log(REQUEST, "", "tcp_ssl_proxy_rule")
EXTERNAL_FLOWS = Log(
    FLOW, "loadbalancing.googleapis.com/flows", "loadbalancing.googleapis.com/ExternalNetworkLoadBalancerRule"
)
INTERNAL_FLOWS = Log(
    FLOW, "loadbalancing.googleapis.com/flows", "loadbalancing.googleapis.com/InternalNetworkLoadBalancerRule"
)
GLOBAL_FLOWS = Log(FLOW, "", "")

MESH = "the proxies of a service mesh write no load balancer logs"
PASSTHROUGH = "packets pass through: the load balancer sees connections (gcp.lb.flow), no requests"

_HTTP = ("HTTP", "HTTPS", "HTTP2", "H2C", "GRPC")
_PACKETS = ("TCP", "UDP", "UNSPECIFIED")


def _each(protocols: Sequence[str], log: Log) -> dict[str, Log]:
    return dict.fromkeys(protocols, log)


LOGS: Mapping[tuple[str, bool], Mapping[str, Log]] = {
    ("EXTERNAL", False): _each(_HTTP, GLOBAL_HTTP) | _each(("TCP", "SSL"), GLOBAL_PROXY),
    ("EXTERNAL", True): _each(_PACKETS, EXTERNAL_FLOWS),
    ("EXTERNAL_MANAGED", False): _each(_HTTP, GLOBAL_HTTP) | _each(("TCP", "SSL"), GLOBAL_PROXY),
    ("EXTERNAL_MANAGED", True): _each(_HTTP, REGIONAL_HTTP) | _each(("TCP",), PROXY),
    ("INTERNAL_MANAGED", False): _each(_HTTP, INTERNAL_HTTP) | _each(("TCP",), PROXY),
    ("INTERNAL_MANAGED", True): _each(_HTTP, INTERNAL_HTTP) | _each(("TCP",), PROXY),
    ("INTERNAL", True): _each(_PACKETS, INTERNAL_FLOWS),
    ("EXTERNAL_PASSTHROUGH", False): _each(_PACKETS, GLOBAL_FLOWS),
}
"""(Scheme, whether the service is regional) → protocol → log."""


def log_of(scheme: str, protocol: str, *, regional: bool) -> Log | None:
    """The log of a backend service; None for a combination that no documentation names."""
    return LOGS.get((scheme, regional), {}).get(protocol)
