"""Cloud SQL instances as the API tells of them."""

from typing import Any

LIST = "/v1/projects/acme-prod/instances"
SERVICE = "/v1/projects/acme-prod/services/sqladmin.googleapis.com"
POLICIES = tuple(
    f"/v3/{name}:getIamPolicy"
    for name in ("projects/acme-prod", "folders/11", "folders/10", "organizations/123456789012")
)
VERSIONS = {"postgres": "POSTGRES_16", "mysql": "MYSQL_8_0", "sqlserver": "SQLSERVER_2022_STANDARD"}


def instance(name: str, engine: str = "postgres", flags: dict[str, str] | None = None, **more: Any) -> Any:
    """An instance with these flags; `settings` and other fields of it may be given."""
    told = [{"name": key, "value": value} for key, value in (flags or {}).items()]
    settings = {"tier": "db-custom-1-3840", "activationPolicy": "ALWAYS"} | more.pop("settings", {})
    if told:
        settings["databaseFlags"] = told
    return {
        "name": name,
        "databaseVersion": VERSIONS[engine],
        "instanceType": "CLOUD_SQL_INSTANCE",
        "backendType": "SECOND_GEN",
        "state": "RUNNABLE",
        "settings": settings,
    } | more


def listed(*instances: Any, **more: Any) -> dict[str, Any]:
    """The answer that lists them."""
    return {"items": list(instances)} | more


def audit_config(*types: str, service: str = "cloudsql.googleapis.com", **more: Any) -> dict[str, Any]:
    """An IAM policy that switches these types of Data Access records on."""
    return {
        "auditConfigs": [
            {"service": service, "auditLogConfigs": [{"logType": each} | more for each in types]}
        ]
    }
