"""Google Sheets workbooks: every tab read in one call, everything written in one, rows found by what they hold."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from adapters.workbooks.google_sheets.client import SheetsClient, Unsure
from adapters.workbooks.google_sheets.failures import FAILURES, explain
from adapters.workbooks.google_sheets.kinds import FIELDS, Kinds
from adapters.workbooks.google_sheets.looks import Looks, TabGone
from adapters.workbooks.google_sheets.reading import Reading
from adapters.workbooks.google_sheets.sharing import Sharing
from adapters.workbooks.google_sheets.snapshot import Snapshots
from adapters.workbooks.google_sheets.writing import Writing
from runner.errors import RowpactError, WorkbookBusy, WorkbookChanged, WorkbookUnreadable
from runner.model import Problem, RowEdit, Snapshot, TabEdit
from runner.ports import Clock
from runner.values import name_key

#: A look this long ago is looked at anew.
_AT_ONCE = timedelta(seconds=5)


class GoogleWorkbook:
    """One Google sheet that people edit at any time; implements `runner.ports.Workbook`.

    `key`: names it in idempotency keys, whatever its title. `sharing`: the login may look at who can edit it.
    """

    def __init__(self, spreadsheet: str, client: SheetsClient, *, key: str, clock: Clock, sharing: bool = False) -> None:
        self.key = key
        self._sharing = Sharing(client, spreadsheet, clock, asked=sharing)
        self._spreadsheet, self._client = spreadsheet, client
        self._looks = Looks(client, spreadsheet, clock)
        self._kinds = Kinds()
        self._snapshots = Snapshots(self._kinds)
        self._clock = clock
        #: The last look and its moment, until somebody reads it.
        self._kept: tuple[datetime, Reading] | None = None
        #: Tab → the number by which an address opens it, as of the last look.
        self._places: dict[str, int] = {}
        #: What the last write had to leave out, with its place and the mend; everything else of it was written.
        self.refused: list[Problem] = []

    @property
    def name(self) -> str:
        """The sheet's title, once it was looked at."""
        return self._looks.title or "The Google sheet"

    @property
    def facts(self) -> Mapping[str, str]:
        """How many calls it took, in which zone the sheet reckons, and who can edit it."""
        told = {"calls to Google": self._client.pace.told(), "time zone of the sheet": self._looks.zone}
        return told | {"who can edit": self._sharing.told}

    def version(self) -> Reading:
        """What stands in it now, by one call; `read` gives the same without another. Raises `WorkbookUnreadable`."""
        self._kept = None
        with self._said():
            reading = self._looks.all()
        self._places = {name_key(page.title): page.sheet_id for page in reading.pages}
        self._sharing.look()
        reading = replace(reading, open_to=self._sharing.open_to)
        self._kept = self._clock.now(), reading
        return reading

    def read(self) -> Snapshot:
        """Every tab, hidden ones too. Raises `WorkbookUnreadable` with a sentence.

        One call, and one more when there are numbers that were never seen before, to learn which of them are dates.
        """
        kept = self._kept and self._clock.now() - self._kept[0] < _AT_ONCE and self._kept[1]
        reading = kept or self.version()
        self._kept = None
        with self._said():
            for ranges in self._kinds.questions(reading):
                self._kinds.heard(self._client.cells(self._spreadsheet, ranges, FIELDS))
        return self._snapshots.build(reading, self._looks.problems(reading))

    def busy(self) -> str:
        """Never: people and programs edit a Google sheet side by side."""
        return ""

    def link(self, tab: str, cell: str = "") -> str:
        """Its address in the browser, at this tab as far as it was looked at, and at this cell of it."""
        place = f"#gid={self._places[name_key(tab)]}" if name_key(tab) in self._places else ""
        place += f"&range={cell}" if place and cell else ""
        return f"https://docs.google.com/spreadsheets/d/{self._spreadsheet}/edit{place}"

    def write(self, edits: Sequence[TabEdit | RowEdit], snapshot: Snapshot) -> object:
        """Write all of it or nothing; see `runner.ports.Workbook`. Cells that are protected against us go to `refused`.

        Raises ValueError when an edit names a tab or header that is not there and that no `TabEdit` asks for, or holds a time
        with a zone; `WorkbookBusy` when Google does not take it now.
        """
        self.refused, self._kept = [], None
        before = snapshot.version
        if not edits or not isinstance(before, Reading):
            return before
        writing = Writing(self._client, self._spreadsheet, self._looks, self._kinds)
        with self._said(writing=True):
            after = writing.write(edits, before)
        self.refused = writing.refused
        return after

    @contextmanager
    def _said(self, *, writing: bool = False) -> Iterator[None]:
        """What Google refuses, as a sentence."""
        kind: type[RowpactError] = WorkbookBusy if writing else WorkbookUnreadable
        try:
            yield
        except TabGone as error:
            self._looks.forget()
            raise (
                WorkbookChanged("A tab was deleted while the sheet was read.")
                if writing
                else WorkbookUnreadable(f"{self.name}: a tab was deleted while it was read. Rowpact looks again.")
            ) from error
        except Unsure as error:
            raise WorkbookBusy("Google did not answer. Rowpact looks again and writes what is missing.") from error
        except FAILURES as error:
            raise kind(f"{self.name}: {explain(error, self._client.account, writing=writing)}") from error
