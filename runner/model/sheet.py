"""What one read of the workbook saw, and what is to be written into it.

Invariant: a row's number lives no longer than the `Snapshot` it came from.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from runner.values import Value, is_blank, name_key, show


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A mistake with an address: what is wrong, where it stands, how to mend it."""

    where: str
    """`Steps!F14`, `Leads!row 7`, `config.toml [http] allow`, or the file's name."""
    message: str
    fix: str = ""
    tab: str = ""
    row: int | None = None
    contract: str | None = None
    """The contract that cannot start runs because of it; None when it stops nothing."""

    def __str__(self) -> str:
        return f"{self.where}: {self.sentence}"

    @property
    def sentence(self) -> str:
        """What is wrong and how to mend it, without the address: for the `Check` cell beside the row."""
        return f"{self.message} {self.fix}".strip()


def column_letter(index: int) -> str:
    """`0` → `A`, `27` → `AB`."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@dataclass(frozen=True, slots=True)
class Row:
    """One row of one read. Cells are reached by header, in any spelling of it."""

    tab: "Tab"
    #: 1-based, as the spreadsheet shows it; the header is row 1.
    number: int
    cells: tuple[Value, ...]

    def get(self, header: str) -> Value:
        """The cell under the header; None when it is blank or the tab has no such column."""
        column = self.tab.columns.get(name_key(header))
        if column is None or column >= len(self.cells):
            return None
        value = self.cells[column]
        return None if is_blank(value) else value

    def text(self, header: str) -> str:
        """The cell as stripped text; "" when blank."""
        return show(self.get(header)).strip()

    def address(self, header: str) -> str:
        """`Steps!F14`, or `Steps!row 14` when the tab has no such column."""
        column = self.tab.columns.get(name_key(header))
        return f"{self.tab.name}!{f'row {self.number}' if column is None else f'{column_letter(column)}{self.number}'}"

    def values(self) -> dict[str, Value]:
        """Header → value for every named column, blanks as None."""
        return {header: self.get(header) for header in self.tab.headers if header}


@dataclass(frozen=True, slots=True, eq=False)
class Tab:
    """One tab of one read: row 1 as headers, the non-empty rows below it."""

    name: str
    #: As typed, left to right; "" for a column without header.
    headers: tuple[str, ...] = ()
    #: `name_key(header)` → zero-based column; of two headers alike, the first.
    columns: Mapping[str, int] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    #: Headers that stand more than once, as typed.
    doubled: tuple[str, ...] = ()

    @classmethod
    def build(cls, name: str, grid: Iterator[tuple[int, tuple[Value, ...]]] | list[tuple[int, tuple[Value, ...]]]) -> "Tab":
        """From (row number, cells) pairs; a row of blanks is no row. Row 1 gives the headers."""
        headers: tuple[str, ...] = ()
        body: list[tuple[int, tuple[Value, ...]]] = []
        for number, cells in grid:
            if number == 1:
                headers = tuple("" if is_blank(cell) else str(cell).strip() for cell in cells)
            elif any(not is_blank(cell) for cell in cells):
                body.append((number, cells))
        columns: dict[str, int] = {}
        doubled = []
        for index, header in enumerate(headers):
            if header and columns.setdefault(name_key(header), index) != index:
                doubled.append(header)
        rows: list[Row] = []
        tab = cls(name=name, headers=headers, columns=columns, rows=(), doubled=tuple(doubled))
        rows.extend(Row(tab, number, cells) for number, cells in body)
        object.__setattr__(tab, "rows", tuple(rows))
        return tab

    def has(self, header: str) -> bool:
        """Whether the tab has this column, in any spelling."""
        return name_key(header) in self.columns


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Snapshot:
    """Everything one read of the workbook saw."""

    #: `name_key(tab name)` → tab.
    tabs: Mapping[str, Tab]
    #: What the workbook was when it was read (for a file: inode, size, modification time). Opaque; equal means unchanged.
    version: object
    #: Things the reader wants the owner to know, for example merged cells in a data tab.
    problems: tuple[Problem, ...] = ()
    #: Who can edit it beyond those it is shared with by name: `anyone with the link`; "" for nobody, or not known.
    open_to: str = ""

    #: `name_key(tab name)` of a tab that runs and rows remember → that of the tab it is now, because somebody renamed it.
    renamed: Mapping[str, str] = field(default_factory=dict)

    def tab(self, name: str) -> Tab | None:
        """The tab, in any spelling of its name."""
        return self.tabs.get(name_key(name))

    def tab_once(self, name: str) -> Tab | None:
        """The tab of that name, or that had it when something was remembered of it."""
        return self.tabs.get(self.now_called(name))

    def now_called(self, name: str) -> str:
        """`name_key` of what the tab of that name is called now."""
        key = name_key(name)
        return key if key in self.tabs else self.renamed.get(key, key)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowEdit:
    """Cells of one row to be written: header → value (None empties the cell)."""

    tab: str
    #: The row of the snapshot that the edit was decided on; None appends a row.
    row: int | None
    cells: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class TabEdit:
    """A tab, or columns of it, that must exist: missing ones are added at the right, nothing is moved."""

    tab: str
    headers: tuple[str, ...]
