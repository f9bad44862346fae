"""Edits become new parts of the package: the one place that knows which parts a write touches, and touches no other."""

from collections.abc import Sequence

from adapters.workbooks.excel.cell_xml import CellWriter
from adapters.workbooks.excel.charts import add_charts
from adapters.workbooks.excel.new_tab import add_tab, name_refusal
from adapters.workbooks.excel.package import Package
from adapters.workbooks.excel.sheet_patch import SheetPatch
from adapters.workbooks.excel.sheet_xml import SheetXml, Unpatchable
from adapters.workbooks.excel.styles import Styles
from adapters.workbooks.excel.tab_patch import TabPatch
from adapters.workbooks.excel.tables import tables_of
from adapters.workbooks.excel.workbook_xml import SheetEntry, WorkbookXml
from runner.model import Problem, RowEdit, Snapshot, Tab, TabEdit
from runner.tabs import KPI_WEEKS, KPIS
from runner.values import name_key


def patch(package: Package, edits: Sequence[TabEdit | RowEdit], snapshot: Snapshot) -> list[Problem]:
    """Put all edits that may be made into the package; returns what had to be left out, with its place and the mend.

    Tabs and columns come first, then rows in their order. Raises ValueError for a header or tab that nobody asked for.
    """
    return _Patching(package, snapshot).apply(edits)


class _Patching:
    def __init__(self, package: Package, snapshot: Snapshot) -> None:
        self._package, self._snapshot = package, snapshot
        self._workbook = WorkbookXml(package)
        self._styles = Styles(package, self._workbook)
        self._tabs: dict[str, TabPatch | None] = {}
        self._made: list[SheetEntry] = []
        self._problems: list[Problem] = []

    def apply(self, edits: Sequence[TabEdit | RowEdit]) -> list[Problem]:
        for edit in edits:
            if isinstance(edit, TabEdit) and not self._is_there(edit) and (tab := self._tab(edit.tab, edit.headers)):
                tab.add_columns(edit.headers)
        for edit in edits:
            if isinstance(edit, RowEdit) and (tab := self._tab(edit.tab)):
                if edit.row is None:
                    tab.append_row(edit.cells)
                else:
                    tab.set_row(edit.row, edit.cells)
        self._flush()
        return self._problems

    def _is_there(self, edit: TabEdit) -> bool:
        tab = self._snapshot.tab(edit.tab)
        return tab is not None and all(map(tab.has, edit.headers))

    def _tab(self, name: str, headers: tuple[str, ...] = ()) -> TabPatch | None:
        """The tab's patch, made or created when first asked for; None when its part cannot be changed."""
        key = name_key(name)
        if key not in self._tabs:
            entry = next((sheet for sheet in self._workbook.sheets if name_key(sheet.name) == key), None)
            if entry is None and not headers:
                message = f"there is no tab {name}: ask for it with a TabEdit first"
                raise ValueError(message)
            self._tabs[key] = self._open(entry) if entry else self._create(name, headers)
        return self._tabs[key]

    def _create(self, name: str, headers: tuple[str, ...]) -> TabPatch | None:
        if reason := name_refusal(name, self._workbook.all_names):
            self._refuse(name, f"Rowpact could not make this tab. {reason}", "Choose another name for it.")
            return None
        self._made.append(add_tab(self._package, self._workbook, self._styles, name, headers))
        return self._open(self._made[-1])

    def _open(self, entry: SheetEntry) -> TabPatch | None:
        try:
            sheet = SheetXml(self._package.read(entry.part))
            writer = CellWriter(self._styles, sheet.prefix, counts_from_1904=self._workbook.counts_from_1904)
            patch = SheetPatch(sheet, writer)
        except Unpatchable as reason:
            self._refuse(entry.name, f"Rowpact cannot write into this tab, because {reason}.", "Save the workbook once in Excel.")
            return None
        tab = self._snapshot.tab(entry.name) or Tab(name=entry.name)
        return TabPatch(entry, patch, tab, tables_of(self._package, entry.part))

    def _flush(self) -> None:
        lost_formula = False
        for tab in filter(None, self._tabs.values()):
            self._problems += tab.problems
            if moved := tab.moved_filter():
                self._workbook.move_filter(*moved)
            lost_formula |= tab.flush(self._package)
        self._draw()
        if not self._package.changed:
            return
        self._styles.flush()
        self._workbook.recalculate_on_load()
        if lost_formula:
            self._workbook.forget_calculation_chain()

    def _draw(self) -> None:
        """Charts on a tab KPIs that was made just now."""
        made = next((entry for entry in self._made if name_key(entry.name) == name_key(KPIS.name)), None)
        numbers = self._tabs.get(name_key(KPI_WEEKS.name)) or self._snapshot.tab(KPI_WEEKS.name)
        if made and numbers and self._workbook.is_transitional:
            add_charts(self._package, made.part, numbers.columns)

    def _refuse(self, tab: str, message: str, fix: str) -> None:
        self._problems.append(Problem(where=tab, message=message, fix=fix, tab=tab))
