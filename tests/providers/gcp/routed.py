"""Sinks of the pretend company as a test wants them, and what an audit says of its entries then."""

from typing import Any

from logcov.findings import Finding
from providers.gcp.acme import PROD_WRITER
from providers.gcp.gathering import gather
from providers.gcp.judging import judged

PROD, CENTRAL = "projects/acme-prod", "projects/acme-central"
ACTIVITY, SYSTEM = "gcp.audit.activity", "gcp.audit.system_event"
DATA, POLICY, ANY = "gcp.audit.data_access", "gcp.audit.policy", "gcp.any"

ARCHIVE = "storage.googleapis.com/acme-archive"
TOPIC = "pubsub.googleapis.com/projects/acme-siem/topics/audit"
ROUTER = f"logging.googleapis.com/{CENTRAL}"
SIEM = """\
destinations:
  siem:
    at: [gcp:pubsub/projects/acme-siem/topics/audit]
    attested: {facts: {retain: 400d}, by: a@acme.example, from: 2020-01-01, expires: 2099-01-01, evidence: E-1}
"""
EVERY_TYPE = [{"logType": name} for name in ("ADMIN_READ", "DATA_READ", "DATA_WRITE")]


CENTRAL_WRITER = "serviceAccount:service-1003@gcp-sa-logging.iam.gserviceaccount.com"
TABLES = "bigquery.googleapis.com/projects/acme-siem/datasets/changes"


def sink(name: str, destination: str, writer: str = PROD_WRITER, **more: Any) -> dict[str, Any]:
    return {"name": name, "destination": destination, "writerIdentity": writer} | more


def home(name: str, container: str = PROD, **more: Any) -> dict[str, Any]:
    """One of the two sinks that Google makes, into the bucket of the same name."""
    return {
        "name": name,
        "destination": f"logging.googleapis.com/{container}/locations/global/buckets/{name}",
    } | more


def bucket(container: str, name: str) -> str:
    return f"gcp:logging/{container}/locations/global/buckets/{name}"


def audit(
    session, source: str = ACTIVITY, *, reach: str = "'*'", scope: str = PROD, more: str = "", where: str = ""
) -> Finding:
    """The finding about one scope. Without `only`, each asks for all records of the log source together."""
    facts = gather(session, "gcp.audit_logs", "gcp.audit_configs", "gcp.any_entries", "gcp.sinks")
    line = f"{where}require: [{{id: l, title: l, logs: {source}, reach: {reach}{more}}}]\n"
    (found,) = [one for one in judged(session, facts, line).findings if one.scope == f"gcp:{scope}"]
    return found


def verdict(*args, **more) -> str:
    found = audit(*args, **more)
    return f"{found.status} {found.reason}" if found.status == "gap" else found.status
