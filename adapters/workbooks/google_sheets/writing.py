"""One write from look to settlement: look at the tabs once more, send all or nothing, see where it landed.

Invariant: what may have been done is never sent again unseen; what landed beside its row is taken back before anybody is told that
it was written.
"""

from typing import Any

from gspread.exceptions import APIError

from adapters.workbooks.google_sheets.client import SheetsClient, Unsure
from adapters.workbooks.google_sheets.failures import request_number, said
from adapters.workbooks.google_sheets.kinds import Kinds
from adapters.workbooks.google_sheets.looks import Looks, TabGone
from adapters.workbooks.google_sheets.plan import Edits, Plan, concerned
from adapters.workbooks.google_sheets.reading import Reading
from adapters.workbooks.google_sheets.strays import put_back, rows_told
from runner import tabs
from runner.errors import WorkbookBusy, WorkbookChanged
from runner.model import Problem, TabEdit, column_letter

#: Times that a write is looked after when its answer was lost, or cells are protected.
_ROUNDS = 8
_FIELDS = "spreadsheetId,updatedSpreadsheet(sheets(properties(sheetId),data(startRow,rowData(values(effectiveValue)))))"


class Writing:
    """The edits of one `Workbook.write`; `refused` says what was left out."""

    def __init__(self, client: SheetsClient, spreadsheet: str, looks: Looks, kinds: Kinds) -> None:
        self._client, self._spreadsheet, self._looks, self._kinds = client, spreadsheet, looks, kinds
        self.refused: list[Problem] = []
        self._barred: set[tuple[int, int, int]] = set()
        self._drawing = True

    def write(self, edits: Edits, before: Reading) -> Reading:
        """Returns what stands afterwards. Raises `WorkbookChanged`, `WorkbookBusy`, ValueError or what `FAILURES` names."""
        ids = concerned(edits, before)
        if not ids and not any(isinstance(edit, TabEdit) and before.page(edit.tab) is None for edit in edits):
            return before
        sent: Plan | None = None
        for _ in range(_ROUNDS):
            now = self._look(ids, before, sent)
            if sent and sent.stands(now):
                return self._settled(sent)
            plan = Plan(edits, now, self._kinds, self._barred, drawing=self._drawing)
            if not plan.requests:
                return now
            plan.refuse_moved(before)
            try:
                answer = self._client.change(self._spreadsheet, plan.body(), _FIELDS)
            except Unsure:
                sent = plan
            except APIError as error:
                self._leave_out(plan, error)
            else:
                self._take_back_strays(plan, answer)
                return self._settled(plan)
        raise WorkbookBusy("Google did not answer whether it took the changes. Rowpact looks again and writes what is missing.")

    def _look(self, ids: list[int], before: Reading, sent: Plan | None) -> Reading:
        """What stands there now; after an answer that was lost, new tabs included."""
        try:
            if sent and sent.makes_tabs:
                self._looks.forget()
                now = self._looks.all()
            else:
                now = before.replaced(self._looks.some(ids))
        except TabGone as error:
            self._looks.forget()
            raise WorkbookChanged("A tab was deleted in the moment before writing.") from error
        except APIError as error:
            if error.response.status_code != 400:
                raise
            self._looks.forget()
            raise WorkbookChanged("The tabs changed in the moment before writing.") from error
        titles = {page.sheet_id: page.title for page in now.pages}
        if any(titles.get(page.sheet_id) != page.title for page in before.pages):
            raise WorkbookChanged("A tab changed its name in the moment before writing.")
        return now

    def _settled(self, plan: Plan) -> Reading:
        plan.learned()
        after = plan.after()
        self._looks.know(after)
        return after

    def _leave_out(self, plan: Plan, error: APIError) -> None:
        """Cells that are protected against us, and charts, stay out of the next try. Raises when it was anything else."""
        number = request_number(error)
        request = plan.requests[number] if number is not None and number < len(plan.requests) else {}
        if "addSheet" in request:
            self._looks.forget()
            raise WorkbookChanged("A tab of that name was made in the moment before writing.") from error
        if "addChart" in request:
            self._drawing = False
            title, why = tabs.KPIS.name, said(error)
            self.refused.append(
                Problem(where=title, message=f"Google did not take the charts: {why}", fix="The numbers are there.", tab=title)
            )
            return
        if "updateCells" not in request or "protected" not in said(error):
            raise error
        start = request["updateCells"]["start"]
        title = plan.title(start["sheetId"])
        for down, line in enumerate(request["updateCells"]["rows"]):
            for right in range(len(line["values"])):
                self._barred.add((start["sheetId"], start["rowIndex"] + down + 1, start["columnIndex"] + right))
        place = f"{title}!{column_letter(start['columnIndex'])}{start['rowIndex'] + 1}"
        message = "Rowpact could not write here: these cells are protected."
        fix = f"In Data > Protect sheets and ranges, let {self._client.account or 'the account of Rowpact'} edit them."
        self.refused.append(Problem(where=place, message=message, fix=fix, tab=title))

    def _take_back_strays(self, plan: Plan, answer: Any) -> None:
        rows = rows_told(answer)
        requests = [each for patch in plan.patches.values() for each in put_back(patch, rows.get(patch.page.sheet_id, {}))]
        if not requests:
            return
        try:
            self._client.change(self._spreadsheet, {"requests": requests}, "spreadsheetId")
        except Unsure:
            self._client.change(self._spreadsheet, {"requests": requests}, "spreadsheetId")
        raise WorkbookChanged("Somebody moved rows or columns in the moment of writing. What landed wrong was taken back.")
