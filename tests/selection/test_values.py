import pytest

from logcov.inventory.rows import Field
from logcov.selection.budget import Budget, OutOfSteps
from logcov.selection.clashes import Clash, Unsure
from logcov.selection.predicate import Atom, atom, compare
from logcov.selection.values import value_of

TEXT = Field(name="f")
NUMBER = Field(name="f", kind="number")


def atoms(kind, *said):
    made = [atom("f", *one.split(" ", 1), kind) for one in said]
    assert all(isinstance(one, Atom) for one in made)
    return made


def value(wanted, unwanted, field=TEXT):
    return value_of(field, wanted, unwanted, Budget(10_000))


@pytest.mark.parametrize(
    ("wanted", "unwanted", "expected"),
    [
        ([], [], "other"),
        ([], ["= other"], "other-1"),
        ([], ["contains other"], "unlisted"),
        ([], ["contains e", "= 0"], "x"),
        ([], ["= kms.amazonaws.com"], "other.amazonaws.com"),
        ([], ["= kms.amazonaws.com", "= s3.amazonaws.com"], "other.amazonaws.com"),
        ([], ["= ci@acme.example"], "other@acme.example"),
        ([], ["= ci@acme.example", "= root"], "other"),
        (["= a"], ["= b", "prefix b"], "a"),
        (["= a", "prefix a"], [], "a"),
        (["prefix storage."], [], "storage.other"),
        (["prefix storage"], [], "storage-other"),
        (["prefix storage", "prefix storage.objects."], ["= storage.objects.get"], "storage.objects.other"),
        (["suffix @acme.example"], [], "other@acme.example"),
        (["suffix me", "suffix acme"], [], "other-acme"),
        (["prefix a", "suffix b"], [], "a-other-b"),
        (["contains admin"], [], "admin"),
        (["contains admin"], ["= admin"], None),
        (["contains dm", "contains admin", "contains root"], [], "admin-other-root"),
        (["prefix admin.", "contains min"], [], "admin.other"),
        (["glob a*b*c"], [], "a-other-b-other-c"),
        (["prefix ab", "suffix bc"], ["glob ab*bc"], "abc"),
        (["contains a", "contains b"], ["glob *a*b*"], "ba"),
        (["contains a", "contains b"], ["glob *a*b*", "= ba", "contains aa", "contains bb"], "bax"),
    ],
)
def test_the_value_is_one_that_a_person_could_have_written(wanted, unwanted, expected):
    must, never = atoms("text", *wanted), atoms("text", *unwanted)
    found = value(must, never)
    assert isinstance(found, str)
    assert all(compare(one, found) for one in must)
    assert not any(compare(one, found) for one in never)
    assert expected in {None, found}


@pytest.mark.parametrize(
    ("wanted", "unwanted", "blamed"),
    [
        (["= a", "= b"], [], ["= a", "= b"]),
        (["= ab", "prefix a"], ["suffix c", "suffix b"], ["= ab", "suffix b"]),
        (["prefix ab", "prefix ac"], [], ["prefix ab", "prefix ac"]),
        (["prefix abc", "prefix ab"], ["prefix a"], ["prefix abc", "prefix a"]),
        (["suffix ab", "suffix cb"], [], ["suffix ab", "suffix cb"]),
        (["suffix b", "prefix x"], ["suffix b"], ["suffix b", "suffix b"]),
        (["prefix abc"], ["contains bc"], ["prefix abc", "contains bc"]),
        (["suffix abc"], ["contains bc"], ["suffix abc", "contains bc"]),
        (["prefix x", "contains abc"], ["contains bc"], ["contains abc", "contains bc"]),
        (["glob a*b"], ["prefix a"], ["glob a*b", "prefix a"]),
        (["prefix a", "suffix b"], ["glob a*b"], ["prefix a", "suffix b", "glob a*b"]),
        (["prefix a", "suffix b"], ["glob a*b", "= ab"], ["prefix a", "suffix b", "glob a*b"]),
    ],
)
def test_a_clash_blames_the_tests_that_make_it(wanted, unwanted, blamed):
    found = value(atoms("text", *wanted), atoms("text", *unwanted))
    assert isinstance(found, Clash)
    assert [f"{one.op} {one.value}" for one in found.tests] == blamed


def test_readable_text_gives_way_to_what_no_constant_holds():
    never = atoms("text", *(f"contains {letter}" for letter in "abcdefghijklmnopqrstuvwxyz0123456789"))
    found = value(atoms("text", "prefix -"), never)
    assert found == "-一"
    assert value(atoms("text", "prefix -"), [*never, *atoms("text", "contains 一")]) == "-丁"


def test_folded_values_are_spelled_as_they_were_written():
    assert value(atoms("fold", "= Root"), atoms("fold", "= admin")) == "Root"
    assert (
        value(atoms("fold", "prefix Storage.", "prefix STO"), atoms("fold", "= storage.other"))
        == "Storage.other-1"
    )
    found = value(atoms("fold", "prefix Ab"), atoms("fold", "contains AB"))
    assert isinstance(found, Clash)
    # Accents melt with what stands before them, but never with the fresh character.
    must, never = (
        atoms("fold", "suffix \u0301x"),
        atoms("fold", "contains e", "contains 0", "contains x\u0301"),
    )
    accented = value(must, never)
    assert isinstance(accented, str)
    assert compare(must[0], accented)
    assert not any(compare(one, accented) for one in never)


def test_a_searched_text_that_does_not_stand_the_test_is_not_used():
    # The shortest texts are numbers, which an unwanted test of numbers forbids.
    must, never = atoms("text", "contains 1", "contains 2"), atoms("text", "glob *1*2*")
    assert value(must, never) == "21"
    found = value(must, never + atoms("number", "= 21"))
    assert isinstance(found, Unsure)
    assert found.because == "a pattern of f that overlaps with others"


def test_tests_of_numbers_hold_of_no_text():
    never = atoms("number", "> 0", "<= 0")
    assert value([], never) == "other"
    assert value(atoms("text", "prefix 1"), never) == "1-other"
    assert value(atoms("fold", "prefix 1"), never) == "1-other"
    assert value(atoms("text", "= 5"), never[:1]) == Clash((atoms("text", "= 5")[0], never[0]))
    assert value(atoms("text", "= 5"), atoms("number", "< 0")) == "5"
    assert value(atoms("number", "> 4"), atoms("number", "> 9")) == "9"


def test_a_number_field_holds_numbers():
    assert value([], [], NUMBER) == "1"
    assert value([], atoms("number", "= 1"), NUMBER) == "2"
    assert value(atoms("text", "= five"), [], NUMBER) == Clash(tuple(atoms("text", "= five")))
    assert value(atoms("text", "= 5"), atoms("number", "> 9"), NUMBER) == "5"
    assert value([], atoms("text", "= 1", "= 0"), NUMBER) == "2"
    assert value(atoms("number", "> 4"), atoms("text", "= 5"), NUMBER) != "5"
    assert isinstance(value(atoms("text", "prefix a"), [], NUMBER), Unsure)
    assert isinstance(value([], atoms("number", "> 2", "<= 4") + atoms("text", "= 1"), NUMBER), Clash)


@pytest.mark.parametrize(
    ("exact", "folded", "not_exact", "not_folded", "expected"),
    [
        # A folded = has many spellings; one of them passes.
        ([], ["= Root"], ["= Root"], [], "root"),
        ([], ["= ab"], ["= ab", "= AB", "= Ab"], [], "aB"),
        ([], ["= storage.get"], ["prefix s"], [], "STORAGE.GET"),
        (["prefix Sto"], ["= STORAGE"], [], [], "StoRAGE"),
        (["prefix Storage."], ["prefix stor"], [], ["= storage.other"], "Storage.other-1"),
        (["contains Admin"], ["suffix ADMIN"], [], ["= admin"], None),
        (["contains Ab"], ["contains AB"], ["prefix A"], [], None),
        ([], [], ["= a"], ["= b"], "other"),
    ],
)
def test_exact_and_folded_tests_on_one_field_find_a_value(exact, folded, not_exact, not_folded, expected):
    must = atoms("text", *exact) + atoms("fold", *folded)
    never = atoms("text", *not_exact) + atoms("fold", *not_folded)
    found = value(must, never)
    assert isinstance(found, str)
    assert all(compare(one, found) for one in must)
    assert not any(compare(one, found) for one in never)
    assert expected in {None, found}


def test_exact_and_folded_tests_on_one_field_clash_only_by_proof():
    assert isinstance(value(atoms("text", "= ab"), atoms("fold", "= AB")), Clash)
    assert isinstance(value(atoms("text", "prefix ab", "prefix b") + atoms("fold", "= ab"), []), Clash)
    assert isinstance(value(atoms("text", "prefix ab") + atoms("fold", "= ab", "= b"), []), Clash)
    assert isinstance(value(atoms("number", "> 4", "< 3") + atoms("text", "prefix a"), []), Clash)
    # What starts with `storage.` starts, folded, with `storage`.
    assert isinstance(value(atoms("text", "prefix storage."), atoms("fold", "prefix STORAGE")), Clash)
    assert isinstance(value(atoms("text", "suffix .Get"), atoms("fold", "suffix get")), Clash)
    assert isinstance(value(atoms("text", "glob a*bc*d"), atoms("fold", "contains B")), Clash)
    # But its last character may melt with an accent: `e` is no longer there in `ȩ`.
    assert isinstance(value(atoms("text", "prefix storage"), atoms("fold", "prefix storage")), Unsure)
    assert not compare(atoms("fold", "prefix storage")[0], "storage\u0327")
    assert compare(atoms("text", "prefix storage")[0], "storage\u0327")
    # Neither is said of other letters, or of a star that is a character.
    assert not isinstance(value(atoms("text", "prefix éab"), atoms("fold", "prefix é")), Clash)
    assert not isinstance(value(atoms("text", "prefix *ab"), atoms("fold", "prefix *a")), Clash)


def test_numbers_and_folded_text_on_one_field():
    found = value(atoms("fold", "= 5"), atoms("number", "= 5"))
    assert isinstance(found, Unsure)
    assert value(atoms("fold", "= 5") + atoms("number", "> 4"), []) == "5"
    assert value(atoms("number", "> 4"), atoms("fold", "= 5")) != "5"
    assert isinstance(value(atoms("number", "> 1e999999"), atoms("fold", "= 5")), Unsure)
    assert isinstance(value(atoms("text", "prefix x") + atoms("number", "> 1"), []), Unsure)


def test_work_is_bounded():
    with pytest.raises(OutOfSteps):
        value_of(TEXT, atoms("text", "prefix a"), [], Budget(0))
