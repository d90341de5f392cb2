"""The search for a record: which comparisons hold of it, and values for its fields that make them so.

The clauses of the predicate are satisfied one after the other, each by the first literal that is still free. What
follows from a literal is set at once: literals alone in their clause, and what other tests of the field say of the
same value. Where the literals of a field clash (`domains.settle`), or a clause is false, the search learns the clause that
says why, goes back as far as that clause allows, and never runs into the same again (conflict-driven clause learning).

Every learned clause follows from the predicate and from proofs of `settle`. So if they cannot all be true, no record
satisfies the predicate: that is the proof. Only where `settle` is unsure is a branch left without proof, and then
the search cannot end in one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from logcov.inventory.rows import Field
from logcov.selection.budget import Budget
from logcov.selection.clashes import Clash, Unsure
from logcov.selection.clauses import Clause, Clauses
from logcov.selection.domains import consequences, settle
from logcov.selection.predicate import Atom, Value


class Search:
    """One search, from clauses to a record or a proof.

    Attributes:
        unsure: why a branch was given up without proof; empty if none was.
        narrowed: a branch was given up because a repeated field would have needed several values.
    """

    def __init__(
        self, clauses: Clauses, fields: Mapping[str, Field], budget: Budget, *, several: bool
    ) -> None:
        """Sets the search up.

        Args:
            clauses: what must be true.
            fields: every field that the predicate tests, by name.
            budget: pays for each literal that is set, each clause that is looked at, and each test of a value.
            several: look also for records that hold several values in a repeated field.
        """
        self.unsure = ""
        self.narrowed = False
        self._fields = fields
        self._sought = (
            fields if several else {name: replace(field, repeated=False) for name, field in fields.items()}
        )
        self._budget = budget
        self._rows = clauses.rows
        self._leaves = clauses.leaves
        count = len(clauses.leaves)
        self._value = [0] * count  # 1 true, -1 false, 0 free
        self._level = [0] * count
        self._reason: list[Clause] = [[]] * count
        self._watch: dict[int, list[Clause]] = {}
        self._trail: list[int] = []
        self._starts: list[
            tuple[int, int]
        ] = []  # per level: where its literals start; the first clause not yet true
        self._done = 0  # literals whose consequences are drawn
        self._cursor = 0
        self._set: dict[str, list[int]] = {name: [] for name in fields}  # per field: its literals, in order
        self._dirty: dict[str, None] = {}
        self._tests: dict[str, list[tuple[int, Atom]]] = {}
        self._variable: dict[bytes, int] = {}
        self._implied: dict[int, list[int]] = {}
        self._first_row: dict[int, int] = {}  # per helper: the first clause that it makes needed
        for index, row in enumerate(clauses.rows):
            for literal in row:
                if literal < 0 and clauses.leaves[-literal] is None:
                    self._first_row.setdefault(-literal, index)
        for variable, leaf in enumerate(clauses.leaves):
            if isinstance(leaf, Atom):
                self._tests.setdefault(leaf.field, []).append((variable, leaf))
                self._variable[leaf.digest] = variable

    def run(self) -> tuple[dict[str, Value], dict[bytes, bool]] | None:
        """A record, and the outcomes of undecidable leaves with it; or None: there is none, unless `unsure`.

        Raises:
            OutOfSteps: the budget is spent.
        """
        conflict = self._start()
        while True:
            if conflict is None:
                conflict = self._propagate() or self._check()
            if conflict is None:
                choice = self._choose()
                if choice is not None:
                    self._starts.append((len(self._trail), self._cursor))
                    self._assign(choice, [])
                    continue
                found = self._record()
                if not isinstance(found, list):
                    return found
                conflict = found
            if not self._learn(conflict):
                return None
            conflict = None

    # --- Literals -----------------------------------------------------------------------------------------

    def _start(self) -> Clause | None:
        for row in self._rows:
            if len(row) > 1:
                self._watch_clause(list(row))
            elif not row or self._sense(row[0]) < 0:
                return row
            elif not self._sense(row[0]):
                self._assign(row[0], row)
        return None

    def _watch_clause(self, clause: Clause) -> None:
        self._watch.setdefault(clause[0], []).append(clause)
        self._watch.setdefault(clause[1], []).append(clause)

    def _sense(self, literal: int) -> int:
        return self._value[literal] if literal > 0 else -self._value[-literal]

    def _assign(self, literal: int, reason: Clause) -> None:
        variable = abs(literal)
        self._value[variable] = 1 if literal > 0 else -1
        self._level[variable] = len(self._starts)
        self._reason[variable] = reason
        self._trail.append(literal)
        leaf = self._leaves[variable]
        if isinstance(leaf, Atom):
            self._set[leaf.field].append(literal)
            self._dirty[leaf.field] = None
        elif leaf is None and literal > 0:
            # `_choose` skipped its clauses as long as it was free.
            self._cursor = min(self._cursor, self._first_row[variable])

    def _back(self, level: int) -> None:
        start, self._cursor = self._starts[level]
        for literal in reversed(self._trail[start:]):
            variable = abs(literal)
            self._value[variable] = 0
            leaf = self._leaves[variable]
            if isinstance(leaf, Atom):
                self._set[leaf.field].pop()
        del self._trail[start:]
        del self._starts[level:]
        self._done = start

    def _choose(self) -> int | None:
        """A literal that makes the first clause true that is not; None if all are."""
        while self._cursor < len(self._rows):
            free = 0
            for literal in self._rows[self._cursor]:
                sense = self._sense(literal)
                # A helper that is still free is needed by no clause so far: it may as well be false.
                if sense > 0 or (not sense and literal < 0 and self._leaves[-literal] is None):
                    break
                if not (sense or free):
                    free = literal
            else:
                return free
            self._cursor += 1
        return None

    # --- What follows -------------------------------------------------------------------------------------

    def _propagate(self) -> Clause | None:
        """Sets what follows from the literals set so far; a clause that they make false, if there is one."""
        while self._done < len(self._trail):
            literal = self._trail[self._done]
            self._done += 1
            self._budget.spend()
            if literal > 0:
                for other in self._implied_by(literal):
                    sense = self._sense(other)
                    if sense < 0:
                        return [other, -literal]
                    if not sense:
                        self._assign(other, [other, -literal])
            conflict = self._visit(-literal)
            if conflict:
                return conflict
        return None

    def _visit(self, false: int) -> Clause | None:
        """Looks at the clauses that watch a literal that became false."""
        watching = self._watch.get(false, [])
        kept = 0
        for index, clause in enumerate(watching):
            self._budget.spend()
            if clause[0] == false:
                clause[0], clause[1] = clause[1], false
            first = clause[0]
            sense = self._sense(first)
            if sense <= 0:
                for at in range(2, len(clause)):
                    if self._sense(clause[at]) >= 0:
                        clause[1], clause[at] = clause[at], false
                        self._watch.setdefault(clause[1], []).append(clause)
                        break
                else:
                    if sense < 0:
                        watching[kept:] = watching[index:]
                        return clause
                    self._assign(first, clause)
                    sense = 1
            if clause[1] == false:
                watching[kept] = clause
                kept += 1
        del watching[kept:]
        return None

    def _implied_by(self, literal: int) -> list[int]:
        """What a test that holds says of the tests of its field."""
        known = self._implied.get(literal)
        if known is not None:
            return known
        made: list[int] = []
        leaf = self._leaves[literal]
        if isinstance(leaf, Atom) and leaf.op != "present":
            field = self._fields[leaf.field]
            tests = self._tests[leaf.field]
            self._budget.spend(1 + len(tests) // 8)
            for variable, answer in consequences(leaf, tests, field):
                if answer:
                    made.append(variable)
                elif not field.repeated:
                    made.append(-variable)
        self._implied[literal] = made
        return made

    def _check(self) -> Clause | None:
        """A clash in a field whose literals changed."""
        while self._dirty:
            name, _ = self._dirty.popitem()
            # Text always has one more value that fails all tests.
            if any(literal > 0 for literal in self._set[name]) or self._fields[name].kind != "text":
                found = self._settle(name)
                if isinstance(found, Clash):
                    return self._because(found)
        return None

    def _settle(self, name: str) -> Value | Clash | Unsure | None:
        tests = [(literal > 0, self._leaves[abs(literal)]) for literal in self._set[name]]
        wanted = [test for sense, test in tests if sense and isinstance(test, Atom)]
        unwanted = [test for sense, test in tests if not sense and isinstance(test, Atom)]
        return settle(self._sought[name], wanted, unwanted, self._budget)

    def _because(self, clash: Clash) -> Clause:
        variables = [self._variable[test.digest] for test in clash.tests]
        clause = [-variable * self._value[variable] for variable in variables]
        field = self._fields[clash.tests[0].field]
        if field.repeated and sum(literal < 0 for literal in clause) > 1:
            self.narrowed = True
        return list(dict.fromkeys(clause))

    # --- Ends ---------------------------------------------------------------------------------------------

    def _record(self) -> tuple[dict[str, Value], dict[bytes, bool]] | Clause:
        """The record that makes the literals true; or the clause that forbids them."""
        record: dict[str, Value] = {}
        for name in sorted(self._fields):
            if not self._set[name] and self._fields[name].optional:
                continue
            found = self._settle(name)
            # `_check` saw every set of literals that is left, and made them clauses that forbid clashes.
            assert not isinstance(found, Clash)
            if isinstance(found, Unsure):
                self.unsure = found.because
                return [-literal for literal in self._set[name]]
            if found is not None:
                record[name] = found
        return record, dict(self._assumed())

    def _assumed(self) -> Iterator[tuple[bytes, bool]]:
        for literal in self._trail:
            leaf = self._leaves[abs(literal)]
            if leaf is not None and not isinstance(leaf, Atom):
                yield leaf.digest, literal > 0

    def _learn(self, conflict: Clause) -> bool:
        """Learns why a clause is false, goes back and sets what follows; False if nothing is left to go back to."""
        top = max((self._level[abs(literal)] for literal in conflict), default=0)
        if not top:
            return False
        if top < len(self._starts):
            self._back(top)
        seen: set[int] = set()
        learned: Clause = []
        here = 0
        at = len(self._trail)
        reason = conflict
        literal = 0
        while True:
            for other in reason:
                variable = abs(other)
                if other != literal and variable not in seen and self._level[variable]:
                    seen.add(variable)
                    if self._level[variable] == top:
                        here += 1
                    else:
                        learned.append(other)
            self._budget.spend()
            at -= 1
            while abs(self._trail[at]) not in seen:
                at -= 1
            literal = self._trail[at]
            here -= 1
            if not here:
                break
            reason = self._reason[abs(literal)]
        learned.sort(key=lambda other: -self._level[abs(other)])
        self._back(self._level[abs(learned[0])] if learned else 0)
        clause = [-literal, *learned]
        if learned:
            self._watch_clause(clause)
        self._assign(-literal, clause)
        return True
