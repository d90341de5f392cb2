"""What closes gaps of networks and of what stands at their edge, in commands that are printed and never run.

Sources: https://cloud.google.com/sdk/gcloud/reference/compute/networks/subnets/update, …/compute/firewall-rules/update,
…/compute/network-firewall-policies/rules/update, …/compute/firewall-policies/rules/update,
…/compute/routers/nats/update, …/compute/backend-services/update, …/dns/policies/update, …/dns/managed-zones/update;
Terraform registry, the resources named below.
"""

from logcov.inventory import Remedy
from logcov.providers.gcp.remedies.remedy_templates import remedy

OFF = ("not-generated",)
PARTLY = ("partly-generated", "sampled")

_SUBNET = {"resource": "regions/{region}/subnetworks/{subnet}"}
_SUBNET_TERRAFORM = """
# In the subnet that is there:
resource "google_compute_subnetwork" "this" {
  project = "<scope>"
  region  = "<region>"
  name    = "<subnet>"
  log_config {
    flow_sampling = 1.0
    filter_expr   = "true"
  }
}
"""

FLOWS: tuple[Remedy, ...] = (
    remedy(
        "gcloud compute networks subnets update <subnet> --project=<scope> --region=<region> --enable-flow-logs"
        " --logging-flow-sampling=1.0",
        _SUBNET_TERRAFORM,
        reasons=OFF,
        sources=("gcp.vpc.flow",),
        given=_SUBNET,
    ),
    remedy(
        "# This replaces the share and the filter expression of the subnet: all flows are logged.\n"
        "gcloud compute networks subnets describe <subnet> --project=<scope> --region=<region>\n"
        "gcloud compute networks subnets update <subnet> --project=<scope> --region=<region> --enable-flow-logs"
        " --logging-flow-sampling=1.0 --logging-filter-expr=true",
        _SUBNET_TERRAFORM,
        reasons=PARTLY,
        sources=("gcp.vpc.flow",),
        given=_SUBNET,
    ),
)


def _policy_rule(cause: str, command: str, resource: str, arguments: str) -> Remedy:
    return remedy(
        command,
        f"""
        # In the rule that is there:
        resource "{resource}" "this" {{{arguments}
          firewall_policy = "<policy>"
          priority        = <priority>
          enable_logging  = true
        }}
        """,
        reasons=OFF,
        sources=("gcp.firewall.connection",),
        cause=cause,
    )


FIREWALLS: tuple[Remedy, ...] = (
    remedy(
        "gcloud compute firewall-rules update <rule> --project=<project> --enable-logging",
        """
        # In the rule that is there:
        resource "google_compute_firewall" "this" {
          project = "<project>"
          name    = "<rule>"
          log_config {
            metadata = "INCLUDE_ALL_METADATA"
          }
        }
        """,
        reasons=OFF,
        sources=("gcp.firewall.connection",),
        cause="gcp:compute/projects/{project}/global/firewalls/{rule}",
    ),
    _policy_rule(
        "gcp:compute/projects/{project}/global/firewallPolicies/{policy}/rules/{priority}",
        "gcloud compute network-firewall-policies rules update <priority> --project=<project>"
        " --firewall-policy=<policy> --global-firewall-policy --enable-logging",
        "google_compute_network_firewall_policy_rule",
        '\n          project         = "<project>"',
    ),
    _policy_rule(
        "gcp:compute/projects/{project}/regions/{region}/firewallPolicies/{policy}/rules/{priority}",
        "gcloud compute network-firewall-policies rules update <priority> --project=<project>"
        " --firewall-policy=<policy> --firewall-policy-region=<region> --enable-logging",
        "google_compute_region_network_firewall_policy_rule",
        '\n          project         = "<project>"\n          region          = "<region>"',
    ),
    _policy_rule(
        "gcp:compute/locations/global/firewallPolicies/{policy}/rules/{priority}",
        "# The rule acts in every project below where the policy is attached, and is logged in all of them.\n"
        "gcloud compute firewall-policies rules update <priority> --firewall-policy=<policy> --enable-logging",
        "google_compute_firewall_policy_rule",
        "",
    ),
)

GATEWAYS = remedy(
    "gcloud compute routers nats update <nat> --project=<scope> --region=<region> --router=<router>"
    " --enable-logging --log-filter=ALL",
    """
    # In the gateway that is there:
    resource "google_compute_router_nat" "this" {
      project = "<scope>"
      region  = "<region>"
      router  = "<router>"
      name    = "<nat>"
      log_config {
        enable = true
        filter = "ALL"
      }
    }
    """,
    reasons=(*OFF, *PARTLY),
    sources=("gcp.nat.flow",),
    given={"resource": "regions/{region}/routers/{router}/nats/{nat}"},
)

NAMES: tuple[Remedy, ...] = (
    remedy(
        "gcloud dns policies update <policy> --project=<project> --enable-logging",
        """
        # In the policy that is there:
        resource "google_dns_policy" "this" {
          project        = "<project>"
          name           = "<policy>"
          enable_logging = true
        }
        """,
        reasons=OFF,
        sources=("gcp.dns.query",),
        cause="gcp:dns/projects/{project}/policies/{policy}",
    ),
    remedy(
        "gcloud dns policies create log-<network> --project=<project> --networks=<network> --enable-logging"
        " --description='Logs DNS queries'",
        """
        resource "google_dns_policy" "this" {
          project        = "<project>"
          name           = "log-<network>"
          enable_logging = true
          networks {
            network_url = "https://www.googleapis.com/compute/v1/projects/<project>/global/networks/<network>"
          }
        }
        """,
        reasons=OFF,
        sources=("gcp.dns.query",),
        cause="gcp:projects/{project}",
        given={"resource": "global/networks/{network}"},
    ),
    remedy(
        "gcloud dns managed-zones update <zone> --project=<scope> --log-dns-queries",
        """
        # In the zone that is there:
        resource "google_dns_managed_zone" "this" {
          project = "<scope>"
          name    = "<zone>"
          cloud_logging_config {
            enable_logging = true
          }
        }
        """,
        reasons=OFF,
        sources=("gcp.dns.zone_query",),
        given={"resource": "managedZones/{zone}"},
    ),
)


def _backend(resource: str, where: str, kind: str, arguments: str) -> Remedy:
    return remedy(
        f"gcloud compute backend-services update <backend> --project=<scope> {where} --enable-logging"
        " --logging-sample-rate=1.0",
        f"""
        # In the backend service that is there:
        resource "{kind}" "this" {{
          project = "<scope>"{arguments}
          name    = "<backend>"
          log_config {{
            enable      = true
            sample_rate = 1.0
          }}
        }}
        """,
        reasons=(*OFF, *PARTLY),
        sources=("gcp.lb.*", "gcp.armor.request"),
        given={"resource": resource},
    )


BACKENDS: tuple[Remedy, ...] = (
    _backend("global/backendServices/{backend}", "--global", "google_compute_backend_service", ""),
    _backend(
        "regions/{region}/backendServices/{backend}",
        "--region=<region>",
        "google_compute_region_backend_service",
        '\n          region  = "<region>"',
    ),
)

NETWORK_REMEDIES: tuple[Remedy, ...] = (*FLOWS, *FIREWALLS, GATEWAYS, *NAMES, *BACKENDS)
