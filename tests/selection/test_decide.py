import time
from itertools import product

import pytest

from logcov.inventory.rows import Field
from logcov.selection import decide as decide_module
from logcov.selection.decide import Decision, Found, Refuted, Undecided, decide, find
from logcov.selection.predicate import (
    FALSE,
    TRUE,
    Predicate,
    Sampled,
    all_of,
    any_of,
    atom,
    doubt,
    holds,
    negate,
    opaque,
    present,
    sampled,
)

SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY")
DOMAINS = {
    field.name: field
    for field in (
        Field(name="severity", kind="finite", values=SEVERITIES, optional=False),
        Field(name="service"),
        Field(name="principal"),
        Field(name="region", optional=False),
        Field(name="status", kind="number"),
        Field(name="port", kind="number", optional=False),
        Field(name="tags", repeated=True),
    )
}


def at_least(severity):
    return any_of(*(atom("severity", "=", one) for one in SEVERITIES[SEVERITIES.index(severity) :]))


def verdict(required, carried):
    return decide(required, carried, DOMAINS).verdict


KMS = atom("service", "=", "kms.amazonaws.com")
CI = atom("principal", "=", "ci@acme.example")
ADMIN = atom("principal", "=", "admin@acme.example")


# --- find ---------------------------------------------------------------------------------------------------


def test_a_record_that_is_found_spells_values_as_the_predicate_does():
    formula = all_of(
        atom("service", "=", "KMS.amazonaws.com", "fold"), atom("principal", "prefix", "ci-"), negate(CI)
    )
    assert find(formula, DOMAINS) == Found({"principal": "ci-other", "service": "KMS.amazonaws.com"}, {})


def test_fields_that_are_always_there_are_in_the_record_and_others_only_if_they_matter():
    found = find(any_of(KMS, atom("region", "=", "eu-west-1")), DOMAINS)
    assert found in (
        Found({"region": "eu-west-1"}, {}),
        Found({"service": "kms.amazonaws.com", "region": "other"}, {}),
    )
    assert find(present("region"), DOMAINS) == Found({"region": "other"}, {})
    assert find(TRUE, DOMAINS) == Found({}, {})
    assert find(FALSE, DOMAINS) == Refuted()


def test_a_value_is_preferred_to_absence():
    assert find(negate(KMS), DOMAINS) == Found({"service": "other.amazonaws.com"}, {})
    assert find(negate(present("service")), DOMAINS) == Found({}, {})


def test_what_is_undecidable_is_free_and_its_outcome_is_told():
    d, o = doubt("d"), opaque("o", "odd")
    found = find(all_of(d, negate(o), KMS), DOMAINS)
    assert found == Found({"service": "kms.amazonaws.com"}, {d.digest: True, o.digest: False})
    assert find(all_of(d, negate(d)), DOMAINS) == Refuted()
    assert find(all_of(any_of(d, o), negate(d), negate(o)), DOMAINS) == Refuted()


def test_parts_that_cancel_out_only_once_simplified_are_assumed_all_the_same():
    o = opaque("o", "odd")
    formula = any_of(all_of(o, present("region")), negate(o))
    assert find(formula, DOMAINS) == Found({"region": "other"}, {o.digest: False})


def test_several_values_of_a_repeated_field_are_tried_last():
    a, b = atom("tags", "=", "a"), atom("tags", "=", "b")
    assert find(all_of(a, b), DOMAINS) in (Found({"tags": ("a", "b")}, {}), Found({"tags": ("b", "a")}, {}))
    assert find(all_of(a, any_of(b, KMS)), DOMAINS) == Found(
        {"tags": "a", "service": "kms.amazonaws.com"}, {}
    )
    assert find(all_of(a, b, negate(atom("tags", "prefix", "b"))), DOMAINS) == Refuted()
    # The same of a field of which nothing is known.
    c, d = atom("labels.x", "=", "a"), atom("labels.x", "=", "b")
    assert isinstance(find(all_of(c, d), DOMAINS), Found)
    assert find(all_of(KMS, atom("service", "=", "s3.amazonaws.com")), DOMAINS) == Refuted()


def test_a_branch_without_proof_leaves_the_question_open():
    odd = all_of(atom("service", "prefix", "storage"), negate(atom("service", "prefix", "storage", "fold")))
    found = find(odd, DOMAINS)
    assert found == Undecided(
        "service is compared in several ways: exactly, without regard to case, or as a number"
    )
    # Another branch decides.
    assert isinstance(find(any_of(odd, CI), DOMAINS), Found)
    assert isinstance(find(all_of(any_of(odd, CI), negate(CI)), DOMAINS), Undecided)
    assert find(all_of(odd, CI, ADMIN), DOMAINS) == Refuted()


def pigeons(count):
    """Each of so many fields has one of one value less, and no two the same: there is no such record."""
    homes = [[atom(f"p{one}", "=", f"h{home}") for home in range(count - 1)] for one in range(count)]
    shared = (
        all_of(homes[one][home], homes[other][home])
        for home in range(count - 1)
        for one, other in product(range(count), repeat=2)
        if one < other
    )
    return all_of(*(any_of(*row) for row in homes), *map(negate, shared))


def test_work_is_bounded_in_steps():
    assert find(pigeons(4), {}) == Refuted()
    assert find(pigeons(9), {}, steps=500) == Undecided("it takes more than 500 steps")
    assert find(CI, DOMAINS, steps=0) == Undecided("it takes more than 0 steps")


def test_a_record_that_does_not_stand_the_test_is_not_found():
    assert decide_module._replayed(KMS, {"service": "other"}, {}) == Undecided(
        "the record {'service': 'other'} did not stand the test"
    )


# --- decide -------------------------------------------------------------------------------------------------


def test_everything_carries_all_and_nothing_carries_none():
    assert decide(TRUE, TRUE, DOMAINS) == Decision("ALL", None, Found({}, {}), "")
    assert decide(TRUE, FALSE, DOMAINS) == Decision("NONE", Found({}, {}), None, "")


@pytest.mark.parametrize(
    ("required", "carried", "expected"),
    [
        (KMS, KMS, "ALL"),
        (KMS, any_of(KMS, CI), "ALL"),
        (KMS, CI, "SOME"),
        (KMS, negate(KMS), "NONE"),
        (KMS, atom("service", "suffix", ".amazonaws.com"), "ALL"),
        (KMS, atom("service", "prefix", "s3."), "NONE"),
        (TRUE, any_of(KMS, negate(KMS)), "ALL"),
        # A missing field is in neither half.
        (TRUE, any_of(present("service")), "SOME"),
        (present("service"), any_of(KMS, negate(KMS)), "ALL"),
        (TRUE, any_of(at_least("ERROR"), negate(at_least("ERROR"))), "ALL"),
        (TRUE, any_of(*(atom("severity", "=", one) for one in SEVERITIES)), "ALL"),
        (TRUE, any_of(*(atom("severity", "=", one) for one in SEVERITIES[1:])), "SOME"),
        (at_least("CRITICAL"), at_least("ERROR"), "ALL"),
        (at_least("ERROR"), at_least("CRITICAL"), "SOME"),
        (atom("service", "prefix", "storage.objects."), atom("service", "prefix", "storage."), "ALL"),
        (atom("service", "prefix", "storage."), atom("service", "prefix", "storage.objects."), "SOME"),
        (atom("service", "=", "a"), negate(atom("service", "=", "b")), "ALL"),
        (
            atom("port", ">=", "0", "number"),
            any_of(atom("port", "<", "5", "number"), atom("port", ">", "4", "number")),
            "ALL",
        ),
        (TRUE, any_of(atom("port", "<", "5", "number"), atom("port", ">=", "5", "number")), "ALL"),
        (TRUE, any_of(atom("status", "<", "5", "number"), atom("status", ">=", "5", "number")), "SOME"),
        (TRUE, any_of(atom("port", "<", "5", "number"), atom("port", ">", "5", "number")), "SOME"),
    ],
)
def test_verdicts(required, carried, expected):
    assert verdict(required, carried) == expected


def test_what_an_exclusion_takes_is_the_witness():
    decision = decide(KMS, negate(all_of(CI, at_least("INFO"))), DOMAINS)
    assert decision.verdict == "SOME"
    assert decision.lost is not None
    assert decision.lost.record["principal"] == "ci@acme.example"
    assert decision.lost.record["service"] == "kms.amazonaws.com"
    assert decision.kept is not None


def test_nothing_required_is_all_and_says_so():
    assert decide(all_of(KMS, CI, ADMIN), FALSE, DOMAINS) == Decision(
        "ALL", None, None, "no record is asked for"
    )


def test_doubt_never_proves():
    d = doubt("blind:aws:accounts/1")
    assert decide(KMS, d, DOMAINS) == Decision("UNKNOWN", None, None, "not read: blind:aws:accounts/1", (d,))
    assert decide(KMS, negate(d), DOMAINS).verdict == "UNKNOWN"
    assert decide(KMS, any_of(d, negate(d)), DOMAINS).verdict == "ALL"
    assert decide(KMS, any_of(KMS, d), DOMAINS).verdict == "ALL"
    # Both ways, whatever is doubted: the excluded record is lost, the other is kept.
    some = decide(TRUE, all_of(negate(CI), any_of(ADMIN, d)), DOMAINS)
    assert some.verdict == "SOME"
    assert some.lost is not None
    assert some.kept is not None
    assert not some.lost.assumed
    assert not some.kept.assumed


def test_a_certain_loss_is_told_even_if_it_is_unknown_whether_anything_is_kept():
    decision = decide(TRUE, all_of(negate(CI), doubt("d")), DOMAINS)
    assert decision.verdict == "UNKNOWN"
    assert decision.lost is not None
    assert decision.lost.record == {"principal": "ci@acme.example"}
    assert decision.kept is None
    assert decision.because == "not read: d"


def test_a_certain_gain_is_told_even_if_it_is_unknown_whether_anything_is_lost():
    decision = decide(TRUE, any_of(negate(CI), opaque("=~ x", "a regular expression")), DOMAINS)
    assert decision.verdict == "UNKNOWN"
    assert decision.lost is None
    assert decision.kept is not None
    assert decision.because == "a regular expression: =~ x"


def test_an_opaque_part_without_text_says_why():
    assert decide(KMS, opaque("", "unreadable"), DOMAINS).because == "unreadable"


def test_doubt_about_what_is_required_is_no_loss():
    decision = decide(doubt("label"), FALSE, DOMAINS)
    assert decision.verdict == "UNKNOWN"
    assert decision.lost is None
    assert decision.because == "not read: label"


def test_a_doubted_part_that_is_required_and_carried_alike_is_carried():
    d = doubt("d")
    assert verdict(all_of(KMS, d), any_of(d, CI)) == "ALL"


def test_a_sample_keeps_some_and_loses_some():
    half = sampled("insertId", "0.5")
    assert isinstance(half, Sampled)
    decision = decide(KMS, half, DOMAINS)
    assert decision.verdict == "SOME"
    assert decision.lost == Found({"service": "kms.amazonaws.com"}, {half.digest: False})
    assert decision.kept == Found({"service": "kms.amazonaws.com"}, {half.digest: True})
    assert verdict(KMS, any_of(half, KMS)) == "ALL"
    assert decide(KMS, all_of(half, doubt("d")), DOMAINS).because == "not read: d"


def test_too_much_work_is_unknown():
    decision = decide(TRUE, negate(pigeons(9)), {}, steps=500)
    assert decision.verdict == "UNKNOWN"
    assert decision.because == "it takes more than 500 steps"
    assert decision.kept is not None


def test_decisions_do_not_depend_on_what_was_decided_before():
    first = decide(KMS, CI, DOMAINS)
    for index in range(20):
        decide(KMS, atom("principal", "=", str(index)), DOMAINS)
    assert decide(KMS, CI, dict(reversed(DOMAINS.items()))) == first
    # Fields that are not tested don't matter; those that are do.
    assert decide(KMS, CI, {**DOMAINS, "region": Field(name="region")}) is first
    always = {
        **DOMAINS,
        "principal": Field(name="principal", kind="finite", values=("ci@acme.example",), optional=False),
    }
    assert decide(KMS, CI, always).verdict == "ALL"


def test_a_formula_nested_deeper_than_the_stack_is_decided():
    formula: Predicate = KMS
    for index in range(2001):
        formula = (all_of if index % 2 else any_of)(formula, atom("principal", "=", f"u{index}"))
    assert verdict(TRUE, formula) == "SOME"


def test_large_filters_are_decided_soon():
    """Bounds are generous: the machine may be busy. Steps are what bounds the work."""
    names = [f"service-{index}.googleapis.com" for index in range(200)]
    listed = any_of(*(atom("service", "=", name, "fold") for name in names))
    prefixes = any_of(*(atom("service", "prefix", name[:-15], "fold") for name in names))
    exclusions = [
        all_of(*(atom(f"f{(one + part) % 7}", "=", f"{one}-{part}") for part in range(7)))
        for one in range(50)
    ]
    start = time.perf_counter()
    assert verdict(any_of(*(atom("service", "=", name, "fold") for name in names[:100])), listed) == "ALL"
    assert verdict(listed, prefixes) == "ALL"
    assert verdict(TRUE, all_of(listed, negate(any_of(*exclusions)))) == "SOME"
    assert time.perf_counter() - start < 20


def test_witnesses_replay_whatever_the_doubts_turn_out_to_be():
    d, o = doubt("d"), opaque("o", "odd")
    required, carried = (
        any_of(KMS, ADMIN),
        all_of(any_of(KMS, d), any_of(negate(CI), o), negate(all_of(ADMIN, d))),
    )
    decision = decide(required, carried, DOMAINS)
    assert decision.lost is None
    assert decision.kept is not None
    for outcomes in product((False, True), repeat=2):
        assumed = dict(zip((d.digest, o.digest), outcomes, strict=True))
        assert holds(all_of(required, carried), decision.kept.record, assumed)
