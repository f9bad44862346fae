"""`spreadsheets.batchUpdate`: a list of requests, done in order, all or none.

Invariant: a kind of request that this server does not know is answered with 501 and never passed over.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tests.servers.sheets import dressing, structure, unproven
from tests.servers.sheets.answers import Refused, not_made_here
from tests.servers.sheets.book import Book
from tests.servers.sheets.discovery import sheets_api
from tests.servers.sheets.masks import parse

Json = Mapping[str, Any]
#: The request's kind → what does it; it returns the reply's inside, or nothing.
KINDS: Mapping[str, Callable[[Book, Json, str], dict[str, Any] | None]] = {
    **structure.KINDS,
    **dressing.KINDS,
    "findReplace": unproven.find_replace,
    "createDeveloperMetadata": unproven.create_metadata,
}


def batch_update(book: Book, body: Json, fields: str) -> dict[str, Any]:
    """BatchUpdateSpreadsheetResponse. Raises `Refused` with the place of the first request that cannot be done."""
    replies = []
    for number, request in enumerate(body.get("requests") or []):
        ((kind, details),) = request.items()
        place = f"Invalid requests[{number}].{kind}"
        if kind not in KINDS:
            raise not_made_here(f"requests[{number}].{kind}")
        try:
            reply = KINDS[kind](book, details or {}, place)
        except Refused as refused:
            if refused.message.startswith("Invalid"):
                raise
            raise Refused(refused.code, refused.status, f"{place}: {refused.message}", refused.details) from refused
        replies.append({kind: reply} if reply else {})
    answer: dict[str, Any] = {"spreadsheetId": book.id, "replies": replies}
    if body.get("includeSpreadsheetInResponse"):
        mask = parse(fields, sheets_api(), "BatchUpdateSpreadsheetResponse").get("updatedSpreadsheet", {}) if fields else {}
        areas = [book.find(text) for text in body.get("responseRanges") or []]
        answer["updatedSpreadsheet"] = book.message(mask, data=bool(body.get("responseIncludeGridData")), areas=areas)
    return answer
