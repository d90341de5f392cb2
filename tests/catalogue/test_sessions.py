"""Opening a session for each target."""

from logcov.catalogue import directly, open_sessions
from logcov.config import AwsTarget, Config, GcpTarget, OktaTarget, WorkspaceTarget
from logcov.inventory import Ledger
from logcov.providers.calls import Patience

CONFIG = Config(
    gcp=(GcpTarget(organization="1"), GcpTarget(projects=("acme-prod",))),
    aws=(AwsTarget(),),
    okta=(OktaTarget(org_url="https://acme.okta.com"),),
    workspace=(WorkspaceTarget(),),
)


def opened(patience: Patience):
    return open_sessions(CONFIG, Ledger(), patience)


def test_each_target_has_a_session() -> None:
    assert [provider for provider, _ in opened(Patience())] == ["gcp", "gcp", "aws", "okta", "workspace"]


def test_a_target_that_spends_its_patience_leaves_the_others_theirs() -> None:
    (_, first), *others = opened(Patience(budget=1.0))
    first.patience.budget = 0.0
    assert [session.patience.budget for _, session in others] == [1.0] * 4


def test_one_stop_ends_the_waiting_of_all() -> None:
    patience = Patience()
    sessions = opened(patience)
    patience.stop.set()
    assert not any(session.patience.wait(60.0) for _, session in sessions)


def test_google_cloud_sessions_know_each_other() -> None:
    first, second = (session for provider, session in opened(Patience()) if provider == "gcp")
    assert list(first.all_targets) == list(second.all_targets) == [first, second]


def test_only_google_cloud_has_a_session_that_asks_no_inventory_service() -> None:
    asking = Config(gcp=(GcpTarget(organization="1", read="asset-inventory"),), okta=CONFIG.okta)
    (_, google), (_, okta) = open_sessions(asking, Ledger(), Patience())
    twin = directly(google)
    assert google.assets is not None
    assert twin.assets is None
    assert twin.once is google.once
    assert directly(okta) is okta


def test_a_target_of_projects_asks_no_inventory_service() -> None:
    few = Config(gcp=(GcpTarget(projects=("acme-prod",), read="asset-inventory"),))
    ((_, google),) = open_sessions(few, Ledger(), Patience())
    assert google.assets is None
