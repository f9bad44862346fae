"""Each call that the server knows, carried out for an account.

Invariant: a call that changes a book works on a copy, which takes the book's place when all of it was done.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.servers.sheets import changes, drive, masks, unproven, values
from tests.servers.sheets.answers import narrow_scopes, not_found, not_made_here, not_shared, storage_full
from tests.servers.sheets.book import Book
from tests.servers.sheets.discovery import Method, sheets_api
from tests.servers.sheets.grid import Grid
from tests.servers.sheets.structure import add_sheet
from tests.servers.sheets.tokens import Token

Query = Sequence[tuple[str, str]]


@dataclass(slots=True)
class Office:
    """What there is."""

    books: dict[str, Book]
    #: Accounts with storage of their own; a service account has none.
    people: set[str]
    now: Callable[[], float]

    def open(self, key: str, account: str, *, to_write: bool) -> Book:
        """The book, for an account that may. Raises `Refused`."""
        book = self.books.get(key)
        if book is None:
            raise not_found()
        role = book.roles.get(account) or book.roles.get("anyone")
        if role is None or (to_write and role == "reader"):
            raise not_shared()
        return book


def perform(office: Office, method: Method, named: Mapping[str, str], query: Query, body: Any, token: Token) -> Any:
    """The answer's message; None for an answer without a body. Raises `Refused`."""
    if not method.scopes & token.scopes:
        raise narrow_scopes(method.name)
    if method.name in MAKING:
        return _projected(method, query, MAKING[method.name](office, body or {}, token.account))
    if method.name in READING:
        book = office.open(named.get("spreadsheetId") or named["fileId"], token.account, to_write=False)
        return _projected(method, query, READING[method.name](office, book, named, query, body or {}))
    if method.name not in WRITING:
        raise not_made_here(method.name)
    book = office.open(named["spreadsheetId"], token.account, to_write=True).copied()
    message = WRITING[method.name](book, named, query, body or {})
    book.version += 1
    office.books[book.id] = book
    return _projected(method, query, message)


def _projected(method: Method, query: Query, message: Any) -> Any:
    fields = dict(query).get("fields")
    return masks.project(message, masks.parse(fields, method.api, method.answer)) if fields and message is not None else message


def _ranges(query: Query) -> list[str]:
    return [text for key, text in query if key == "ranges"]


# --------------------------------------------------------------------------------------------------------- reading


def _get(_office: Office, book: Book, _named: Mapping[str, str], query: Query, _body: Any) -> Any:
    options = dict(query)
    mask = masks.parse(options.get("fields", ""), sheets_api(), "Spreadsheet")
    areas = [book.find(text) for text in _ranges(query)]
    return book.message(mask, data=options.get("includeGridData", "").lower() in ("true", "1"), areas=areas)


def _get_by_filter(_office: Office, book: Book, _named: Mapping[str, str], query: Query, body: Any) -> Any:
    mask = masks.parse(dict(query).get("fields", ""), sheets_api(), "Spreadsheet")
    areas = [(tab, place) for tab, place, _ in book.filtered(body.get("dataFilters") or [])]
    return book.message(mask, data=bool(body.get("includeGridData")), areas=areas)


def _file(office: Office, book: Book, _named: Mapping[str, str], query: Query, _body: Any) -> Any:
    message = drive.file_message(book, office.now())
    return message if dict(query).get("fields") else drive.few(message)


READING: Mapping[str, Callable[[Office, Book, Mapping[str, str], Query, Any], Any]] = {
    "spreadsheets.get": _get,
    "spreadsheets.getByDataFilter": _get_by_filter,
    "values.get": lambda _office, book, named, query, _body: values.get(book, named["range"], dict(query)),
    "values.batchGet": lambda _office, book, _named, query, _body: values.batch_get(book, _ranges(query), dict(query)),
    "values.batchGetByDataFilter": lambda _office, book, _named, _query, body: values.batch_get_by_filter(book, body),
    "spreadsheets.developerMetadata.search": lambda _office, book, _named, _query, body: unproven.search_metadata(book, body),
    "drive.files.get": _file,
    "drive.permissions.list": lambda _office, book, _named, _query, _body: {
        "kind": "drive#permissionList",
        "permissions": drive.permissions(book),
    },
}

# --------------------------------------------------------------------------------------------------------- writing


def _clear(book: Book, named: Mapping[str, str], _query: Query, _body: Any) -> Any:
    told = values.clear(book, [named["range"]])
    return {"spreadsheetId": book.id, "clearedRange": told["clearedRanges"][0]}


WRITING: Mapping[str, Callable[[Book, Mapping[str, str], Query, Any], Any]] = {
    "spreadsheets.batchUpdate": lambda book, _named, query, body: changes.batch_update(book, body, dict(query).get("fields", "")),
    "values.update": lambda book, named, query, body: values.update(book, named["range"], body, dict(query)),
    "values.batchUpdate": lambda book, _named, _query, body: values.batch_update(book, body),
    "values.batchUpdateByDataFilter": lambda book, _named, _query, body: values.batch_update_by_filter(book, body),
    "values.clear": _clear,
    "values.batchClear": lambda book, _named, _query, body: values.clear(book, body.get("ranges") or []),
}

# --------------------------------------------------------------------------------------------------------- making


def _new(office: Office, title: str, account: str) -> Book:
    if account not in office.people:
        raise storage_full()
    book = Book(secrets.token_urlsafe(32), title, [], {account: "owner"})
    office.books[book.id] = book
    return book


def _create(office: Office, body: Any, account: str) -> Any:
    wanted = body.get("properties") or {}
    book = _new(office, wanted.get("title") or "Untitled spreadsheet", account)
    book.locale, book.zone = wanted.get("locale") or book.locale, wanted.get("timeZone") or book.zone
    for sheet in body.get("sheets") or [{"properties": {"title": "Sheet1", "sheetId": 0}}]:
        add_sheet(book, {"properties": sheet.get("properties") or {}}, "Invalid spreadsheet")
    return book.message({})


def _create_file(office: Office, body: Any, account: str) -> Any:
    if body.get("mimeType") != drive.SHEET_TYPE:
        raise not_made_here(f"files.create of {body.get('mimeType')}")
    book = _new(office, body.get("name") or "Untitled", account)
    book.tabs.append(Grid(0, "Sheet1"))
    return drive.few(drive.file_message(book, office.now()))


MAKING: Mapping[str, Callable[[Office, Any, str], Any]] = {"spreadsheets.create": _create, "drive.files.create": _create_file}
