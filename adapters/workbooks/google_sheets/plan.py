"""One write: the edits of all tabs as the body of one `batchUpdate`, decided on what stands in those tabs now.

Invariant: positions come from the look made just before; where rows, headers or the end of a tab stand otherwise than in the
snapshot, there is no plan.
"""

from collections.abc import Collection, Iterator, Sequence
from hashlib import sha256
from typing import Any

from adapters.workbooks.google_sheets.charts import charts
from adapters.workbooks.google_sheets.kinds import Kinds
from adapters.workbooks.google_sheets.layout import new_tab
from adapters.workbooks.google_sheets.page_patch import PagePatch, Spot
from adapters.workbooks.google_sheets.reading import Page, Reading
from runner import tabs
from runner.errors import WorkbookChanged
from runner.model import RowEdit, TabEdit, column_letter
from runner.values import name_key

Edits = Sequence[TabEdit | RowEdit]
#: Rows above the end of a tab that are looked at again after rows were added below.
WITNESSES = 200
_OURS_ALONE = {name_key(tab.name) for tab in (tabs.AUDIT, tabs.RUNNER)}


def concerned(edits: Edits, reading: Reading) -> list[int]:
    """The ids of the tabs that these edits are about; new tabs have none yet. Raises ValueError for a tab that nobody asks for."""
    found: dict[int, None] = {}
    asked = {name_key(edit.tab) for edit in edits if isinstance(edit, TabEdit)}
    for edit in edits:
        page = reading.page(edit.tab)
        if page is None and name_key(edit.tab) not in asked:
            message = f"there is no tab {edit.tab}: ask for it with a TabEdit first"
            raise ValueError(message)
        if page and not (isinstance(edit, TabEdit) and _is_there(edit, page)):
            found[page.sheet_id] = None
    return list(found)


def _is_there(edit: TabEdit, page: Page) -> bool:
    return all(name_key(header) in page.columns for header in edit.headers)


class Plan:
    """`reading`: what stands there now. Tabs and columns come first, then rows in their order."""

    def __init__(
        self, edits: Edits, reading: Reading, kinds: Kinds, barred: Collection[Spot] = (), *, drawing: bool = True
    ) -> None:
        self._drawing = drawing
        self._reading, self._kinds, self._barred = reading, kinds, barred
        self.patches: dict[str, PagePatch] = {}
        self._new: dict[str, TabEdit] = {}
        for edit in edits:
            page = reading.page(edit.tab)
            if isinstance(edit, TabEdit) and not (page and _is_there(edit, page)):
                if page is None:
                    self._new.setdefault(name_key(edit.tab), edit)
                self._patch(edit.tab).add_columns(edit.headers)
        for edit in edits:
            if isinstance(edit, RowEdit) and edit.row is None:
                self._patch(edit.tab).add_row(edit.cells)
            elif isinstance(edit, RowEdit) and edit.row is not None:
                self._patch(edit.tab).set_row(edit.row, edit.cells)
        self.requests = list(self._requests())

    def stands(self, now: Reading) -> bool:
        """Whether all of it is there: it was done though nobody said so."""
        there = {page.sheet_id: page.digest for page in now.pages}
        return all(there.get(patch.page.sheet_id) == patch.after().digest for patch in self.patches.values())

    def title(self, sheet_id: int) -> str:
        """The name of a tab that is written into."""
        return next(patch.page.title for patch in self.patches.values() if patch.page.sheet_id == sheet_id)

    @property
    def makes_tabs(self) -> bool:
        """Whether a tab is new, so that the list of tabs has to be looked at again."""
        return bool(self._new)

    def refuse_moved(self, before: Reading) -> None:
        """Raises `WorkbookChanged` when what is written into stands otherwise than it was decided on."""
        for patch in self.patches.values():
            was = before.page(patch.page.title)
            if was is None or was.sheet_id != patch.page.sheet_id:
                if patch.page.title in (page.title for page in self._reading.pages):
                    raise WorkbookChanged(f"The tab {patch.page.title} changed in the moment before writing.")
                continue
            rows = {1, *patch.touched, *patch.appended}
            if was.used != patch.page.used or any(was.row(row) != patch.page.row(row) for row in rows):
                raise WorkbookChanged(f"Somebody changed the tab {patch.page.title} in the moment before writing.")

    def after(self) -> Reading:
        """Everything as it stands when all is written."""
        return self._reading.replaced(patch.after() for patch in self.patches.values())

    def body(self) -> dict[str, Any]:
        """BatchUpdateSpreadsheetRequest; it asks for the rows as they are right after it."""
        ranges = [text for patch in self.patches.values() for text in _seen_again(patch)]
        asked = {"includeSpreadsheetInResponse": True, "responseRanges": ranges} if ranges else {}
        return {"requests": self.requests, **asked}

    def learned(self) -> None:
        """All was written."""
        for patch in self.patches.values():
            patch.learned()

    def _patch(self, name: str) -> PagePatch:
        key = name_key(name)
        if key not in self.patches:
            page = self._reading.page(name)
            if page is None and key not in self._new:
                message = f"there is no tab {name}: ask for it with a TabEdit first"
                raise ValueError(message)
            self.patches[key] = PagePatch(page or self._empty(self._new[key]), self._kinds, self._barred)
        return self.patches[key]

    def _empty(self, edit: TabEdit) -> Page:
        taken = {page.sheet_id for page in self._reading.pages}
        sheet_id = int.from_bytes(sha256(edit.tab.encode()).digest()[:4]) >> 1
        while sheet_id in taken:
            sheet_id += 1
        return Page(sheet_id=sheet_id, title=edit.tab, height=1000, width=max(1, len(edit.headers)))

    def _requests(self) -> Iterator[dict[str, Any]]:
        for key, edit in self._new.items():
            page = self.patches[key].page
            yield from new_tab(edit, page.sheet_id, rows=page.height)
        for patch in self.patches.values():
            yield from patch.requests()
        yield from self._charts()

    def _charts(self) -> Iterator[dict[str, Any]]:
        """Charts on a tab KPIs that is made now."""
        if self._drawing and name_key(tabs.KPIS.name) in self._new:
            weeks = self.patches.get(name_key(tabs.KPI_WEEKS.name))
            page = weeks.page if weeks else self._reading.page(tabs.KPI_WEEKS.name)
            if page:
                columns = weeks.columns if weeks else page.columns
                yield from charts(self.patches[name_key(tabs.KPIS.name)].page.sheet_id, page.sheet_id, columns)


def _seen_again(patch: PagePatch) -> Iterator[str]:
    """The header row, the rows that are written into, and where rows are added the end of the tab, in A1 notation."""
    page = patch.page
    rows = {1, *patch.touched, *_end(patch)}
    if not page.rows or (rows == {1} and not patch.added):
        return
    title, last = page.title.replace("'", "''"), column_letter(max(page.width, 1) - 1)
    for first, end in _stretches(sorted(rows)):
        yield f"'{title}'!A{first}:{last}{end}"


def _end(patch: PagePatch) -> range:
    """The rows by which it can be seen that the end of the tab stood still; nobody types into Audit."""
    if not patch.appended or name_key(patch.page.title) in _OURS_ALONE:
        return range(0)
    return range(max(2, patch.page.used - WITNESSES), patch.appended.stop)


def _stretches(rows: list[int]) -> Iterator[tuple[int, int]]:
    first = rows[0]
    for row, following in zip(rows, [*rows[1:], 0], strict=True):
        if following != row + 1:
            yield first, row
            first = following
