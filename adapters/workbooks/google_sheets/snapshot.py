"""A reading as a snapshot: numbers become the dates that they show, and tabs that did not change are not built again.

Invariant: a row keeps its true number, and no cell is read as something that it does not show.
"""

from collections.abc import Iterator

from adapters.workbooks.google_sheets.kinds import Kinds
from adapters.workbooks.google_sheets.reading import Page, Reading
from adapters.workbooks.google_sheets.serials import value_of
from runner.model import Problem, Snapshot, Tab
from runner.values import Value, name_key


class Snapshots:
    """Remembers the last tab built from each page."""

    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds
        self._built: dict[int, tuple[str, int, Tab]] = {}

    def build(self, reading: Reading, problems: tuple[Problem, ...] = ()) -> Snapshot:
        """Of tabs whose names are alike only the first is read."""
        tabs: dict[str, Tab] = {}
        alike: list[Problem] = []
        for page in reading.pages:
            key = name_key(page.title)
            if key in tabs:
                alike.append(_namesake(page.title, tabs[key].name))
            else:
                tabs[key] = self._tab(page)
        return Snapshot(tabs=tabs, version=reading, problems=(*problems, *alike), open_to=reading.open_to)

    def _tab(self, page: Page) -> Tab:
        digest, age, tab = self._built.get(page.sheet_id, ("", 0, None))
        if tab is None or (digest, age) != (page.digest, self._kinds.age):
            tab = Tab.build(page.title, list(self._lines(page)))
            self._built[page.sheet_id] = (page.digest, self._kinds.age, tab)
        return tab

    def _lines(self, page: Page) -> Iterator[tuple[int, tuple[Value, ...]]]:
        special = self._kinds.special(page)
        for number, cells in page.lines():
            if number == 1 or not special:
                yield number, cells
                continue
            values: list[Value] = list(cells)
            for index, kinds in special.items():
                if index < len(cells) and not isinstance(cells[index], bool) and cells[index] in kinds:
                    values[index] = value_of(cells[index], kinds[cells[index]])
            yield number, tuple(values)


def _namesake(title: str, first: str) -> Problem:
    message = f"The tabs {first} and {title} are alike but for case and signs, so only {first} is read."
    return Problem(where=title, message=message, fix="Rename one of them.", tab=title)
