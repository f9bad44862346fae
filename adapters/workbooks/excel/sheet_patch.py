"""Cells to be written into one worksheet part, turned into splices: every byte that is not such a cell stays where it is."""

import re
from dataclasses import dataclass

from adapters.workbooks.excel.cell_xml import CellWriter, Formula
from adapters.workbooks.excel.markup import Splice, attributes, spliced, with_attribute
from adapters.workbooks.excel.package import Pieces
from adapters.workbooks.excel.reference import MAX_COLUMNS, MAX_ROWS, Area
from adapters.workbooks.excel.sheet_xml import CellSpan, RowSpan, SheetXml
from runner.values import Value


@dataclass(frozen=True, slots=True)
class NewCell:
    """What a cell shall hold. `style`: the format it takes when it does not stand in the sheet yet; None: its row's or column's."""

    value: Value | Formula
    style: int | None = None


class SheetPatch:
    """Collects new cells by place; asked first, it says which places it must not touch."""

    def __init__(self, sheet: SheetXml, writer: CellWriter) -> None:
        self.sheet, self._writer = sheet, writer
        self._cells: dict[int, dict[int, NewCell]] = {}
        self._splices: list[Splice] = []
        self._widths: dict[int, int] = {}
        self._heights: dict[int, float] = {}
        self._rows: dict[int, dict[int, CellSpan]] = {}
        self._merged, self._formula_areas = sheet.merged(), sheet.area_formulas()
        #: Whether a formula was overwritten, so that the workbook's list of formulas is wrong.
        self.lost_formula = False

    @property
    def touched(self) -> bool:
        """Whether there is anything to write."""
        return bool(self._cells or self._splices)

    def refusal(self, row: int, column: int) -> str:
        """Why the cell must not be written, as a sentence; "" when it may."""
        if not (1 <= row <= MAX_ROWS and 0 <= column < MAX_COLUMNS):
            return "It lies outside of what an Excel sheet can hold."
        merged = next((area for area in self._merged if area.holds(row, column)), None)
        if merged and (row, column) != (merged.top, merged.left):
            return f"It is inside the merged cells {merged}. Unmerge them."
        if any(area.holds(row, column) for area in self._formula_areas):
            return "It belongs to a formula that fills several cells. Move that formula to a place of its own."
        cell = self._row(row).get(column)
        if cell and (self.sheet.formula(cell) or {}).get("t") == b"shared" and b"ref=" in cell.inner:
            return "It holds a formula that other cells share. Clear this column: Rowpact fills it."
        return ""

    def put(self, row: int, column: int, cell: NewCell) -> None:
        """Write this cell; the place must have been found free of refusals."""
        self._cells.setdefault(row, {})[column] = cell

    def has_formula(self, row: int, column: int) -> bool:
        """Whether a formula stands there."""
        cell = self._row(row).get(column)
        return cell is not None and self.sheet.formula(cell) is not None

    def filled_columns(self, row: int) -> set[int]:
        """The columns in which the row shows something, or soon will."""
        planned = self._cells.get(row, {})
        old = {column for column, cell in self._row(row).items() if column not in planned and self.sheet.has_value(cell)}
        return old | {column for column, cell in planned.items() if cell.value is not None}

    def styles(self, row: int) -> dict[int, int]:
        """Column → format, of the cells that stand in the row."""
        return {column: cell.style for column, cell in self._row(row).items()}

    def widen(self, column: int, width: int) -> None:
        """Give a column its width in characters, unless it has one."""
        self._widths[column + 1] = width

    def heighten(self, row: int, points: float) -> None:
        """Let a row be at least so high, so that its text can be read; a height that somebody chose stays."""
        self._heights[row] = max(points, self._heights.get(row, 0))

    def grow_filter(self, last: int, new_last: int) -> bool:
        """Let a sheet filter that ended at row `last` end at `new_last`; whether there was one."""
        sheet = self.sheet
        for found in sheet.pattern(rb'<{p}autoFilter\b[^>]*?\sref="([^"]+)"').finditer(sheet.data, sheet.end):
            try:
                area = Area.parse(found[1].decode())
            except ValueError:  # whole columns: it reaches every row
                return False
            views = sheet.data.find(b"<%scustomSheetViews" % sheet.prefix, sheet.end)
            if area.bottom == last and not 0 <= views < found.start():
                grown = str(area.grown(new_last, area.left)).encode()
                self._splices.append(Splice(found.start(1), found.end(1), grown))
                return True
        return False

    def pieces(self) -> Pieces:
        """The whole part, patched."""
        new_rows = []
        for number in sorted(self._cells):
            row = self.sheet.row(number)
            if row:
                self._patch_row(row, self._cells[number])
            elif number > self.sheet.last_row:
                new_rows.append(self._new_row(number))
            else:
                following = min((span for span in self.sheet.index.values() if span.number > number), key=lambda span: span.number)
                self._splices.append(Splice(following.start, following.start, self._new_row(number)))
        if new_rows:
            self._append_rows(b"".join(new_rows))
        self._grow_dimension()
        self._set_widths()
        return spliced(self.sheet.data, self._splices)

    def _row(self, number: int) -> dict[int, CellSpan]:
        if number not in self._rows:
            span = self.sheet.row(number)
            self._rows[number] = {cell.column: cell for cell in self.sheet.cells(span)} if span else {}
        return self._rows[number]

    def _patch_row(self, row: RowSpan, new: dict[int, NewCell]) -> None:
        tag = self.sheet.data[row.start : row.body]
        known = attributes(tag)
        row_style = int(known["s"]) if known.get("customFormat") in (b"1", b"true") and "s" in known else None
        if "spans" in known and re.fullmatch(rb"\d+:\d+", known["spans"]):
            low, high = map(int, known["spans"].split(b":"))
            spans = b"%d:%d" % (min(low, min(new) + 1), max(high, max(new) + 1))
            tag = tag if spans == known["spans"] else with_attribute(tag, "spans", spans)
        tag = self._high_enough(row.number, tag, known)
        if row.self_closed:
            cells = b"".join(self._fresh(row.number, column, new[column], row_style) for column in sorted(new))
            opened = tag[:-2].rstrip() + b">" + cells + b"</%srow>" % self.sheet.prefix
            self._splices.append(Splice(row.start, row.end, opened))
            return
        if tag != self.sheet.data[row.start : row.body]:
            self._splices.append(Splice(row.start, row.body, tag))
        self._patch_cells(row, new, row_style)

    def _high_enough(self, number: int, tag: bytes, known: dict[str, bytes]) -> bytes:
        points = self._heights.get(number, 0)
        chosen = known.get("customHeight") in (b"1", b"true")
        if not points or chosen or float(known.get("ht", b"0")) >= points:
            return tag
        height = b"%g" % points
        return with_attribute(tag, "ht", height) if "ht" in known else tag.replace(b"row", b'row ht="%s"' % height, 1)

    def _patch_cells(self, row: RowSpan, new: dict[int, NewCell], row_style: int | None) -> None:
        waiting, position = sorted(new), row.body
        for cell in self._row(row.number).values():
            while waiting and waiting[0] < cell.column:
                fresh = self._fresh(row.number, waiting[0], new[waiting.pop(0)], row_style)
                self._splices.append(Splice(cell.start, cell.start, fresh))
            if waiting and waiting[0] == cell.column:
                value = new[waiting.pop(0)].value
                self.lost_formula |= self.sheet.formula(cell) is not None and not isinstance(value, Formula)
                self._splices.append(Splice(cell.start, cell.end, self._writer.cell(row.number, cell.column, value, cell.style)))
            position = cell.end
        rest = b"".join(self._fresh(row.number, column, new[column], row_style) for column in waiting)
        if rest:
            self._splices.append(Splice(position, position, rest))

    def _fresh(self, row: int, column: int, cell: NewCell, row_style: int | None) -> bytes:
        """A cell that did not stand in the sheet."""
        for style in (cell.style, row_style):
            if style is not None:
                return self._writer.cell(row, column, cell.value, style)
        return self._writer.cell(row, column, cell.value, self._column_style(column))

    def _column_style(self, column: int) -> int:
        for tag in self.sheet.pattern(rb"<{p}col\s[^>]*>").findall(self.sheet.data, 0, self.sheet.start):
            known = attributes(tag)
            if int(known.get("min", b"0")) <= column + 1 <= int(known.get("max", b"0")):
                return int(known.get("style", b"0"))
        return 0

    def _new_row(self, number: int) -> bytes:
        new, prefix = self._cells[number], self.sheet.prefix
        cells = b"".join(self._fresh(number, column, new[column], None) for column in sorted(new))
        height = b' ht="%g"' % self._heights[number] if number in self._heights else b""
        return b'<%srow r="%d"%s>%s</%srow>' % (prefix, number, height, cells, prefix)

    def _append_rows(self, rows: bytes) -> None:
        sheet = self.sheet
        if sheet.self_closed:
            start, end = sheet.opening
            tag = sheet.data[start:end][:-2].rstrip() + b">"
            self._splices.append(Splice(start, end, tag + rows + b"</%ssheetData>" % sheet.prefix))
        else:
            self._splices.append(Splice(sheet.end, sheet.end, rows))

    def _grow_dimension(self) -> None:
        found = self.sheet.pattern(rb'<{p}dimension\b[^>]*?\sref="([^"]+)"').search(self.sheet.data, 0, self.sheet.start)
        if not found or not self._cells:
            return
        try:
            area = Area.parse(found[1].decode())
        except ValueError:  # whole columns: large enough already
            return
        for row, cells in self._cells.items():
            area = area.grown(row, min(cells)).grown(row, max(cells))
        if str(area).encode() != found[1]:
            self._splices.append(Splice(found.start(1), found.end(1), str(area).encode()))

    def _set_widths(self) -> None:
        sheet = self.sheet
        tags = list(sheet.pattern(rb"<{p}col\s[^>]*>").finditer(sheet.data, 0, sheet.start))
        last = max((int(attributes(tag[0]).get("max", b"0")) for tag in tags), default=0)
        tag = b'<%scol min="%d" max="%d" width="%d" customWidth="1"/>'
        new = b"".join(tag % (sheet.prefix, n, n, width) for n, width in sorted(self._widths.items()) if n > last)
        if new and tags:
            self._splices.append(Splice(tags[-1].end(), tags[-1].end(), new))
        elif new:
            start = sheet.opening[0]
            self._splices.append(Splice(start, start, b"<%scols>%s</%scols>" % (sheet.prefix, new, sheet.prefix)))
