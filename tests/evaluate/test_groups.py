"""What a requirement asks for: lines of a group, dimensions, exceptions, and records that cannot exist."""

import dataclasses

import pytest

from logcov.inventory import Dimension, Emitter, Exclusion, Field, Filter, Shape
from logcov.policy import Clause, Logs, RecordException
from nimbus import (
    AUDIT,
    SITE,
    estate,
    exemption,
    judged,
    only,
    pipe,
    requirement,
    the_one,
    vault,
    with_header,
)

ANN, CI = {"user": ("ann",)}, {"user": ("ci",)}
WRITES = (pipe(filter="f"), only('{"user": "ann"}'), vault())
PLAIN = Emitter(source="nimbus.audit", scope=SITE, fields={"place": SITE})


# --- Lines of a group -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [(ANN, CI), (CI, ANN)])
def test_of_two_lines_about_one_place_the_worse_answer_stands(order):
    asked = requirement(logs=tuple(Logs(pattern="nimbus.audit", only=line) for line in order))
    assessment = judged(estate(*WRITES), asked)

    assert the_one(assessment).status == "gap"
    assert assessment.requirements[0].matched == 1


@pytest.mark.parametrize("order", [(ANN, CI), (CI, ANN)])
def test_an_exempt_gap_does_not_hide_an_unknown_of_another_line(order):
    # ci is lost for sure, ann perhaps: the gap is accepted, the unknown is not.
    asked = requirement(logs=tuple(Logs(pattern="nimbus.audit", only=line) for line in order))
    inventory = estate(pipe(filter="f", writer="w"), only('{"user": "ann"}'), vault())
    assessment = judged(inventory, asked, exemptions=(exemption(),))

    assert the_one(assessment).status == "unknown"
    assert assessment.exemptions[0]["findings"] == 0
    assert assessment.summary.exempt == 0


@pytest.mark.parametrize("order", [(ANN, CI), (CI, ANN)])
def test_what_cannot_exist_never_hides_what_can(order):
    lost = Emitter(source="nimbus.audit", scope=SITE, not_applicable="closed")
    asked = requirement(logs=tuple(Logs(pattern="nimbus.audit", only=line) for line in order))

    assert the_one(judged(estate(*WRITES, lost), asked)).status == "gap"


def test_the_same_line_twice_is_one_question():
    asked = requirement(logs=(Logs(pattern="nimbus.audit"), Logs(pattern="nimbus.*", only={})))
    found = [one for one in judged(estate(pipe(), vault()), asked).findings if one.source == "nimbus.audit"]

    assert [one.status for one in found] == ["covered"]


# --- Records that cannot exist ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"only": {"verb": ("wriet",)}},
        {"excepting": (RecordException(records={"verb": ("*",)}, because="all"),)},
        {"excepting": (RecordException(records={"verb": ("read", "write")}, because="all"),)},
        {"logs": (Logs(pattern="nimbus.audit", only={"verb": ("read",)}),), "only": {"verb": ("write",)}},
    ],
)
def test_a_requirement_that_asks_for_no_record_that_can_exist_covers_nothing(changes):
    assessment = judged(estate(), requirement(**changes))

    assert {one.status for one in assessment.findings} == {"not-applicable"}
    assert assessment.summary.covered == 0
    assert "asks for no record" in assessment.findings[0].detail
    assert assessment.findings[0].path == ()


def test_an_exception_that_leaves_something_leaves_a_question():
    excepting = (RecordException(records={"user": ("*",), "note": ("*",)}, because="noted"),)

    assert the_one(judged(estate(), requirement(excepting=excepting))).status == "gap"


def test_a_record_that_breaks_the_shape_of_its_source_is_never_a_witness():
    source = dataclasses.replace(
        AUDIT,
        fields=tuple(
            dataclasses.replace(field, case="insensitive") if field.name == "user" else field
            for field in AUDIT.fields
        ),
        shape=(Shape(field="user", op="prefix", value="N-"), Shape(field="note", op="=", value="x")),
    )

    def status(text):
        inventory = estate(pipe(filter="f"), only(text), vault())
        return the_one(judged(with_header(inventory, sources=(source,)))).status

    assert status('{"user": "n-*"}') == "covered"
    assert status('{"note": "x"}') == "covered"
    assert status('{"note": "X"}') == "gap"
    assert status('{"user": "m-*"}') == "gap"


def test_a_record_that_holds_what_its_source_lacks_is_never_a_witness():
    source = dataclasses.replace(AUDIT, shape=(Shape(field="user", op="lacks", value="root"),))

    def status(source, sink):
        return the_one(judged(with_header(estate(*sink, vault()), sources=(source,)))).status

    root = Exclusion(name="root", text='{"user": "*root*"}')
    others = (pipe(filter="f"), Filter(id="f", dialect="fields", text="{}", exclusions=(root,)))
    assert status(source, others) == "covered"
    assert status(AUDIT, others) == "gap"


# --- Dimensions ------------------------------------------------------------------------------------------------------

PARTS = dataclasses.replace(
    AUDIT,
    fields=(*AUDIT.fields, Field(name="part.name", aliases=("part",), case="insensitive")),
    dimensions=(Dimension(name="verb"), Dimension(name="part", closed=True)),
)


def parted(*facts, **changes):
    emitters = [Emitter(source="nimbus.audit", scope=SITE, dimensions={"part": part}) for part in ("A", "B")]
    inventory = with_header(estate(*facts, *emitters, without=(PLAIN,)), sources=(PARTS,))
    found = judged(inventory, requirement(**changes)).findings
    return {tuple(one.dimensions.values()): one.status for one in found}


def test_closed_dimensions_are_emitters_and_only_picks_among_them():
    assert parted(pipe(), vault()) == {("A",): "covered", ("B",): "covered"}
    assert parted(pipe(), vault(), only={"part": ("A",)}) == {("A",): "covered"}
    assert parted(pipe(), vault(), only={"part.name": ("a",)}) == {("A",): "covered"}
    assert parted(pipe(), vault(), only={"part": ("*",)}) == {("A",): "covered", ("B",): "covered"}
    assert parted(pipe(), vault(), only={"part": ("c",)}) == {}


def test_hops_and_filters_may_be_for_one_value_of_a_closed_dimension():
    assert parted(pipe(dimensions={"part": "A"}), vault()) == {("A",): "covered", ("B",): "gap"}
    assert parted(pipe(filter="f"), only('{"part": "b"}'), vault()) == {("A",): "gap", ("B",): "covered"}


def test_open_and_closed_dimensions_multiply():
    found = parted(pipe(filter="f"), only('{"verb": "read"}'), vault(), only={"verb": ("read", "write")})

    assert found == {
        ("A", "read"): "covered",
        ("A", "write"): "gap",
        ("B", "read"): "covered",
        ("B", "write"): "gap",
    }


def test_dimensions_of_a_line_and_of_the_requirement_add_up_and_clash_to_nothing():
    asked = requirement(
        logs=(Logs(pattern="nimbus.audit", only={"verb": ("read",)}),), only={"verb": ("read", "write")}
    )
    found = judged(estate(pipe(), vault()), asked).findings

    assert {one.dimensions["verb"]: one.status for one in found} == {
        "read": "covered",
        "write": "not-applicable",
    }


# --- Exemptions ----------------------------------------------------------------------------------------------------------


def test_an_exemption_for_what_may_or_may_not_be_labelled_accepts_nothing():
    accepted = exemption(where=(Clause(labels={"tier": ("low",)}),))
    finding = the_one(judged(estate(vault()), exemptions=(accepted,)))

    assert (finding.status, finding.exemption) == ("gap", None)


def test_a_would_be_gap_of_a_maybe_member_is_an_unknown_for_exemptions_too():
    asked = requirement(where=(Clause(labels={"tier": ("1",)}),))
    gaps, unknowns = exemption(), exemption(accepts=frozenset({"unknown"}))

    def status(*accepted):
        found = judged(estate(vault()), asked, exemptions=accepted).findings
        return next(one.status for one in found if one.scope == SITE)

    assert status(gaps) == "unknown"
    assert status(unknowns) == "exempt"


def test_an_active_exemption_goes_before_an_expired_one_and_then_the_first_by_its_id():
    from datetime import date

    old = exemption(id="EX-0", expires=date(2026, 11, 20))
    later = exemption(id="EX-1", starts=date(2026, 12, 1))
    two, three = exemption(id="EX-2"), exemption(id="EX-3")

    def named(*accepted):
        return the_one(judged(estate(vault()), exemptions=accepted)).exemption["id"]

    assert named(old, three, two, later) == "EX-2"
    assert named(later, old) == "EX-0"
    assert named(later) == "EX-1"


def test_an_exemption_holds_on_its_first_and_last_day():
    from datetime import date

    today = date(2026, 11, 22)
    for changes in ({"starts": today}, {"expires": today}):
        assert the_one(judged(estate(vault()), exemptions=(exemption(**changes),))).status == "exempt"


def test_an_exemption_is_for_the_requirements_that_it_names():
    other = exemption(requirement="other:*")

    assert the_one(judged(estate(vault()), exemptions=(other,))).status == "gap"
