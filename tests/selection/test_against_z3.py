"""The decision procedure against an SMT solver that shares no idea with it: fields are strings, numbers and booleans."""

import random

import z3

from logcov.selection.decide import Found, Refuted, find
from logcov.selection.predicate import And, Atom, Constant, Not, Or, number
from selection.brute import FIELDS, random_predicate

NAMES = ("text", "always", "level", "word", "count", "size")


def test_of(leaf):
    there = z3.Bool(f"there {leaf.field}") if FIELDS[leaf.field].optional else z3.BoolVal(True)
    if leaf.op == "present":
        return there
    if FIELDS[leaf.field].kind == "number":
        at, value = z3.Real(leaf.field), z3.RealVal(str(number(leaf.value)))
        compared = {"=": at == value, "<": at < value, "<=": at <= value, ">": at > value, ">=": at >= value}
        return z3.And(there, compared[leaf.op])
    text, value = z3.String(leaf.field), z3.StringVal(leaf.value)
    match leaf.op:
        case "=":
            return z3.And(there, text == value)
        case "prefix":
            return z3.And(there, z3.PrefixOf(value, text))
        case "suffix":
            return z3.And(there, z3.SuffixOf(value, text))
        case "contains":
            return z3.And(there, z3.Contains(text, value))
    anything = z3.Star(z3.AllChar(z3.ReSort(z3.StringSort())))
    parts = [anything if character == "*" else z3.Re(character) for character in leaf.value]
    return z3.And(there, z3.InRe(text, z3.Concat(*parts)))


test_of.__test__ = False


def translated(part):
    match part:
        case Constant():
            return z3.BoolVal(part.value)
        case Not():
            return z3.Not(translated(part.part))
        case And():
            return z3.And(*map(translated, part.parts))
        case Or():
            return z3.Or(*map(translated, part.parts))
        case Atom():
            return test_of(part)
        case _:
            return z3.Bool(part.digest.hex())


def test_an_smt_solver_agrees():
    dice = random.Random(1)
    solver = z3.Solver()
    solver.set("rlimit", 2_000_000)
    solver.set("random_seed", 1)
    answers = []
    for _ in range(400):
        names = dice.sample(NAMES, dice.randint(1, 3))
        kinds = dict.fromkeys(names, ("text",))
        formula = random_predicate(dice, names, kinds=kinds, depth=dice.randint(1, 3), free=True)
        outcome = find(formula, FIELDS)
        solver.push()
        solver.add(translated(formula))
        for name in set(names) & {"level", "word"}:
            solver.add(z3.Or(*(z3.String(name) == value for value in FIELDS[name].values)))
        answer = str(solver.check())
        solver.pop()
        answers.append(answer)
        if answer == "sat":
            assert isinstance(outcome, Found), formula
        elif answer == "unsat":
            assert isinstance(outcome, Refuted), formula
    assert answers.count("sat") > 150
    assert answers.count("unsat") > 40
    assert answers.count("unknown") < 40
