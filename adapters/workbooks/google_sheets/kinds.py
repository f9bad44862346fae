"""Which numbers are dates: the values of a sheet do not tell, so cells with numbers never seen before are asked for their format.

Invariant: what a number in a column means is asked once and remembered. A number that cannot be mistaken in its column – no
likely date among plain numbers, or a likely date among dates – is not asked for, so that most looks cost one call.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from adapters.workbooks.google_sheets.reading import Page, Reading, nameless
from adapters.workbooks.google_sheets.serials import ERRORS, Kind, Raw, is_empty, kind_of, told_raw
from runner.tabs import STANDARD_TABS, StandardTab
from runner.values import name_key

#: Days from 1926 to 2099.
_LIKELY = range(9_500, 73_051)
#: Rows between two numbers of a column that are asked for along with them, to make fewer ranges.
_GAP = 50
#: Cells in one answer, about 5 MB.
CELLS_A_CALL = 50_000
#: What is asked for.
FIELDS = (
    "sheets(properties(sheetId),data(startRow,startColumn,"
    "rowData(values(effectiveValue,effectiveFormat(numberFormat),userEnteredFormat(numberFormat)))))"
)

Column = tuple[int, str]
GridRange = Mapping[str, int]


class Kinds:
    """What is known of the numbers in each column, by the column's header."""

    def __init__(self) -> None:
        self._known: dict[Column, dict[Raw, Kind]] = {}
        self._habits: dict[Column, set[Kind]] = {}
        #: Grows with all that is learned.
        self.age = 0

    def learn(self, sheet_id: int, header: str, raw: Raw, kind: Kind) -> None:
        """This value in this column means that."""
        column = sheet_id, header
        if self._known.setdefault(column, {}).get(raw) is not kind:
            self._known[column][raw] = kind
            self.age += 1
        if isinstance(raw, int | float):
            self._habits.setdefault(column, set()).add(kind)

    def kind(self, page: Page, header: str, raw: Raw) -> Kind | None:
        """What the value means in this column; None when it has to be asked for."""
        if isinstance(raw, bool) or raw is None or (isinstance(raw, str) and raw not in ERRORS):
            return Kind.PLAIN
        standard = STANDARD_TABS.get(name_key(page.title))
        if described := _described(standard, header):
            return described if not isinstance(raw, str) else Kind.PLAIN
        known = self._known.get((page.sheet_id, header), {}).get(raw)
        if known or isinstance(raw, str) or standard:  # Settings hold anything, one below the other
            return known
        habits = self._habits.get((page.sheet_id, header), set())
        if habits == {Kind.PLAIN} and not _is_likely(raw):
            return Kind.PLAIN
        return Kind.DATE if habits == {Kind.DATE} and int(raw) in _LIKELY else None

    def is_described(self, page: Page, header: str) -> bool:
        """Whether the column's format is the tab's own: of the runner's tabs, made with it."""
        return _described(STANDARD_TABS.get(name_key(page.title)), header) is Kind.DATE

    def special(self, page: Page) -> dict[int, dict[Raw, Kind]]:
        """Zero-based column → the values in it that are not what they look like."""
        found = {}
        for header, index in page.keys.items():
            self._forget(page, header, index)
            kinds = {raw: kind for raw in _numbers(page, index) if (kind := self.kind(page, header, raw)) not in (None, Kind.PLAIN)}
            if kinds:
                found[index] = kinds
        return found  # type: ignore[return-value]  # None was left out

    def _forget(self, page: Page, header: str, index: int) -> None:
        """Values that no longer stand in the column: what is known never grows beyond the sheet."""
        if known := self._known.get((page.sheet_id, header)):
            for raw in known.keys() - _numbers(page, index):
                del known[raw]

    def describes(self, page: Page) -> bool:
        """Whether all numbers of the tab are known by its description: of the runner's own tabs."""
        standard = STANDARD_TABS.get(name_key(page.title))
        return standard is not None and standard.runners

    def questions(self, reading: Reading) -> list[list[GridRange]]:
        """The cells to ask for, as the ranges of one call each."""
        calls: list[list[GridRange]] = []
        room = 0
        for page in reading.pages:
            asked = False
            for each in (each for header, index in page.keys.items() for each in self._unknown(page, header, index)):
                size = each["endRowIndex"] - each["startRowIndex"]
                if size > room:
                    calls.append([])
                    room, asked = CELLS_A_CALL, False
                calls[-1] += [each] if asked else [_header_range(page), each]
                room, asked = room - size, True
        return calls

    def heard(self, answer: Mapping[str, Any]) -> None:
        """Learn from the answer; its own header row says which column is which, for people may move columns in between."""
        for sheet in answer.get("sheets", ()):
            sheet_id = sheet.get("properties", {}).get("sheetId", 0)
            blocks = sheet.get("data", ())
            headers = next((_texts(block) for block in blocks if not block.get("startRow")), {})
            for block in blocks:
                for index, cell in _cells(block):
                    value = cell.get("effectiveValue", {})
                    shown = cell.get("effectiveFormat") or cell.get("userEnteredFormat") or {}
                    self._hear(sheet_id, headers.get(index, nameless(index)), told_raw(value), kind_of(value, shown))

    def _hear(self, sheet_id: int, header: str, raw: Raw, kind: Kind) -> None:
        if not isinstance(raw, bool) and (isinstance(raw, int | float) or raw in ERRORS):
            self.learn(sheet_id, header, raw, kind)

    def _unknown(self, page: Page, header: str, index: int) -> list[GridRange]:
        numbers: list[int] = []
        for number, cells in enumerate(page.rows[1:], 2):
            if index < len(cells) and self.kind(page, header, cells[index]) is None:
                numbers.append(number)
        column = {"sheetId": page.sheet_id, "startColumnIndex": index, "endColumnIndex": index + 1}
        return [{**column, "startRowIndex": first - 1, "endRowIndex": last} for first, last in _stretches(numbers)]


def _described(standard: StandardTab | None, header: str) -> Kind | None:
    """What the runner's own tabs hold is known."""
    column = standard.column(header) if standard and standard.runners else None
    if column is None:
        return None
    return Kind.DATE if column.format == "time" else Kind.PLAIN


def _is_likely(raw: float) -> bool:
    """Whether it may be a day of these times, or a time of day."""
    return int(raw) in _LIKELY or 0 < raw < 1


def _numbers(page: Page, index: int) -> set[Raw]:
    """The values of a column that may not be what they look like."""
    values = {cells[index] for cells in page.rows[1:] if index < len(cells) and not isinstance(cells[index], bool)}
    return {raw for raw in values if isinstance(raw, int | float) or raw in ERRORS}


def _header_range(page: Page) -> GridRange:
    return {"sheetId": page.sheet_id, "startRowIndex": 0, "endRowIndex": 1}


def _stretches(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """(first, last) of numbers that stand near each other."""
    first = last = 0
    for number in numbers:
        if first and number - last > _GAP:
            yield first, last
            first = 0
        first, last = first or number, number
    if first:
        yield first, last


def _cells(block: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for row in block.get("rowData", ()):
        yield from enumerate(row.get("values", ()), block.get("startColumn", 0))


def _texts(block: Mapping[str, Any]) -> dict[int, str]:
    """Column → header key, of the block's first row."""
    found = {}
    for row in block.get("rowData", ())[:1]:
        for index, cell in enumerate(row.get("values", ()), block.get("startColumn", 0)):
            raw = told_raw(cell.get("effectiveValue", {}))
            if not is_empty(raw):
                found[index] = name_key(str(raw))
    return found
