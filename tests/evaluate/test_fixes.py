"""What a gap tells the remedies: the place that is asked for, how long, and the hop at which records stop."""

import pytest

from logcov.inventory import Admission, Exclusion, Filter, Keep, Remedy
from logcov.policy import Leg, Logs, Place, Reach, Stores, Terms
from nimbus import (
    VAULT,
    estate,
    judged,
    only,
    pipe,
    reach,
    requirement,
    switch,
    the_one,
    vault,
    with_header,
)


def told(*facts, asked=None, **remedy):
    """The remediation of the one finding, where the inventory has one remedy."""
    rows = (Remedy(**remedy),)
    inventory = with_header(estate(*facts), remedies=rows)
    return the_one(judged(inventory, asked or requirement())).remediation


def test_commands_follow_the_sentence_after_an_empty_line():
    text = told(
        pipe(enabled=False),
        vault(),
        reasons=("route-disabled",),
        cause="nimbus:pipe/{pipe}",
        commands="on {pipe}",
    )
    assert text == "Switch nimbus:pipe/p on again.\n\non p"


def test_where_no_remedy_fits_the_sentence_stands_alone():
    text = told(pipe(enabled=False), vault(), reasons=("not-routed",), commands="on")
    assert text == "Switch nimbus:pipe/p on again."


def test_what_is_covered_needs_no_commands():
    assert told(pipe(), vault(), reasons=("route-disabled",), commands="on") is None


@pytest.mark.parametrize(
    ("terms", "days"),
    [
        ({"retain": 30, "searchable": 90, "online": 60}, "90"),
        ({"immutable": "locked", "retain": 30}, "30"),
        ({"immutable": "locked"}, "1"),
    ],
)
def test_the_longest_period_that_is_asked_for_is_told(terms, days):
    poor = vault(retained=(Keep(days=7),), searchable=(Keep(days=7),), online=(Keep(days=7),), lock=False)
    reasons = ("retention-too-short", "not-immutable")
    text = told(
        pipe(), poor, asked=requirement(reach=reach(**terms)), reasons=reasons, commands="keep {days}"
    )
    assert text.endswith(f"\n\nkeep {days}")


def test_how_a_store_must_be_locked_is_told():
    asked = requirement(reach=reach(immutable="bypassable"))
    text = told(
        pipe(),
        vault(lock=False),
        asked=asked,
        reasons=("not-immutable",),
        given={"immutable": "bypassable"},
        commands="lock",
    )
    assert text.endswith("\n\nlock")


def test_only_the_copy_that_records_do_not_come_to_is_led_to():
    legs = tuple(
        Leg(to=name, places=(Place(name=name, patterns=(f"nimbus:vault/{name}",)),)) for name in ("v", "w")
    )
    text = told(
        pipe(),
        vault(),
        asked=requirement(reach=Reach(mode="all", legs=legs)),
        reasons=("wrong-destination",),
        to="nimbus:vault/{vault}",
        commands="lead to {vault}",
    )
    assert text.endswith("\n\nlead to w")


def test_the_hop_at_which_a_record_stops_is_told():
    shut = Admission(route="nimbus:pipe/p", destination=VAULT, allowed=False)
    text = told(
        pipe(writer="w@x", prefix="logs/"),
        vault(),
        shut,
        reasons=("writer-denied",),
        commands="let {writer} of {setting} write {prefix}",
    )
    assert text.endswith("\n\nlet w@x of nimbus:pipe/p write logs/")


def test_a_store_that_does_not_satisfy_is_told_of_the_last_hop():
    text = told(
        pipe(writer=""),
        vault(private=False),
        asked=requirement(reach=reach(private=True)),
        reasons=("public",),
        commands="close what {setting} fills",
    )
    assert text.endswith("\n\nclose what nimbus:pipe/p fills")


def test_records_that_are_not_written_are_led_to_where_the_policy_asks():
    asked = requirement(logs=(Logs(pattern="nimbus.access"),), reach=reach("nimbus:vault/v"))
    text = told(
        pipe(),
        vault(),
        asked=asked,
        reasons=("not-generated",),
        to="nimbus:vault/{vault}",
        commands="{vault}",
    )
    assert text.endswith("\n\nv")


def test_without_a_place_nothing_is_led_to():
    asked = requirement(logs=(Logs(pattern="nimbus.access"),), reach=None)
    text = told(asked=asked, reasons=("not-generated",), commands="write in {scope}")
    assert text.endswith("\n\nwrite in s")


def test_the_values_of_open_dimensions_are_told():
    asked = requirement(logs=(Logs(pattern="nimbus.access", only={"verb": ("read",)}),))
    text = told(
        pipe(),
        vault(),
        switch(filter="f"),
        only('{"verb": "write"}'),
        asked=asked,
        reasons=("not-generated", "partly-generated"),
        commands="write {verb}",
    )
    assert text.endswith("\n\nwrite read")


def test_stores_are_told_their_own_terms():
    place = Place(name="vaults", patterns=("nimbus:vault/*",))
    asked = requirement(
        reach=None,
        where=(),
        stores=Stores(named="vaults", holding="nimbus.audit", places=(place,), terms=Terms(retain=30)),
    )
    text = told(
        pipe(),
        vault(retained=(Keep(days=7),)),
        asked=asked,
        reasons=("retention-too-short",),
        cause="nimbus:vault/{vault}",
        commands="keep {vault} {days}",
    )
    assert text.endswith("\n\nkeep v 30")


def stopped(text, *exclusions, **remedy):
    """What is told where a pipe with this filter stops the record."""
    words = Filter(id="f", dialect="fields", text=text, exclusions=exclusions)
    return told(pipe(filter="f"), vault(), words, reasons=("filtered-out",), **remedy)


SITE_ONLY = Exclusion(name="site", text='{"place": "nimbus:sites/s"}')
OTHERS = Exclusion(name="others", text='{"place": "nimbus:sites/elsewhere"}')
PAUSED = Exclusion(name="paused", text='{"place": "nimbus:sites/s"}', disabled=True)


def test_which_part_of_a_filter_stops_the_record_is_told():
    narrow = '{"place": "nimbus:sites/elsewhere"}'
    assert stopped(narrow, given={"part": "filter"}, commands="widen {filter}").endswith(f"widen '{narrow}'")
    assert stopped(narrow, given={"part": "exclusion"}, commands="open") == stopped(narrow, commands="{none}")


def test_the_exclusions_that_drop_the_record_are_named_and_no_others():
    text = stopped(
        "{}", SITE_ONLY, OTHERS, PAUSED, given={"part": "exclusion"}, commands="remove {exclusions}"
    )
    assert text.endswith("\n\nremove site")


def test_an_exclusion_that_is_no_setting_has_no_name_to_remove_it_by():
    made_up = Exclusion(name="all else", text='{"place": "nimbus:sites/s"}')
    assert "remove" not in stopped("{}", SITE_ONLY, made_up, commands="remove {exclusions}")


@pytest.mark.parametrize("text", ['{"place":\n"x"}', '{"place": "x--y"}'])
def test_a_filter_that_cannot_stand_within_another_is_not_told(text):
    assert "widen" not in stopped(text, commands="widen {filter}")


def test_fields_of_the_records_are_told_under_plain_names():
    text = told(pipe(enabled=False), vault(), reasons=("route-disabled",), commands="at {field_place} {at}")
    assert text.endswith("\n\nat nimbus:sites/s nimbus:sites/s")


def test_why_a_destination_takes_nothing_is_told():
    shut = vault(usable=False, unusable_because="it is full")
    text = told(
        pipe(),
        shut,
        reasons=("destination-unusable",),
        given={"because": "it is {what}"},
        commands="mend {what}",
    )
    assert text.endswith("\n\nmend full")
