from datetime import date, timedelta
from pathlib import Path

from logcov.catalogue import SOURCES
from logcov.config import load_config
from logcov.policy import load_policies
from logcov.sandbox.configuration import FOLDER, config_text, moved, policies

TEXT = "# Dates are as of 2026-11-24.\nfrom: 2026-11-01\nx: {from: 2026-10-01, expires: 2027-01-29}\nnote: 2026-01-01\n"


def test_dates_move_with_the_day() -> None:
    assert moved(TEXT, date(2026, 11, 24)) == TEXT
    assert moved(TEXT, date(2027, 11, 24)) == (
        "# Dates are as of 2027-11-24.\nfrom: 2027-11-01\nx: {from: 2027-10-01, expires: 2028-01-29}\nnote: 2026-01-01\n"
    )


def test_a_text_that_names_no_day_stays() -> None:
    assert moved("from: 2026-11-01\n", date(2030, 1, 1)) == "from: 2026-11-01\n"


def test_the_shipped_policies_are_good_on_any_day(tmp_path: Path) -> None:
    for days in (0, 30, 800):
        today = date(2026, 11, 24) + timedelta(days=days)
        bound = load_policies(policies(tmp_path, today), SOURCES)
        expired = [each.id for each in bound.attestations if each.expires < today]
        assert expired == ["workspace-drive-pull"]
        assert "EX-9" in {each.id for each in bound.exemptions if each.expires < today}
        assert "EX-12" in {each.id for each in bound.exemptions if each.starts <= today <= each.expires}


def test_only_the_file_with_dates_is_copied(tmp_path: Path) -> None:
    copy, *others = policies(tmp_path)
    assert copy == (tmp_path / "acme-estate.yaml").resolve()
    assert {path.parent for path in others} == {FOLDER.resolve()}
    assert [path.name for path in others] == [
        "acme-aws.yaml",
        "acme-cloud.yaml",
        "acme-gcp.yaml",
        "acme-identity.yaml",
        "acme-workloads.yaml",
    ]
    for path in others:
        assert "expires:" not in path.read_text(encoding="utf-8")


def test_the_configuration_can_be_read_whatever_the_folder_is_called(tmp_path: Path) -> None:
    folder = tmp_path / "it's: a #folder"
    folder.mkdir()
    file = tmp_path / "logcov.yaml"
    file.write_text(
        config_text(
            google="http://127.0.0.1:1",
            okta={
                "acme.okta.com": "http://127.0.0.1:1",
                "acme-preview.oktapreview.com": "http://127.0.0.1:2",
            },
            aws="http://127.0.0.1:3",
            role="LogcovReader",
            policies=policies(folder),
        ),
        encoding="utf-8",
    )
    config = load_config(file)
    assert config.policies[0] == str((folder / "acme-estate.yaml").resolve())
    assert [target.organization for target in config.gcp] == ["123456789012"]
    assert [(target.org_url, target.endpoint, target.labels) for target in config.okta] == [
        ("https://acme.okta.com", "http://127.0.0.1:1", {"env": "prod"}),
        ("https://acme-preview.oktapreview.com", "http://127.0.0.1:2", {"env": "preview"}),
    ]
    assert config.aws[0].role == "LogcovReader"
    assert config.workspace[0].endpoint == "http://127.0.0.1:1"


def test_what_is_not_served_is_not_in_the_configuration() -> None:
    text = config_text(google="", okta={}, aws="", role="", policies=())
    assert text == "version: 1\npolicies:\n"
