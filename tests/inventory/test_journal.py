import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from logcov.errors import InventoryError, OutputError, ReadFailure
from logcov.inventory import BlindSpot, Destination, Emitter, Keep, Ledger, Listing, Reading, Unread
from logcov.inventory.journal import Journal, journal_path
from logcov.inventory.ledger import Noted

ASKED = {"targets": ["a"], "sources": ["s"]}
EMITTER = Emitter(source="s", scope="a", readings=("read a",))


def filled(path: Path, ledger: Ledger | None = None) -> Journal:
    """A journal with one task that ended."""
    ledger = ledger or Ledger()
    journal = Journal(path, ASKED, resume=False)
    with ledger.noting() as noted:
        ledger.read("read", "a")
    journal.note("task", [EMITTER], noted, ledger)
    return journal


def test_a_task_that_ended_is_taken_over_with_all_that_it_rests_on(tmp_path: Path) -> None:
    filled(tmp_path / "j")
    ledger = Ledger()
    journal = Journal(tmp_path / "j", ASKED, resume=True)
    assert journal.taken_over == 1
    assert journal.done("task", ledger) == (EMITTER,)
    assert [one.id for one in ledger.readings()] == ["read a"]
    assert journal.done("another", ledger) is None


def test_what_is_noted_after_a_resumption_joins_what_was_there(tmp_path: Path) -> None:
    filled(tmp_path / "j")
    again = Journal(tmp_path / "j", ASKED, resume=True)
    again.note("second", [EMITTER], Noted(), Ledger())
    assert Journal(tmp_path / "j", ASKED, resume=True).taken_over == 2


def test_without_being_asked_to_resume_it_begins_anew(tmp_path: Path) -> None:
    filled(tmp_path / "j")
    assert Journal(tmp_path / "j", ASKED, resume=False).taken_over == 0


def test_a_journal_that_is_not_there_is_begun(tmp_path: Path) -> None:
    assert Journal(tmp_path / "new" / "j", ASKED, resume=True).taken_over == 0


def test_the_answers_to_another_question_are_not_taken_over(tmp_path: Path) -> None:
    filled(tmp_path / "j")
    assert Journal(tmp_path / "j", {"targets": ["b"]}, resume=True).taken_over == 0


@pytest.mark.parametrize("age", [timedelta(hours=25), timedelta(hours=-2)])
def test_the_answers_of_another_day_are_not_taken_over(tmp_path: Path, age: timedelta) -> None:
    filled(tmp_path / "j")
    lines = (tmp_path / "j").read_text().splitlines()
    lines[1] = json.dumps((datetime.now(UTC) - age).isoformat())
    (tmp_path / "j").write_text("\n".join(lines) + "\n")
    assert Journal(tmp_path / "j", ASKED, resume=True).taken_over == 0


def test_a_line_that_was_cut_off_is_a_task_that_never_ran(tmp_path: Path) -> None:
    filled(tmp_path / "j")
    whole = (tmp_path / "j").read_bytes()
    (tmp_path / "j").write_bytes(whole + whole.splitlines()[2][:30])
    again = Journal(tmp_path / "j", ASKED, resume=True)
    assert again.taken_over == 1
    again.note("second", [EMITTER], Noted(), Ledger())
    assert Journal(tmp_path / "j", ASKED, resume=True).taken_over == 2


@pytest.mark.parametrize("cut", [0, 5, 60])
def test_a_journal_without_its_head_is_begun_anew(tmp_path: Path, cut: int) -> None:
    filled(tmp_path / "j")
    (tmp_path / "j").write_bytes((tmp_path / "j").read_bytes()[:cut])
    assert Journal(tmp_path / "j", ASKED, resume=True).taken_over == 0


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "is no task"),
        ('{"a": []  , "b": []}', "is no task"),
        ('{"task": 5}', "is no task"),
        ('{"task": [{"scope": {}}]}', "does not fit"),
    ],
)
def test_a_damaged_journal_is_said_to_be_so(tmp_path: Path, line: str, message: str) -> None:
    filled(tmp_path / "j")
    with (tmp_path / "j").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(InventoryError, match=message) as error:
        Journal(tmp_path / "j", ASKED, resume=True)
    assert ":4" in error.value.message


def test_a_journal_without_its_time_is_said_to_be_damaged(tmp_path: Path) -> None:
    filled(tmp_path / "j")
    lines = (tmp_path / "j").read_text().splitlines()
    (tmp_path / "j").write_text("\n".join([lines[0], '"soon"', *lines[2:]]) + "\n")
    with pytest.raises(InventoryError, match="is no time"):
        Journal(tmp_path / "j", ASKED, resume=True)


@pytest.mark.parametrize(
    ("kind", "kept"), [("access-denied", 0), ("not-observable", 1), ("throttled", 0), ("credentials", 0)]
)
def test_a_task_that_met_a_failure_that_may_pass_is_run_again(tmp_path: Path, kind: str, kept: int) -> None:
    ledger = Ledger()
    journal = Journal(tmp_path / "j", ASKED, resume=False)
    with ledger.noting() as noted:
        ledger.blind(ReadFailure(call="read", kind=kind), "a", hides=("things",))  # type: ignore[arg-type]
    journal.note("task", [], noted, ledger)
    again, after = Journal(tmp_path / "j", ASKED, resume=True), Ledger()
    assert again.taken_over == kept
    if kept:
        assert again.done("task", after) == ()
        assert [spot.hides for spot in after.blind_spots()] == [("things",)]


def test_what_a_fact_names_is_kept_though_another_thread_noted_it(tmp_path: Path) -> None:
    ledger = Ledger()
    unread = ledger.blind(ReadFailure(call="look", kind="not-observable"), "a")
    store = Destination(id="d", kind="k", exists=unread, retained=(Keep(days=3),), readings=("read a",))
    ledger.read("read", "a")
    journal = Journal(tmp_path / "j", ASKED, resume=False)
    journal.note("task", [store, Listing(kind="things", at="a")], Noted(), ledger)
    after = Ledger()
    found = Journal(tmp_path / "j", ASKED, resume=True).done("task", after)
    assert found is not None
    assert store in found
    assert isinstance(after.named(["read a"])[0], Reading)
    assert isinstance(after.named([unread.blind_spot])[0], BlindSpot)
    assert isinstance(store.exists, Unread)


def test_a_journal_of_what_is_whole_goes_away(tmp_path: Path) -> None:
    filled(tmp_path / "j").discard()
    assert not (tmp_path / "j").exists()


def test_it_lies_beside_its_inventory() -> None:
    assert journal_path(Path("x/inventory.jsonl.gz")) == Path("x/inventory.jsonl.gz.journal")


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        Journal(tmp_path / "file" / "j", ASKED, resume=False)


def test_a_journal_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "j").mkdir()
    with pytest.raises(InventoryError, match="cannot be read"):
        Journal(tmp_path / "j", ASKED, resume=True)


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    journal = filled(tmp_path / "j")
    journal.path.unlink()
    journal.path.symlink_to("/dev/full")
    with pytest.raises(OutputError, match="No space left"):
        journal.note("task", [EMITTER], Noted(), Ledger())
