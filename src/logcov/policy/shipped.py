"""The policies that ship with logcov."""

from pathlib import Path


def policy_folder() -> Path:
    """Where they are: inside the installed package, or beside `src` in a checkout."""
    installed = Path(__file__).parents[1] / "coverage_policies"
    return installed if installed.is_dir() else Path(__file__).parents[3] / "coverage_policies"


def shipped_policies() -> list[tuple[Path, str]]:
    """(path, title) of each, by name."""
    from logcov.documents import load_yaml

    found: list[tuple[Path, str]] = []
    for path in sorted(policy_folder().glob("*.yaml")):
        data = load_yaml(path).data
        title = data.get("title", "") if isinstance(data, dict) else ""
        found.append((path, str(title)))
    return found
