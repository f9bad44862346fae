"""The whole workbook as a snapshot. What is returned is one state of the file: its version is the same before and after."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.workbooks.excel.diagnose import diagnose, wrong_zip
from adapters.workbooks.excel.package import DAMAGED, BadPackage, Package
from adapters.workbooks.excel.reference import Area
from adapters.workbooks.excel.sheet_scan import Errors, scan
from adapters.workbooks.excel.version import Version, version_of
from adapters.workbooks.excel.workbook_xml import WorkbookXml
from runner.errors import WorkbookUnreadable
from runner.model import Problem, Snapshot, Tab
from runner.ports import Clock
from runner.values import ErrorValue, Value, name_key

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

#: Seconds between looks at a file that is being saved or replaced: one in all.
_WAITS = (0.1, 0.2, 0.3, 0.4)
#: Merged ranges named in one problem.
_NAMED = 5
_WHOLE = 2**53


def read(path: Path, clock: Clock) -> Snapshot:
    """Read the file; waits up to a second for one that is just being saved. Raises `WorkbookUnreadable` with a sentence."""
    reason = ""
    for wait in (*_WAITS, None):
        try:
            before = version_of(path)
            snapshot = _read(path, before)
            if version_of(path) == before:
                return snapshot
            reason = "it changes again and again while it is being read. Rowpact will look again"
        except BadPackage as error:
            reason = str(error)
            if not error.may_settle:
                break
        except OSError as error:
            reason = why_not_opened(path, error)
        if wait is not None:
            clock.sleep(wait)
    message = f"{path.name} cannot be read: {reason.rstrip('.')}."
    raise WorkbookUnreadable(message)


def why_not_opened(path: Path, error: OSError) -> str:
    """The clause for a file that the computer would not open, with the mend."""
    match error:
        case FileNotFoundError():
            return f"it is not in the folder {path.absolute().parent}. Put it back, or write its new place into config.toml"
        case PermissionError():
            return "this computer does not let Rowpact open it. Give its user the right to read and change the file"
    return f"the disk did not answer ({error.strerror or 'no reason given'}). See whether its drive is connected"


def _read(path: Path, version: Version) -> Snapshot:
    diagnose(path)
    with path.open("rb") as file:
        package = Package(file)
        if wrong := wrong_zip(package.names):
            raise BadPackage(wrong)
        errors = _look_through(package)
    tabs: dict[str, Tab] = {}
    problems: list[Problem] = []
    with _calamine_faults():
        from python_calamine import CalamineWorkbook

        with CalamineWorkbook.from_path(path) as workbook:
            for name, faults in errors.items():
                sheet = workbook.get_sheet_by_name(name)
                tab = Tab.build(name, _grid(sheet, faults))
                if name_key(name) in tabs:
                    problems.append(_namesake(tab, tabs[name_key(name)]))
                    continue
                tabs[name_key(name)] = tab
                problems += _merged(tab, sheet)
    return Snapshot(tabs=tabs, version=version, problems=tuple(problems))


def _namesake(tab: Tab, first: Tab) -> Problem:
    message = f"The tabs {first.name} and {tab.name} are alike but for case and signs, so only {first.name} is read."
    return Problem(where=tab.name, message=message, fix="Rename one of them.", tab=tab.name)


def _look_through(package: Package) -> dict[str, Errors]:
    """Unpack every large part that will be read, so that a false header is found here; tab name → its formula errors."""
    workbook = WorkbookXml(package)
    if strings := workbook.related("sharedStrings"):
        package.read(strings)
    return {sheet.name: scan(sheet.name, package.read(sheet.part)) for sheet in workbook.sheets}


@contextmanager
def _calamine_faults() -> Iterator[None]:
    from python_calamine import CalamineError

    try:
        yield
    except CalamineError as error:
        raise BadPackage(DAMAGED, may_settle=True) from error
    except BaseException as error:
        # Rust's panic reaches Python as a BaseException without a public class
        if type(error).__name__ != "PanicException":
            raise
        raise BadPackage(DAMAGED, may_settle=True) from error


def _grid(sheet: "CalamineSheet", errors: Errors) -> Iterator[tuple[int, tuple[Value, ...]]]:
    """Rows with their true numbers, from A1 on: calamine begins at the first used column and counts from row 1."""
    left = (None,) * (sheet.start[1] if sheet.start else 0)
    number = 0
    for number, cells in enumerate(sheet.iter_rows(), 1):
        values = left + tuple(map(_value, cells))
        yield number, _with_errors(values, errors[number]) if number in errors else values
    for beyond in sorted(row for row in errors if row > number):
        yield beyond, _with_errors((), errors[beyond])


def _value(cell: object) -> Value:
    if type(cell) is float and cell.is_integer() and abs(cell) < _WHOLE:
        return int(cell)
    return None if cell == "" else cell  # type: ignore[return-value]  # calamine's other types are all ours


def _with_errors(values: tuple[Value, ...], errors: Mapping[int, ErrorValue]) -> tuple[Value, ...]:
    row = [*values, *(None for _ in range(len(values), max(errors) + 1))]
    for column, error in errors.items():
        row[column] = error
    return tuple(row)


def _merged(tab: Tab, sheet: "CalamineSheet") -> list[Problem]:
    """One problem for merged cells under the headers of a tab that holds rows; a title over a page of text harms nobody."""
    named = [column for column, header in enumerate(tab.headers) if header]
    areas = sorted(
        Area(top=first[0] + 1, left=first[1], bottom=last[0] + 1, right=last[1])
        for first, last in sheet.merged_cell_ranges or []
        if any(first[1] <= column <= last[1] for column in named)
    )
    if len(named) < 2 or not areas:
        return []
    ranges = ", ".join(map(str, areas[:_NAMED])) + (f" and {len(areas) - _NAMED} more" if len(areas) > _NAMED else "")
    message = f"These cells are merged: {ranges}. Only the first of them holds a value; the rest read as blank."
    fix = "Select them and choose Merge & Center > Unmerge Cells."
    return [Problem(where=f"{tab.name}!{areas[0]}", message=message, fix=fix, tab=tab.name)]
