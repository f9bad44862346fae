"""What can be known to be wrong with a contract before any run: names, settings, branches, guard rails.

Invariant: nothing that `check` passes can meet an unknown name, setting, step or template at run time, unless the sheet changes.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from runner import tabs
from runner.errors import ConditionError
from runner.model import Book, Contract, Names, Row, Snapshot, Step
from runner.ports import Action, CheckScope
from runner.rules import answers, blocked, check_model, check_undo, conditions, fields, fill
from runner.rules.approval import spot_check
from runner.rules.check_trigger import check_pace, check_trigger, columns_of
from runner.rules.fields.types import TYPES, type_key
from runner.rules.findings import Findings, did_you_mean
from runner.rules.marks import keep_in
from runner.rules.named_templates import texts_of
from runner.rules.rhythm import read_rhythm
from runner.rules.spans import SpanError
from runner.values import name_key

ENDS = ("End", "Review", "Stop")


def check_all(
    contracts: Mapping[str, Contract],
    book: Book,
    snapshot: Snapshot,
    actions: Mapping[str, Action],
    secrets: frozenset[str],
    found: Findings,
) -> None:
    """Look at every contract; what is found goes to `found`, at the cell where it can be mended."""
    rows = _RowsOf(snapshot, found.unreadable)
    for contract in contracts.values():
        _Checker(contract, contracts, book, snapshot, actions, secrets, found, rows).check()


class _RowsOf:
    """Finds the row that a parsed thing came from."""

    def __init__(self, snapshot: Snapshot, unreadable: Collection[str]) -> None:
        self.snapshot, self.unreadable = snapshot, unreadable
        self._by_contract: dict[str, dict[str, list[Row]]] = {}

    def __call__(self, standard: tabs.StandardTab, contract: str) -> list[Row]:
        if standard.name not in self._by_contract:
            rows = self._by_contract[standard.name] = {}
            tab = None if name_key(standard.name) in self.unreadable else self.snapshot.tab(standard.name)
            for row in tab.rows if tab else ():
                rows.setdefault(name_key(row.text("Contract")), []).append(row)
        return self._by_contract[standard.name].get(name_key(contract), [])


class _Checker:
    """The checks of one contract."""

    def __init__(
        self,
        contract: Contract,
        contracts: Mapping[str, Contract],
        book: Book,
        snapshot: Snapshot,
        actions: Mapping[str, Action],
        secrets: frozenset[str],
        found: Findings,
        rows: _RowsOf,
    ) -> None:
        self.contract, self.contracts, self.book, self.snapshot = contract, contracts, book, snapshot
        self.actions, self.secrets, self.found = actions, secrets, found
        self.row = rows(tabs.CONTRACTS, contract.name)[0]
        self.step_rows = [row for row in rows(tabs.STEPS, contract.name) if row.text("Step")]
        self.route_rows = rows(tabs.ROUTES, contract.name)
        self.field_rows = [row for row in rows(tabs.FIELDS, contract.name) if row.text("Field")]
        self.tab = snapshot.tab(contract.tab) if contract.has_row else None
        #: What cells may name of the event; None when that cannot be known.
        self.columns = columns_of(contract, self.tab)

    def bad(self, row: Row, header: str, message: str, fix: str = "") -> None:
        """A mistake that stops this contract."""
        self.found.at(row, header, message, fix, contract=self.contract.name)

    def check(self) -> None:
        """Everything, in the order in which an owner would mend it."""
        check_trigger(self.contract, self.row, self.snapshot, self.found)
        self.contract_cells()
        self.payload()
        self.steps()
        self.routes()

    # ------------------------------------------------------------------------------------------- the contract's row

    def contract_cells(self) -> None:
        contract, row = self.contract, self.row
        if self.snapshot.open_to and contract.risk == "High":
            self.bad(row, "Risk", *answers.too_open(self.snapshot.open_to))
        names = self.names(())
        self.condition(row, "If", contract.condition, names)
        self.template(row, "Dedupe key", contract.dedupe_key, names)
        if fill.secrets_in(contract.dedupe_key):
            self.bad(row, "Dedupe key", keep_in("a key"))
        if contract.sop and name_key(contract.sop) not in self.book.sops:
            self.bad(
                row,
                "SOP",
                f"There is no SOP “{contract.sop}”.",
                did_you_mean(contract.sop, self.sop_names()) or "Write it into the tab SOPs.",
            )
        if not contract.steps and contract.klass != "Blocked" and "steps" not in self.found.unreadable:
            self.bad(row, "Contract", "The contract has no steps.", "Add its first step in the tab Steps.")
        if row.text("Class") and (step := blocked.not_hands_free(contract, self.actions)):
            # it stops nothing: with Risk High a person is asked all the same
            message = f"Deterministic runs hands-free, but Risk is High and “{step}” cannot be taken back: it asks each time."
            self.found.at(row, "Class", message, f"Write Agent-assist, or give “{step}” an Undo step.")
        try:
            read_rhythm(contract.rhythm)
        except SpanError as error:
            self.bad(row, "Rhythm", str(error))
        check_pace(contract, row, self.found)

    def sop_names(self) -> list[str]:
        tab = self.snapshot.tab(tabs.SOPS.name)
        return [row.text("SOP") for row in tab.rows] if tab else []

    def payload(self) -> None:
        for row, rule in zip(self.field_rows, self.contract.fields, strict=True):
            if self.columns is not None and name_key(rule.field) not in map(name_key, self.columns):
                fix = did_you_mean(rule.field, self.columns)
                self.bad(row, "Field", f"{self.tab.name if self.tab else 'A schedule'} has no column “{rule.field}”.", fix)
                continue
            place = "Rule" if type_key(rule.type) in TYPES else "Type"
            for sentence in fields.check_field_rule(rule, self.columns or (rule.field,)):
                self.bad(row, place, sentence)

    # ----------------------------------------------------------------------------------------------------- the steps

    def steps(self) -> None:
        seen: dict[str, Row] = {}
        for index, (row, step) in enumerate(zip(self.step_rows, self.contract.steps, strict=True)):
            if first := seen.get(name_key(step.name)):
                self.bad(row, "Step", f"The step “{step.name}” stands in row {first.number} too.", "Rename one of them.")
            seen.setdefault(name_key(step.name), row)
            names = self.names(check_undo.before(self.contract, index))
            self.step_cells(row, step, names)
            names = replace(names, of_step=True)
            for name, text in step.settings.items():
                for sentence in (*self.template_problems(text, names), *self.kept_in(text, step)):
                    self.bad(row, "With", f"{name}: {sentence}")
            for header, message, fix in check_model.step_findings(self.contract, step, names, self.actions, self.book.templates):
                self.bad(row, header, message, fix)
            if action := self.actions.get(step.action):
                self.settings(row, step, action, names)

    def step_cells(self, row: Row, step: Step, names: Names) -> None:
        self.condition(row, "If", step.condition, names)
        self.approval(row, step, names)
        others = [other.name for other in self.contract.steps]
        if step.on_failure.startswith("go to ") and not self.contract.step(step.on_failure[6:]):
            self.bad(row, "On failure", f"There is no step “{step.on_failure[6:]}”.", did_you_mean(step.on_failure[6:], others))
        for header, message, fix in check_undo.step_findings(self.contract, step):
            self.bad(row, header, message, fix)

    def approval(self, row: Row, step: Step, names: Names) -> None:
        try:
            asks_by_rule = step.approval not in ("", "always") and spot_check(step.approval) is None
        except ConditionError as error:
            self.bad(row, "Approval", str(error))
            return
        if asks_by_rule:
            self.condition(row, "Approval", step.approval, names)

    def settings(self, row: Row, step: Step, action: Action, names: Names) -> None:
        for sentence in _setting_names(step.settings, action):
            self.bad(row, "With", sentence)
        scope = CheckScope(
            book=self.book,
            headers=self._headers,
            rows=self._rows,
            contract_tab=self.contract.tab if self.contract.has_row else "",
            contract=self.contract.name,
            contracts=tuple(self.contracts.values()),
        )
        for setting, sentence in action.check(step.settings, scope):
            self.bad(row, "With", f"{setting}: {sentence}" if setting else sentence)
        for setting, sentence in action.notes(step.settings, scope):
            self.found.note(row, "With", f"{setting}: {sentence}" if setting else sentence)
        self.mail_template(row, step, names)

    def mail_template(self, row: Row, step: Step, names: Names) -> None:
        for _, part, template, text in texts_of(step, self.book.templates):
            for sentence in (*self.template_problems(text, names), *self.kept_in(text, step)):
                self.bad(row, "With", f"{part} of the template “{template.name}”: {sentence}")

    def _headers(self, name: str) -> tuple[str, ...] | None:
        tab = self.snapshot.tab(name)
        return tuple(header for header in tab.headers if header) if tab else None

    def _rows(self, name: str) -> Sequence[Row]:
        tab = self.snapshot.tab(name)
        return tab.rows if tab else ()

    # ---------------------------------------------------------------------------------------------------- the routes

    def routes(self) -> None:
        others = [step.name for step in self.contract.steps]
        for row, route in zip(self.route_rows, self.contract.routes, strict=True):
            after = self.contract.step(route.after)
            if after is None:
                message = f"There is no step “{route.after}”." if route.after else "The step is missing."
                self.bad(row, "After", message, did_you_mean(route.after, others))
                continue
            position = self.contract.steps.index(after)
            self.condition(row, "If", route.condition, self.names((*check_undo.before(self.contract, position), after)))
            for header, message, fix in check_undo.route_findings(self.contract, route.after, route.go_to):
                self.bad(row, header, message, fix)
            if not route.go_to and not route.set_state:
                self.bad(row, "Go to", "The target is missing.", "Write a step, End, Review or Stop.")
            elif route.go_to and name_key(route.go_to) not in map(name_key, (*ENDS, *others)):
                self.bad(row, "Go to", f"There is no step “{route.go_to}”.", did_you_mean(route.go_to, (*others, *ENDS)))
            if route.set_state and self.tab and not self.tab.has(tabs.STATE):
                self.bad(row, "Set state", f"{self.tab.name} has no column “State”.", "Add one.")
            elif route.set_state and not self.contract.has_row:
                self.bad(row, "Set state", "Its runs have no row, so there is no State to write.", "Empty the cell.")
        self.circles()

    def circles(self) -> None:
        """A branch back to a step that leads here again would run for ever."""
        order = {name_key(step.name): index for index, step in enumerate(self.contract.steps)}
        for row, route in zip(self.route_rows, self.contract.routes, strict=True):
            source, target = order.get(name_key(route.after)), order.get(name_key(route.go_to))
            if source is not None and target is not None and target <= source:
                message = f"After “{route.after}” this goes back to “{route.go_to}”, so the steps could go round for ever."
                self.bad(row, "Go to", message, "Go to a later step, or End.")
        for row, step in zip(self.step_rows, self.contract.steps, strict=True):
            target = order.get(name_key(step.on_failure[6:])) if step.on_failure.startswith("go to ") else None
            if target is not None and target <= order[name_key(step.name)]:
                message = f"When “{step.name}” fails this goes back to “{step.on_failure[6:]}”: the steps could go round for ever."
                self.bad(row, "On failure", message, "Go to a later step.")

    # ------------------------------------------------------------------------------------------- names in the cells

    def names(self, earlier: Sequence[Step]) -> Names:
        """What a cell of this contract may name, after these steps."""
        results = {step.name: results_of(step, self.actions) for step in earlier}
        # setting names are kept by key; that is how they are written in templates
        return Names(columns=self.columns or (), settings=tuple(self.book.settings), steps=results)

    def condition(self, row: Row, header: str, text: str, names: Names) -> None:
        if not text or self.columns is None:  # without its tab, every column would look wrong
            return
        try:
            conditions.parse(text, names)
        except ConditionError as error:
            self.bad(row, header, str(error))

    def template(self, row: Row, header: str, text: str, names: Names) -> None:
        for sentence in self.template_problems(text, names):
            self.bad(row, header, sentence)

    def kept_in(self, text: str, step: Step) -> Iterator[str]:
        """A sentence when the text would take a secret to where everybody can read it."""
        action = self.actions.get(step.action)
        if action and not action.secrets and fill.secrets_in(text):
            yield keep_in(step.action)

    def template_problems(self, text: str, names: Names) -> Iterator[str]:
        if self.columns is not None:
            yield from fill.problems(text, names)
        for name in fill.secrets_in(text):
            if name not in self.secrets:
                yield f"There is no secret “{name}” in config.toml. {did_you_mean(name, self.secrets)}".strip()


def results_of(step: Step, actions: Mapping[str, Action]) -> tuple[str, ...] | None:
    """Names of what the step leaves for later steps; None when they depend on the answer."""
    action = actions.get(step.action)
    return action.results_with(step.settings) if action else None


def _setting_names(settings: Mapping[str, str], action: Action) -> Iterator[str]:
    """A sentence for each setting that the action needs and lacks, or has and does not know."""
    given = {name_key(name) for name in settings}
    for name in action.required:
        if name_key(name) not in given:
            yield f"The setting “{name}” is missing. Write a line {name}: …"
    known = (*action.required, *action.optional)
    if "*" in known:
        return
    families = tuple(name[:-1].lower() for name in known if name.endswith(".*"))
    for name in settings:
        if name_key(name) in map(name_key, known) or (families and name.lower().startswith(families)):
            continue
        yield f"{action.name} has no setting “{name}”. {did_you_mean(name, [n for n in known if not n.endswith('*')])}".strip()
