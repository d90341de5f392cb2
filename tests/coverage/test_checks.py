"""Checks: deliveries that fail or stopped, writers that may or may not write, and times."""

import dataclasses

import pytest

from logcov.coverage import moment
from logcov.inventory import (
    Activity,
    Admission,
    Delivery,
    Destination,
    Dimension,
    Emitter,
    Listing,
    Route,
    Unread,
)
from logcov.policy import Clause, Logs
from nimbus import (
    AUDIT,
    DEPOT,
    HOPS,
    NOW,
    REALM,
    SITE,
    VAULT,
    estate,
    judged,
    only,
    pipe,
    reach,
    realm,
    requirement,
    site,
    the_one,
    vault,
    with_header,
)

FRESH = "2026-11-22T07:30:00Z"
OLD = "2026-11-10T00:00:00Z"
UNREAD = Unread("!x")
ASKED = Listing(kind="activity", at=SITE)


def verdict(*facts, **more):
    finding = the_one(judged(estate(*facts, vault()), **more))
    return finding.status, finding.reason


# --- Deliveries that fail ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("success", "error", "expected"),
    [
        (FRESH, "AccessDenied", ("covered", None)),
        (FRESH, UNREAD, ("covered", None)),
        (FRESH, None, ("covered", None)),
        (FRESH, "", ("covered", None)),
        (OLD, "AccessDenied", ("gap", "delivery-failing")),
        (None, "AccessDenied", ("gap", "delivery-failing")),
        (OLD, UNREAD, ("unknown", "blind-spot")),
        (UNREAD, "AccessDenied", ("unknown", "blind-spot")),
        (UNREAD, UNREAD, ("unknown", "blind-spot")),
        (UNREAD, None, ("unknown", "blind-spot")),
        ("2026-11-21T08:00:00Z", "AccessDenied", ("covered", None)),
        ("2026-11-21T07:59:59Z", "AccessDenied", ("gap", "delivery-failing")),
    ],
)
def test_an_error_counts_unless_a_fresh_delivery_refutes_it(success, error, expected):
    assert verdict(pipe(delivery=Delivery(last_success=success, last_error=error))) == expected


# --- Deliveries that stopped ---------------------------------------------------------------------------------


def quiet(**changes):
    return pipe(**{"delivery": Delivery(last_success=OLD), "since": "2026-01-01T00:00:00Z", **changes})


def active(**changes):
    return Activity(**{"source": "nimbus.audit", "scope": SITE, "at": "2026-11-20T00:00:00Z", **changes})


STALE = ("gap", "stale")
FINE = ("covered", None)
OPEN = ("unknown", "blind-spot")


def test_records_that_existed_and_were_not_delivered_prove_that_a_hop_stopped():
    finding = the_one(judged(estate(quiet(), active(readings=("read it",)), vault())))

    assert (finding.status, finding.reason, finding.cause) == ("gap", "stale", "nimbus:pipe/p")
    assert (
        "last delivered 2026-11-10T00:00:00Z, yet records existed at 2026-11-20T00:00:00Z" in finding.detail
    )
    assert finding.evidence[0].api == "nimbus:ReadAll"


@pytest.mark.parametrize(
    ("changes", "activity", "expected"),
    [
        ({}, {}, STALE),
        ({"delivery": Delivery()}, {}, STALE),
        # A hop that never delivered and does not say how old it is may be younger than the record.
        ({"delivery": Delivery(), "since": None}, {}, OPEN),
        ({"since": None}, {}, STALE),
        ({"since": "2026-11-20T00:00:00Z"}, {}, FINE),
        ({"since": "2026-11-19T23:59:59Z"}, {}, STALE),
        # Within a day of the last delivery, or within the last hour, a record proves nothing.
        ({}, {"at": "2026-11-11T00:00:00Z"}, FINE),
        ({}, {"at": "2026-11-11T00:00:01Z"}, STALE),
        ({}, {"at": "2026-11-22T07:00:01Z"}, FINE),
        ({}, {"at": "2026-11-22T07:00:00Z"}, STALE),
        # Records of other sources, or of which no row tells anything.
        ({}, {"source": "other.audit"}, FINE),
        ({"sources": ("*",)}, {"source": "other.audit"}, OPEN),
        ({}, {"scope": DEPOT}, FINE),
        ({}, {"scope": REALM}, FINE),
    ],
)
def test_a_record_proves_that_a_hop_stopped_only_if_it_must_have_come_by(changes, activity, expected):
    assert verdict(quiet(**changes), active(**activity)) == expected


@pytest.mark.parametrize(
    ("text", "dimensions", "expected"),
    [
        ("{}", {}, STALE),
        ('{"verb": ["read", "write"]}', {}, STALE),
        ('{"user": "*"}', {}, STALE),
        ('{"verb": "write"}', {"verb": "write"}, STALE),
        ('{"place": "nimbus:sites/s"}', {}, STALE),
    ],
)
def test_the_record_must_pass_the_filter(text, dimensions, expected):
    asked = requirement(only={"verb": ("write",)})
    facts = (quiet(filter="f"), only(text), active(dimensions=dimensions), vault())

    finding = the_one(judged(estate(*facts), asked))

    assert (finding.status, finding.reason) == expected


def test_a_record_that_may_have_been_filtered_out_proves_nothing():
    asked = requirement(only={"verb": ("write",)})

    def status(*facts, **changes):
        return the_one(judged(estate(quiet(filter="f", **changes), *facts, vault()), asked)).status

    writes = only('{"verb": "write"}')
    assert status(writes, active()) == "unknown"
    assert status(writes, active(dimensions={"verb": "read"})) == "covered"
    assert status(only('{"place": "elsewhere"}'), active()) == "gap"  # filtered out, not stale
    assert status(active()) == "unknown"  # the filter is lost


def test_a_record_that_may_have_been_intercepted_proves_nothing():
    above = pipe("above", origin=REALM, descends=True, intercepts=True, filter="f")
    reads = only('{"verb": "read"}')
    asked = requirement(only={"verb": ("write",)}, reach=reach(VAULT))

    def status(*facts, without=(), **changes):
        facts = (quiet(**changes), *facts, active(), vault())
        return the_one(judged(estate(*facts, without=without), asked)).status

    assert status() == "gap"
    assert status(above, reads) == "unknown"
    assert status(above, reads, immune=True) == "gap"
    assert status(dataclasses.replace(above, location="north"), reads) == "unknown"
    assert status(without=(Listing(kind="nimbus.pipe", at=REALM, readings=("read it",)),)) == "unknown"


def test_a_record_of_some_resource_proves_nothing_of_a_hop_that_serves_one():
    tap = Route(
        id="nimbus:tap/t",
        kind="nimbus.tap",
        setting="nimbus:tap/t",
        effect="carry",
        origin=SITE,
        location="north",
        resource="net-1",
        to=VAULT,
        delivery=Delivery(last_success=OLD),
        since="2026-01-01T00:00:00Z",
    )
    asked = requirement(logs=(Logs(pattern="nimbus.traffic"),))
    seen = active(source="nimbus.traffic", location="north")

    assert the_one(judged(estate(tap, seen, vault()), asked)).status == "unknown"


def test_a_record_of_one_kind_proves_nothing_of_a_hop_or_filter_for_another():
    apps = dataclasses.replace(AUDIT, dimensions=(Dimension(name="app", closed=True),))
    emitters = [
        Emitter(source="nimbus.audit", scope=SITE, dimensions={"app": app}, fields={"log": f"log-{app}"})
        for app in ("a", "b")
    ]
    plain = Emitter(source="nimbus.audit", scope=SITE, fields={"place": SITE})

    def at_a(**changes):
        inventory = estate(
            quiet(**changes),
            only('{"log": "log-a"}'),
            *emitters,
            active(dimensions={"app": "b"}),
            vault(),
            without=(plain,),
        )
        found = judged(with_header(inventory, sources=(apps,))).findings
        return next(one.status for one in found if one.dimensions == {"app": "a"})

    assert at_a(filter="f") == "covered"
    assert at_a(dimensions={"app": "a"}) == "covered"
    assert at_a() == "gap"


def test_a_hop_that_may_be_off_is_not_known_to_have_stopped():
    assert verdict(quiet(enabled=UNREAD), active()) == OPEN
    assert verdict(quiet(enabled=False), active()) == ("gap", "route-disabled")


def test_nobody_knows_where_records_went_under_an_unread_parent():
    scopes = (realm(), site(parent=UNREAD))
    asked = requirement(where=(Clause(scopes=(REALM,)),))
    facts = (quiet(origin=REALM, descends=True), Listing(kind="activity", at=REALM), vault())
    listed = (Listing(kind="activity", at=DEPOT),)

    assert the_one(judged(estate(*facts, active(), scopes=scopes), asked)).status == "unknown"
    assert the_one(judged(estate(*facts, active(), *listed), asked)).status == "gap"


def test_records_below_prove_that_a_hop_above_stopped_if_it_descends():
    above = quiet(origin=REALM, descends=True, intercepts=True)
    listed = (Listing(kind="activity", at=REALM), Listing(kind="activity", at=DEPOT))

    assert verdict(above, active(), *listed) == STALE
    assert verdict(dataclasses.replace(above, descends=UNREAD), active(), *listed)[0] == "unknown"
    assert verdict(above, *listed) == FINE


def test_what_is_beside_a_hop_need_not_be_asked():
    listed = [Listing(kind="activity", at=place) for place in (REALM, DEPOT)]
    beside = realm(id="nimbus:realms/beside")
    facts = (quiet(origin=REALM, descends=True), vault(), *listed)

    assert the_one(judged(estate(*facts, scopes=(realm(), site(), beside)))).status == "covered"


@pytest.mark.parametrize("missing", range(4))
def test_a_hop_above_is_not_idle_unless_everything_below_was_asked(missing):
    listed = [Listing(kind="activity", at=place) for place in (REALM, DEPOT)]
    ways = [
        {"facts": listed[1:]},
        {"facts": listed[:1]},
        {"facts": listed, "without": (ASKED,)},
        {"facts": listed, "without": (Listing(kind="scopes", at=REALM),)},
    ]
    facts = ways[missing].pop("facts")
    inventory = estate(quiet(origin=REALM, descends=True), vault(), *facts, **ways[missing])

    finding = next(one for one in judged(inventory).findings if one.resource != "*")

    assert (finding.status, finding.reason) == OPEN


# --- One setting in many locations ---------------------------------------------------------------------------

LOCATED = dataclasses.replace(AUDIT, per_location=True)
TRAIL = tuple(
    dataclasses.replace(kind, per_location=True, intercepts=False) if kind.id == "nimbus.pipe" else kind
    for kind in HOPS
)


def regional(location, **changes):
    return quiet(
        **{"name": f"p-{location}", "setting": "nimbus:pipe/p", "location": location, **changes},
    )


def activity_listed(*locations):
    return tuple(Listing(kind="activity", at=SITE, location=location) for location in locations)


def at_locations(*facts, asked=("north", "south")):
    """The verdict at north, of an estate whose site is in two locations."""
    plain = Emitter(source="nimbus.audit", scope=SITE, fields={"place": SITE})
    emitters = [dataclasses.replace(plain, location=location) for location in ("north", "south")]
    inventory = estate(
        *facts,
        *emitters,
        *activity_listed(*asked),
        vault(),
        scopes=(realm(), site(locations={"north": True, "south": True})),
        without=(plain, ASKED),
    )
    findings = judged(with_header(inventory, sources=(LOCATED,), hop_kinds=TRAIL)).findings
    return {finding.location: (finding.status, finding.reason) for finding in findings}["north"]


def test_a_delivery_anywhere_shows_that_a_setting_works_everywhere():
    fresh = regional("south", delivery=Delivery(last_success=FRESH))

    assert at_locations(regional("north"), fresh, active(location="north")) == FINE


def test_records_anywhere_prove_that_a_setting_stopped_everywhere():
    assert at_locations(regional("north"), regional("south"), active(location="south")) == STALE


def test_records_in_a_location_that_the_setting_is_not_in_prove_nothing():
    assert at_locations(regional("north"), active(location="south")) == FINE
    assert at_locations(regional("north"), regional("south", enabled=False), active(location="south")) == FINE
    assert (
        at_locations(regional("north"), regional("south", to="nimbus:vault/w"), active(location="south"))
        == FINE
    )


def test_records_somewhere_in_the_place_may_or_may_not_have_come_by():
    assert at_locations(regional("north"), active()) == OPEN


def test_every_location_of_the_setting_must_have_been_asked():
    assert at_locations(regional("north"), regional("south")) == FINE
    assert at_locations(regional("north"), regional("south"), asked=("north",)) == OPEN
    assert at_locations(regional("north"), regional("south"), asked=("south",)) == OPEN


def test_a_location_that_is_off_or_reports_an_error_is_not_asked():
    failing = regional("south", delivery=Delivery(last_success=OLD, last_error="AccessDenied"))

    assert at_locations(regional("north"), regional("south", enabled=False), asked=("north",)) == FINE
    assert at_locations(regional("north"), failing, asked=("north",)) == FINE


def test_an_unread_delivery_elsewhere_may_be_fresh():
    unread = regional("south", delivery=Delivery(last_success=UNREAD))

    assert at_locations(regional("north"), unread, active(location="north")) == OPEN


# --- Writers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("admissions", "expected"),
    [
        ([], OPEN),
        ([True], FINE),
        ([False], ("gap", "writer-denied")),
        ([UNREAD], OPEN),
        ([UNREAD, True], FINE),
        ([UNREAD, False], ("gap", "writer-denied")),
        ([True, False], OPEN),
        ([False, UNREAD, True], OPEN),
    ],
)
def test_a_writer_needs_a_grant_that_was_read(admissions, expected):
    facts = [Admission(route="nimbus:pipe/p", destination=VAULT, allowed=allowed) for allowed in admissions]

    assert verdict(pipe(writer="w"), *facts) == expected
    assert verdict(pipe(writer="w"), *reversed(facts)) == expected


def test_a_grant_for_another_place_or_hop_is_none_for_this_one():
    elsewhere = Admission(route="nimbus:pipe/p", destination="nimbus:vault/other", allowed=True)
    others = Admission(route="nimbus:pipe/q", destination=VAULT, allowed=True)

    assert verdict(pipe(writer="w"), elsewhere, others) == OPEN


def test_where_no_grant_is_needed_none_is_asked_for():
    denied = Admission(route="nimbus:pipe/p", destination=VAULT, allowed=False)

    assert verdict(pipe(), denied) == FINE


@pytest.mark.parametrize("field", ["exists", "usable"])
def test_a_destination_of_which_something_was_not_read_is_open(field):
    assert the_one(judged(estate(pipe(), vault(**{field: UNREAD})))).reason == "blind-spot"


def test_nobody_knows_whether_an_unread_relay_is_served():
    relay = Destination(id="nimbus:relay/r", kind="nimbus.relay", end=False, consumed=UNREAD)
    spout = pipe("spout", kind="nimbus.spout", origin="nimbus:relay/r")

    assert verdict(pipe(to="nimbus:relay/r"), relay, spout) == OPEN


# --- Times --------------------------------------------------------------------------------------------------------


def test_times_are_utc_whether_they_say_so_or_not():
    assert moment("2026-11-22T08:00:00") == moment(NOW) == moment("2026-11-22T10:00:00+02:00")


def test_a_time_without_a_zone_does_not_depend_on_the_machine():
    assert verdict(pipe(delivery=Delivery(last_success="2026-11-22T07:30:00", last_error="x"))) == FINE
    asked = requirement(reach=reach(delivered_within=24))
    plain = pipe(delivery=Delivery(last_success="2026-11-22T07:30:00"))
    assert the_one(judged(estate(plain, vault()), asked)).status == "covered"


# --- Sources --------------------------------------------------------------------------------------------------------


def test_a_hop_is_only_for_the_sources_that_it_names():
    assert verdict(pipe(sources=("nimbus.traffic", "other.*"))) == ("gap", "not-routed")
    everything = requirement(logs=(Logs(pattern="*"),))
    findings = judged(estate(pipe(sources=("nimbus.audit",)), vault()), everything).findings
    assert {one.source: one.status for one in findings} == {
        "nimbus.audit": "covered",
        "nimbus.access": "gap",
        "nimbus.traffic": "gap",
    }
