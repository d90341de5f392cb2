"""What tasks found, and what takes its place when some are done again."""

from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Emitter, Ledger, Listing, Scope
from logcov.inventory.results import Results

A, B = "gcp:projects/a", "gcp:projects/b"


class Work:
    def __init__(self) -> None:
        self.ledger = Ledger()
        self.results = Results(self.ledger)
        self.old = self.ledger.read("assets.list", "gcp:root", via="asset-inventory", as_old_as=60)

    def done(self, task: str, place: str, *facts: Any, blind: str = "") -> None:
        with self.ledger.noting() as noted:
            if blind:
                self.ledger.blind(ReadFailure(call=blind, kind="unparseable"), place)
        self.results.note(task, place, list(facts), noted)

    def corrected(self) -> dict[str, str]:
        return {one.id: one.corrects for one in self.ledger.readings() if one.corrects}


def listing(place: str, reading: str) -> Listing:
    return Listing(kind="gcp.sink", at=place, readings=(reading,))


def test_a_task_is_recalled_once_it_was_done() -> None:
    work = Work()
    assert work.results.recall("sinks a") is None
    work.done("sinks a", A, listing(A, work.old))
    assert work.results.recall("sinks a") == [listing(A, work.old)]


def test_a_task_without_a_name_is_never_recalled() -> None:
    work = Work()
    work.done("", A, listing(A, work.old))
    assert work.results.recall("") is None
    assert work.results.facts() == [listing(A, work.old)]


def test_only_what_rests_on_older_answers_at_the_places_is_done_again() -> None:
    work = Work()
    direct = work.ledger.read("sinks.list", A)
    work.done("old a", A, listing(A, work.old))
    work.done("direct a", A, listing(A, direct))
    work.done("old b", B, listing(B, work.old))
    work.results.begin_again(frozenset({A}))
    assert work.results.recall("old a") is None
    assert work.results.recall("direct a") is not None
    assert work.results.recall("old b") is not None
    assert (work.results.directly(A), work.results.directly(B)) == (True, False)


def test_at_a_place_that_has_changed_everything_is_done_again() -> None:
    work = Work()
    direct = work.ledger.read("sinks.list", A)
    work.done("direct a", A, listing(A, direct))
    work.results.begin_again(frozenset({A}), {A})
    assert work.results.recall("direct a") is None


def test_what_is_found_again_takes_the_place_of_what_was_found() -> None:
    work = Work()
    work.done("sinks a", A, listing(A, work.old))
    work.results.begin_again(frozenset({A}))
    direct = work.ledger.read("sinks.list", A)
    work.done("sinks a", A, listing(A, direct))
    assert work.results.facts() == [listing(A, direct)]
    assert work.results.differing == 0
    assert work.corrected() == {}


def test_a_direct_answer_that_says_otherwise_tells_which_one_it_corrects() -> None:
    work = Work()
    work.done("sinks a", A, listing(A, work.old))
    work.results.begin_again(frozenset({A}))
    direct = work.ledger.read("sinks.list", A)
    work.done("sinks a", A, Emitter(source="x", scope=A, readings=(direct,)), listing(A, direct))
    assert work.results.differing == 1
    assert work.corrected() == {direct: work.old}


def test_of_what_is_gone_the_listing_tells() -> None:
    work = Work()
    work.done("sinks a", A, Emitter(source="x", scope=A, readings=(work.old,)), listing(A, work.old))
    work.results.begin_again(frozenset({A}))
    direct = work.ledger.read("sinks.list", A)
    work.done("sinks a", A, listing(A, direct))
    assert work.corrected() == {direct: work.old}


def test_a_failure_is_no_disagreement() -> None:
    work = Work()
    work.done("sinks a", A, listing(A, work.old))
    work.results.begin_again(frozenset({A}))
    work.done("sinks a", A, blind="sinks.list")
    assert work.results.facts() == []
    assert work.results.differing == 0
    assert [spot.call for spot in work.ledger.blind_spots()] == ["sinks.list"]


def test_blind_spots_of_what_is_done_again_are_forgotten_unless_others_met_them() -> None:
    work = Work()
    work.done("sinks a", A, listing(A, work.old), blind="odd")
    work.done("metrics a", A, listing(A, work.old), blind="both")
    work.done("alerts b", B, blind="both elsewhere")
    work.results.begin_again(frozenset({A}))
    assert {spot.call for spot in work.ledger.blind_spots()} == {"both elsewhere"}


def test_a_blind_spot_that_another_task_met_too_stays() -> None:
    work = Work()
    work.done("sinks a", A, listing(A, work.old), blind="odd")
    with work.ledger.noting() as noted:
        work.ledger.blind(ReadFailure(call="odd", kind="unparseable"), A)
    work.results.note("direct a", A, [], noted)
    work.results.begin_again(frozenset({A}))
    assert [spot.call for spot in work.ledger.blind_spots()] == ["odd"]


def test_what_nobody_asks_for_any_more_goes() -> None:
    work = Work()
    work.done("sinks a", A, listing(A, work.old))
    work.done("bucket x", "gcp:storage/x", Emitter(source="x", scope=A))
    work.results.begin_again(frozenset({A}))
    work.results.recall("sinks a")
    work.results.end_again()
    assert work.results.facts() == [listing(A, work.old)]


def test_a_scope_is_replaced_and_who_found_it_makes_no_difference() -> None:
    work = Work()
    direct = work.ledger.read("projects.get", A)
    before = Scope(id=A, kind="gcp.project", provider="gcp", obtained_by="assets", readings=(work.old,))
    same = Scope(id=A, kind="gcp.project", provider="gcp", obtained_by="get", readings=(direct,))
    gone = Scope(id=A, kind="gcp.project", provider="gcp", state="delete-requested", readings=(direct,))
    work.done("", "gcp", before)
    assert not work.results.replace(before, same)
    assert work.results.facts() == [same]
    assert work.results.replace(same, gone)
    assert work.results.facts() == [gone]
