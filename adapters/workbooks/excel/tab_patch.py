"""The edits of one tab: columns found or added by header, rows written or appended, in the sheet's part and in its table's."""

from collections.abc import Mapping
from functools import cached_property

from adapters.workbooks.excel.cell_xml import Formula
from adapters.workbooks.excel.new_tab import DEFAULT_WIDTH
from adapters.workbooks.excel.package import Package
from adapters.workbooks.excel.reference import address
from adapters.workbooks.excel.sheet_patch import NewCell, SheetPatch
from adapters.workbooks.excel.tables import Table, add_column, can_be_filled, resize
from adapters.workbooks.excel.workbook_xml import SheetEntry
from runner.model import Problem, Tab
from runner.tabs import STANDARD_TABS
from runner.values import Value, is_blank, name_key

#: Points: fifteen lines; a longer text can be read in the cell's own editor.
HIGHEST = 225


class TabPatch:
    """Takes the edits of one tab in their order; what must not be written becomes a problem and stops nothing else."""

    def __init__(self, entry: SheetEntry, patch: SheetPatch, tab: Tab, tables: list[Table]) -> None:
        self._entry, self.patch, self._tab = entry, patch, tab
        self.problems: list[Problem] = []
        self._columns = dict(tab.columns)
        self._tables = tables
        self._old_table = self._table = next((table for table in tables if self._covers(table)), None)
        self._new_columns: list[str] = []
        self._refused_headers: set[str] = set()
        self._last = self._last_used()
        self._next = max(self._last, 1) + 1
        self._pattern_row = self._last if self._last > 1 else None
        self.appended_to = 0

    @property
    def columns(self) -> Mapping[str, int]:
        """Header's key → its column, those that were added too."""
        return self._columns

    # -------------------------------------------------------------------------------------------------- columns

    def add_columns(self, headers: tuple[str, ...]) -> None:
        """Add the missing ones at the right, in a format like the last header's; in the table too when it can grow there."""
        missing = [header for header in headers if name_key(header) not in self._columns]
        known = STANDARD_TABS.get(name_key(self._tab.name))
        for header in missing:
            column = self._free_column()
            if reason := self.patch.refusal(1, column):
                self._refused_headers.add(name_key(header))
                self._refuse(address(1, column), f"The column “{header}” could not be added here. {reason}")
                continue
            style = self.patch.styles(1).get(max(self._columns.values(), default=-1))
            self.patch.put(1, column, NewCell(header, style))
            described = known.column(header) if known else None
            self.patch.widen(column, described.width if described else DEFAULT_WIDTH)
            self._columns[name_key(header)] = column
            if self._table and column == self._table.area.right + 1 and not self._table.queried:
                self._table = self._table.with_column(column)
                self._new_columns.append(header)

    def _free_column(self) -> int:
        """Right beside the table when nothing stands there, else right of everything in the tab."""
        taken = self._taken_columns | set(self._columns.values())
        beside = self._table.area.right + 1 if self._table else None
        if beside is not None and beside not in taken:
            return beside
        return max(taken, default=-1) + 1

    @cached_property
    def _taken_columns(self) -> set[int]:
        """Columns in which anything stands, and those of every table."""
        taken = {index for index, header in enumerate(self._tab.headers) if header}
        for row in self._tab.rows:
            taken.update(index for index, value in enumerate(row.cells) if not is_blank(value))
        for table in self._tables:
            taken.update(range(table.area.left, table.area.right + 1))
        return taken

    @staticmethod
    def _occupied(cells: tuple[Value, ...], column: int) -> bool:
        return column < len(cells) and not is_blank(cells[column])

    # ----------------------------------------------------------------------------------------------------- rows

    def set_row(self, row: int, cells: Mapping[str, Value]) -> None:
        """Write cells of a row that is there, each for itself."""
        for column, value in self._by_column(cells).items():
            if reason := self.patch.refusal(row, column):
                self._refuse(address(row, column), f"Rowpact could not write here. {reason}")
            else:
                self.patch.put(row, column, NewCell(value))
        self._make_readable(row, cells)

    def append_row(self, cells: Mapping[str, Value]) -> None:
        """Write a row below the last one that holds a value, whole or not at all; the table grows with it."""
        new = self._by_column(cells)
        row = self._next if self._table else self._free_row(self._next, new)
        if reason := self._append_refusal(row, new):
            self._refuse(f"row {row}", f"Rowpact could not add a row here. {reason}")
            return
        styles = self.patch.styles(self._pattern_row) if self._pattern_row else {}
        standing = self.patch.styles(row)
        for column, style in styles.items():
            if style and column not in standing and self._in_reach(column):
                self.patch.put(row, column, NewCell(None, style))
        if self._table and row > self._table.body_end:
            self._table = self._table.with_row(row)
            self._fill_formulas(row, new, styles)
        for column, value in new.items():
            self.patch.put(row, column, NewCell(value, styles.get(column)))
        self._make_readable(row, cells)
        self._next, self.appended_to = row + 1, row

    def _make_readable(self, row: int, cells: Mapping[str, Value]) -> None:
        """Rows of the standard tabs grow with their longest text: no program does that for a file that it only opens."""
        known = STANDARD_TABS.get(name_key(self._tab.name))
        columns = ((known.column(header), value) for header, value in cells.items()) if known else ()
        texts = [
            (column.width, value) for column, value in columns if column and column.format == "wrap" and isinstance(value, str)
        ]
        if any(len(text) > width or "\n" in text for width, text in texts):
            from sheet_templates.look import row_height

            self.patch.heighten(row, min(HIGHEST, row_height(texts)))

    def _by_column(self, cells: Mapping[str, Value]) -> dict[int, Value]:
        by_column = {}
        for header, value in cells.items():
            column = self._columns.get(key := name_key(header))
            if column is not None:
                by_column[column] = value
            elif key not in self._refused_headers:
                message = f"{self._tab.name} has no column {header}: ask for it with a TabEdit first"
                raise ValueError(message)
        return by_column

    def _last_used(self) -> int:
        """The last row that holds a value; in a table, one that somebody wrote, not one that only its formulas fill.

        Rows typed right below the table are rows of it: Excel lets the table grow over them as they are typed, LibreOffice and
        other programs do not, so it grows over them with our next row.
        """
        table = self._table
        if table is None:
            return max((row.number for row in self._tab.rows), default=1)
        own = [column for column in range(table.area.left, table.area.right + 1) if column not in table.calculated]
        written = {row.number for row in self._tab.rows if any(self._occupied(row.cells, column) for column in own)}
        end = table.body_end
        while not table.totals and end + 1 in written:
            end += 1
        return max((number for number in written if number <= end), default=1)

    def _free_row(self, row: int, new: Mapping[int, Value]) -> int:
        """From this row down, the first without values and without formulas where the new ones go."""
        while self.patch.filled_columns(row) or any(self.patch.has_formula(row, column) for column in new):
            row += 1
        return row

    def _append_refusal(self, row: int, new: Mapping[int, Value]) -> str:
        table = self._table
        if table and row > table.body_end:
            if table.totals:
                return f"The table {table.name} ends in a row of totals. Switch the totals off, or insert empty rows above them."
            columns = set(range(table.area.left, table.area.right + 1))
            others = (other.area for other in self._tables if other is not self._old_table)
            below = any(area.holds(row, column) for area in others for column in columns)
            if below or columns & self.patch.filled_columns(row):
                return f"Something stands right below the table {table.name}. Move it away, so that the table can grow."
        elif table and self.patch.filled_columns(row) & new.keys() - table.calculated.keys():
            return "Something stands there already."
        return next((reason for column in new if (reason := self.patch.refusal(row, column))), "")

    def _fill_formulas(self, row: int, new: Mapping[int, Value], styles: Mapping[int, int]) -> None:
        for column, formula in (self._table.calculated if self._table else {}).items():
            if column in new:
                continue
            if can_be_filled(formula):
                self.patch.put(row, column, NewCell(Formula(formula), styles.get(column)))
            else:
                self._refuse(
                    address(row, column),
                    "This column's formula names cells by place, so Rowpact left it out of the new row.",
                    "Fill it down.",
                )

    def _in_reach(self, column: int) -> bool:
        area = self._table.area if self._table else None
        return area.left <= column <= area.right if area else column in self._columns.values()

    def _covers(self, table: Table) -> bool:
        """Whether it is the table that our columns stand in."""
        area = table.area
        return area.top == 1 and any(area.left <= column <= area.right for column in self._columns.values())

    # ------------------------------------------------------------------------------------------------ finishing

    def flush(self, package: Package) -> bool:
        """Put the sheet's and the table's parts into the package; whether a formula was overwritten."""
        if self._old_table and self._table and self._table != self._old_table:
            for header in self._new_columns:
                add_column(package, self._old_table, header)
            resize(package, self._old_table, self._table)
        if self.patch.touched:
            package.put(self._entry.part, self.patch.pieces())
        return self.patch.lost_formula

    def moved_filter(self) -> tuple[int, int, int] | None:
        """Let the sheet's own filter follow appended rows: (sheet index, old last row, new last row) when it did."""
        if self._table or not self.appended_to or not self.patch.grow_filter(self._last, self.appended_to):
            return None
        return self._entry.index, self._last, self.appended_to

    def _refuse(self, place: str, message: str, fix: str = "") -> None:
        self.problems.append(Problem(where=f"{self._tab.name}!{place}", message=message, fix=fix, tab=self._tab.name))
