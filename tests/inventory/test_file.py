"""The inventory's file: what is written is what is read, and a damaged file never says more than it knows."""

import dataclasses
import gzip
import json

import pytest
from hypothesis import HealthCheck, given, settings

from inventory.record_strategies import inventories
from logcov.errors import InventoryError, OutputError
from logcov.inventory import (
    BlindSpot,
    Destination,
    Emitter,
    Header,
    Inventory,
    Keep,
    Listing,
    Lock,
    Reading,
    Route,
    Scope,
    Unread,
)
from logcov.inventory.file import digest, ordered, read_inventory, write_inventory

HEADER = Header(tool="logcov test", started_at="2026-11-22T08:00:00Z", finished_at="2026-11-22T08:01:00Z")
FACTS = (
    Listing(kind="aws.trail", at="aws:accounts/1", location="eu-west-1", readings=("r",)),
    Route(id="t", kind="aws.trail", setting="t", effect="carry", origin="aws:accounts/1", to=Unread("!x")),
    Scope(id="aws:accounts/1", kind="aws.account", provider="aws", labels={"env": "prod"}),
    Destination(id="aws:s3/b", kind="aws.s3", lock=False, retained=(Keep(days=30),), deleters=("root",)),
    Destination(id="aws:s3/c", kind="aws.s3", lock=Lock(mode="locked", days=None), owner=Unread("!y")),
    Emitter(source="aws.cloudtrail.management", scope="aws:accounts/1", location="eu-west-1"),
    Reading(id="r", call="cloudtrail:DescribeTrails", place="aws:accounts/1", at="2026-11-22T08:00:00Z"),
    BlindSpot(id="!x", place="aws:accounts/1", call="cloudtrail:DescribeTrails", kind="throttled"),
)
SMALL = Inventory(header=HEADER, facts=FACTS)


def lines_of(path):
    return gzip.decompress(path.read_bytes()).splitlines(keepends=True)


def write_lines(path, lines):
    path.write_bytes(gzip.compress(b"".join(lines), mtime=0))


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "inventory.jsonl.gz"
    write_inventory(SMALL, path)
    return path


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(inventory=inventories)
def test_what_is_read_is_what_was_written(tmp_path_factory, inventory):
    path = tmp_path_factory.getbasetemp() / "any.jsonl.gz"

    written = write_inventory(inventory, path)

    assert read_inventory(path) == written
    assert (written.header, written.facts) == (inventory.header, ordered(inventory.facts))
    assert written.sha256 == digest(written)


def test_the_same_facts_in_any_order_are_the_same_bytes(tmp_path):
    backwards = dataclasses.replace(SMALL, facts=(*reversed(FACTS), *FACTS))

    write_inventory(SMALL, tmp_path / "a")
    write_inventory(backwards, tmp_path / "b")

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_listings_stand_last(small):
    kinds = [next(iter(json.loads(line))) for line in lines_of(small)]

    assert kinds == [
        "header",
        "reading",
        "blind_spot",
        "scope",
        "emitter",
        "route",
        "destination",
        "destination",
        "listing",
        "footer",
    ]


def test_the_footer_counts_the_records(small):
    footer = json.loads(lines_of(small)[-1])["footer"]

    assert footer["counts"]["destination"] == 2
    assert footer["sha256"] == read_inventory(small).sha256


def test_a_file_cut_at_any_byte_loads_with_a_note_or_is_refused(small, tmp_path):
    whole = small.read_bytes()
    complete = ordered(FACTS)
    cut = tmp_path / "cut.jsonl.gz"
    loaded = 0
    for length in range(len(whole)):
        cut.write_bytes(whole[:length])
        try:
            found = read_inventory(cut)
        except InventoryError:
            continue
        loaded += 1
        assert found.facts == complete[: len(found.facts)]
        assert found.cut_short or found.facts == complete
        if len(found.facts) < len(complete):
            assert not any(isinstance(fact, Listing) for fact in found.facts)
    assert loaded


def test_a_file_whose_lines_end_early_was_cut_short(small, tmp_path):
    lines = lines_of(small)
    for count in range(1, len(lines)):
        write_lines(tmp_path / "cut", lines[:count])

        found = read_inventory(tmp_path / "cut")

        assert found.cut_short
        assert found.facts == ordered(FACTS)[: count - 1]


def test_half_a_line_is_no_record(small, tmp_path):
    lines = lines_of(small)
    write_lines(tmp_path / "cut", [*lines[:3], lines[3][:-1]])

    assert len(read_inventory(tmp_path / "cut").facts) == 2


def test_what_was_cut_short_stays_so_when_it_is_written_again(small, tmp_path):
    write_lines(tmp_path / "cut", lines_of(small)[:4])

    again = write_inventory(read_inventory(tmp_path / "cut"), tmp_path / "again")

    assert again.cut_short
    assert read_inventory(tmp_path / "again") == again


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty or was cut before its header ended"),
        (b"plain text", "is not an inventory"),
        (gzip.compress(b"", mtime=0), "is empty or was cut before its header ended"),
        (gzip.compress(b"no json\n", mtime=0), "its first line is no header"),
        (gzip.compress(b"[1]\n", mtime=0), "its first line is no header"),
        (gzip.compress(b"{}\n", mtime=0), "its first line is no header"),
        (gzip.compress(b"[" * 200_000 + b"\n", mtime=0), "its first line is no header"),
        (gzip.compress(b'{"schema": "logcov.assessment/v1"}\n', mtime=0), "is not an inventory but"),
        (gzip.compress(b'{"schema": 7}\n', mtime=0), "is not an inventory but 7"),
        (
            gzip.compress(b'{"schema": "logcov.inventory/v2"}\n', mtime=0),
            "is of the version logcov.inventory/v2; this logcov reads logcov.inventory/v1",
        ),
        (gzip.compress(b'{"schema": "logcov.inventory/v1"}\n', mtime=0), "the header does not fit"),
        (
            gzip.compress(b'{"schema": "logcov.inventory/v1", "header": {"tool": 1}}\n', mtime=0),
            "the header does not fit",
        ),
        (
            gzip.compress(
                b'{"schema": "logcov.inventory/v1", "header":'
                b' {"tool": "t", "started_at": "2026-11-22", "finished_at": "soon"}}\n',
                mtime=0,
            ),
            "the header does not fit logcov.inventory/v1: finished_at is no time",
        ),
    ],
)
def test_what_is_no_inventory_of_this_version_is_refused(tmp_path, content, message):
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(content)

    with pytest.raises(InventoryError, match=message):
        read_inventory(path)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{", "is not JSON"),
        (b"[" * 200_000, "is not JSON"),
        (b"[]", "is not a record"),
        (b"{}", "is not a record"),
        (b'{"$unread": "x"}', "is not a record"),
        (b'{"scope": {}, "route": {}}', "is not a record"),
        (b'{"secret": {}}', "is not a record of logcov.inventory/v1: 'secret'"),
        (b'{"scope": {}}', "does not fit logcov.inventory/v1: scope.id"),
        (b'{"scope": {"$unread": "x"}}', "does not fit"),
        (b'{"scope": {"id": "a", "kind": "k", "provider": "p", "parent": {"$unread": 5}}}', "does not fit"),
        (
            b'{"scope": {"id": "a", "kind": "k", "provider": "p", "blocked": true}}',
            "scope.blocked is not known",
        ),
        (
            b'{"destination": {"id": "a", "kind": "k", "retained": [{"days": 5}, {"days": 9, "tier": "x"}]}}',
            "destination.retained.tier is not known",
        ),
        (
            (
                b'{"route": {"id": "a", "kind": "k", "setting": "s", "effect": "carry", "origin": "o",'
                b' "delivery": {"last_success": "yesterday"}}}'
            ),
            "route.delivery.last_success is no time",
        ),
        (b'{"activity": {"source": "s", "scope": "x", "at": ""}}', "activity.at is no time"),
        (b'{"footer": 7}', "was changed after it was written"),
        (b'{"footer": {"counts": {}, "sha256": ""}}', "was changed after it was written"),
    ],
)
def test_a_line_that_is_no_record_names_its_place(small, line, message):
    header, *rest = lines_of(small)
    write_lines(small, [header, line + b"\n", *rest])

    with pytest.raises(InventoryError, match=message) as caught:
        read_inventory(small)

    assert str(small) in caught.value.message


def test_a_listing_before_what_it_speaks_of_is_refused(small):
    header, *rest = lines_of(small)
    write_lines(small, [header, rest[-2], *rest[:3]])

    with pytest.raises(InventoryError, match="out of order"):
        read_inventory(small)


def test_one_changed_word_is_noticed(small):
    lines = lines_of(small)
    write_lines(small, [line.replace(b'"days":30', b'"days":99') for line in lines])

    with pytest.raises(InventoryError, match="was changed after it was written"):
        read_inventory(small)


def test_a_lost_record_is_noticed(small):
    lines = lines_of(small)
    write_lines(small, [*lines[:3], *lines[4:]])

    with pytest.raises(InventoryError, match="was changed after it was written"):
        read_inventory(small)


def test_no_damaged_byte_ever_shows_other_facts(small, tmp_path):
    whole = small.read_bytes()
    known = read_inventory(small)
    damaged = tmp_path / "damaged"
    for place in range(len(whole)):
        damaged.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            found = read_inventory(damaged)
        except InventoryError:
            continue
        # In the header of gzip, or in what follows the footer, a change means nothing.
        assert found.facts == known.facts


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path):
    with pytest.raises(InventoryError, match="does not exist"):
        read_inventory(tmp_path / "nowhere")
    with pytest.raises(InventoryError, match="cannot be read"):
        read_inventory(tmp_path)


def test_a_label_that_looks_like_the_mark_of_an_unread_value_is_a_label(tmp_path):
    labels = {"$unread": "!x"}
    scope = Scope(id="a", kind="k", provider="p", labels=labels)
    route = Route(id="r", kind="k", setting="r", effect="carry", origin="a", raw={"deep": [labels], "$$": 1})
    unread = Scope(id="b", kind="k", provider="p", labels=Unread("!x"))
    written = write_inventory(Inventory(header=HEADER, facts=(scope, route, unread)), tmp_path / "x")

    assert read_inventory(tmp_path / "x") == written
    assert read_inventory(tmp_path / "x").facts == (scope, unread, route)


def test_a_value_that_json_cannot_say_is_a_bug_and_leaves_the_old_file(small):
    before = small.read_bytes()
    odd = Route(id="r", kind="k", setting="r", effect="carry", origin="a", raw={"odd": {1, 2}})

    with pytest.raises(TypeError, match="set has no place in an inventory"):
        write_inventory(Inventory(header=HEADER, facts=(odd,)), small)

    assert small.read_bytes() == before
    assert list(small.parent.iterdir()) == [small]


def test_a_write_that_fails_midway_leaves_the_old_file(small):
    before = small.read_bytes()
    facts = (*FACTS, Route(id="z", kind="z", setting="z", effect="carry", origin="a", raw={"odd": object()}))

    with pytest.raises(TypeError):
        write_inventory(Inventory(header=HEADER, facts=facts), small)

    assert small.read_bytes() == before
    assert list(small.parent.iterdir()) == [small]


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder").mkdir()

    with pytest.raises(OutputError, match="cannot be written"):
        write_inventory(SMALL, tmp_path / "file" / "inventory.jsonl.gz")
    with pytest.raises(OutputError, match="cannot be written"):
        write_inventory(SMALL, tmp_path / "folder")

    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "folder"]


def test_missing_folders_are_made(tmp_path):
    write_inventory(SMALL, tmp_path / "a" / "b" / "c.jsonl.gz")

    assert read_inventory(tmp_path / "a" / "b" / "c.jsonl.gz").facts == ordered(FACTS)
