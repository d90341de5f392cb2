"""Printed fixes that have records written, carried out, close their gaps."""

import pytest

from providers.gcp.acme import ORG
from providers.gcp.fake_google import Google
from providers.gcp.gap_makers import (
    ACTIVITY,
    ALL_AUDITED,
    API,
    AUDIT,
    BUCKET,
    DATA,
    Gap,
    assert_mended,
    backend,
    cluster,
    database,
    dying_project,
    gateway,
    history,
    judge,
    known_history,
    names,
    new_projects,
    nothing_intercepted,
    nothing_recorded,
    old_threats,
    rule,
    server,
    subnet,
    usage,
    usage_elsewhere,
)

GAPS = {
    "no data access": Gap(AUDIT, DATA, "not-generated", nothing_recorded, more=ALL_AUDITED),
    "no data access of a service": Gap(
        AUDIT, DATA, "not-generated", nothing_recorded, more=", only: {service: storage.googleapis.com}"
    ),
    "no data access of a type": Gap(
        AUDIT, DATA, "not-generated", nothing_recorded, more=", only: {log_type: ADMIN_READ, service: k8s.io}"
    ),
    "exempted member": Gap(AUDIT, DATA, "partly-generated", nothing_intercepted, more=ALL_AUDITED),
    "no flow log": Gap(
        ("gcp.vpc_flows", "gcp.flow_configs"), "gcp.vpc.flow", "not-generated", subnet(enable=False)
    ),
    "half of the flows": Gap(
        ("gcp.vpc_flows", "gcp.flow_configs"),
        "gcp.vpc.flow",
        "sampled",
        subnet(enable=True, flowSampling=0.5),
    ),
    "rule of a network": Gap(("gcp.firewalls",), "gcp.firewall.connection", "not-generated", rule("network")),
    "rule of a policy": Gap(("gcp.firewalls",), "gcp.firewall.connection", "not-generated", rule("global")),
    "rule of a policy of a region": Gap(
        ("gcp.firewalls",), "gcp.firewall.connection", "not-generated", rule("region")
    ),
    "rule from above": Gap(("gcp.firewalls",), "gcp.firewall.connection", "not-generated", rule("above")),
    "gateway": Gap(("gcp.nat",), "gcp.nat.flow", "not-generated", gateway(enable=False)),
    "gateway that logs errors": Gap(
        ("gcp.nat",), "gcp.nat.flow", "partly-generated", gateway(enable=True, filter="ERRORS_ONLY")
    ),
    "network without a policy": Gap(
        ("gcp.dns_networks", "gcp.dns_policies"), "gcp.dns.query", "not-generated", names()
    ),
    "network with a silent policy": Gap(
        ("gcp.dns_networks", "gcp.dns_policies"),
        "gcp.dns.query",
        "not-generated",
        names(
            {
                "name": "quiet",
                "enableLogging": False,
                "networks": [{"networkUrl": f"{API}/global/networks/shop"}],
            }
        ),
    ),
    "public zone": Gap(
        ("gcp.dns_zones",),
        "gcp.dns.zone_query",
        "not-generated",
        lambda google: google.answers.update(
            {
                "/dns/v1/projects/acme-prod/managedZones": {
                    "managedZones": [{"name": "acme", "visibility": "public"}]
                }
            }
        ),
    ),
    "balancer": Gap(
        ("gcp.load_balancers",), "gcp.lb.request", "not-generated", backend("global", enable=False)
    ),
    "balancer of a region": Gap(
        ("gcp.load_balancers",), "gcp.lb.request", "not-generated", backend("regions/europe-west1")
    ),
    "half of the requests": Gap(
        ("gcp.load_balancers",),
        "gcp.armor.request",
        "sampled",
        backend("global", enable=True, sampleRate=0.5),
    ),
    "control plane": Gap(
        ("gcp.gke",),
        "gcp.gke.control_plane",
        "not-generated",
        cluster,
        one=lambda one: one.dimensions["component"] == "APISERVER",
    ),
    "workloads": Gap(("gcp.gke",), "gcp.gke.workload", "not-generated", cluster),
    "database": Gap(("gcp.sql_audit",), "gcp.sql.audit", "not-generated", database("postgres")),
    "database whose data access is not recorded": Gap(
        ("gcp.sql_audit",), "gcp.sql.audit", "not-generated", database("postgres", recorded=False)
    ),
    "connections to PostgreSQL": Gap(
        ("gcp.sql_connections",),
        "gcp.sql.connection",
        "not-generated",
        database("postgres"),
        one=lambda one: one.dimensions["event"] == "CONNECT",
    ),
    "connections to MySQL": Gap(
        ("gcp.sql_connections",),
        "gcp.sql.connection",
        "not-generated",
        database("mysql"),
        one=lambda one: one.dimensions["event"] == "CONNECT",
    ),
    "threats": Gap(("gcp.ids",), "gcp.ids.threat", "partly-generated", old_threats),
    "history": Gap(
        ("gcp.asset_history", "gcp.asset_feeds"), "gcp.asset.change", "not-generated", history, ""
    ),
    "usage log": Gap(("gcp.storage_usage",), "gcp.storage.usage", "not-routed", usage(), BUCKET),
    "usage log to another bucket": Gap(
        ("gcp.storage_usage",),
        "gcp.storage.usage",
        "wrong-destination",
        usage_elsewhere,
        BUCKET,
    ),
    "new projects": Gap(
        ("gcp.new_projects",),
        "gcp.new_project",
        "wrong-destination",
        new_projects,
        BUCKET,
        one=lambda one: one.scope == f"gcp:{ORG}/new-projects",
        whole=True,
    ),
    "new projects without the default sink": Gap(
        ("gcp.new_projects",),
        "gcp.new_project",
        "route-disabled",
        lambda google: new_projects(google, disableDefaultSink=True),
        one=lambda one: one.scope == f"gcp:{ORG}/new-projects",
        whole=True,
    ),
}


@pytest.mark.parametrize("name", GAPS)
def test_the_printed_commands_close_the_gap(google: Google, name: str) -> None:
    assert_mended(google, GAPS[name])


PARTLY_MENDED = {
    "SQL Server": (
        Gap(("gcp.sql_server_audit",), "gcp.sql.server_audit", "not-routed", server, BUCKET),
        "gcloud sql instances patch one --project=acme-prod --audit-bucket-path=gs://acme-logs",
    ),
    "MySQL": (
        Gap(("gcp.sql_audit",), "gcp.sql.audit", "not-generated", database("mysql")),
        "--database-flags=cloudsql_mysql_audit=ON",
    ),
    "feeds": (
        Gap(
            ("gcp.asset_history", "gcp.asset_feeds"), "gcp.asset.change", "not-routed", known_history, "siem"
        ),
        "gcloud asset feeds create policies --project=acme-prod --content-type=iam-policy",
    ),
    "project that is being deleted": (
        Gap(
            AUDIT,
            ACTIVITY,
            "destination-unusable",
            dying_project,
            "gcp:bigquery/projects/acme-siem/datasets/changes",
        ),
        "gcloud projects undelete acme-central",
    ),
    "_Required": (
        Gap(
            AUDIT,
            ACTIVITY,
            "retention-too-short",
            lambda google: None,
            "gcp:logging/projects/acme-prod/locations/global/buckets/_Required",
            more=", retain: 500d",
        ),
        "# _Required keeps 400 days, and nobody can change that.",
    ),
}
"""What no API shows to be closed afterwards, or what needs more than commands."""


@pytest.mark.parametrize("name", PARTLY_MENDED)
def test_what_can_be_done_is_told(google: Google, name: str) -> None:
    gap, told = PARTLY_MENDED[name]
    gap.make(google)

    found = judge(google, gap)

    assert (found.status, found.reason) == ("gap", gap.reason), (found.reason, found.detail)
    assert told in (found.remediation or ""), found.cause
