"""What is certain of every org without a call."""

from logcov.inventory import Emitter, Keep, Listing, Route
from logcov.providers.okta.system_log import observe_system_log, read_system_log_store

ORG = "okta:orgs/acme.okta.com"
STORE = "okta:system-log/acme.okta.com"


def test_the_system_log_is_always_written_and_kept_by_okta(okta, observe):
    emitter, route, listing = observe(observe_system_log)
    assert emitter == Emitter(source="okta.system_log", scope=ORG)
    assert isinstance(route, Route)
    assert (route.kind, route.effect, route.origin, route.to, route.enabled) == (
        "okta.retention",
        "carry",
        ORG,
        STORE,
        True,
    )
    assert listing == Listing(kind="okta.retention", at=ORG)
    assert okta.requests == []


def test_okta_keeps_records_for_90_days_and_shows_no_lock_and_no_key():
    (store,) = read_system_log_store(None, STORE, ())
    assert (store.retained, store.online, store.searchable) == ((Keep(days=90),),) * 3
    assert (store.end, store.owner, store.lock, store.encrypted) == (True, ORG, None, None)
