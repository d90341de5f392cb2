"""Google Cloud: organisations, folders and projects, their audit logs, and where these are routed."""
