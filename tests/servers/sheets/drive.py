"""The little of Drive that a client of Sheets uses: a file's facts, its sharing list, making and deleting it.

Invariant: whoever is not on the sharing list is told that there is no such file.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tests.servers.sheets.book import Book

SHEET_TYPE = "application/vnd.google-apps.spreadsheet"
#: What Drive tells where no fields are named.
FEW = ("kind", "id", "name", "mimeType")


def file_message(book: Book, now: float) -> dict[str, Any]:
    """File, with every field this server knows."""
    moment = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {
        "kind": "drive#file",
        "id": book.id,
        "name": book.title,
        "mimeType": SHEET_TYPE,
        "version": str(book.version),
        "createdTime": moment,
        "modifiedTime": moment,
        "trashed": False,
        "webViewLink": book.url,
        "permissions": permissions(book),
        "permissionIds": [each["id"] for each in permissions(book)],
        "owners": [{"kind": "drive#user", "emailAddress": who} for who, role in book.roles.items() if role == "owner"],
    }


def permissions(book: Book) -> list[dict[str, Any]]:
    """The sharing list; `anyone` stands for the link."""
    return [
        {"kind": "drive#permission", "id": "anyoneWithLink", "type": "anyone", "role": role, "allowFileDiscovery": False}
        if who == "anyone"
        else {"kind": "drive#permission", "id": str(number), "type": "user", "role": role, "emailAddress": who}
        for number, (who, role) in enumerate(book.roles.items(), 1)
    ]


def few(message: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that come unasked."""
    return {name: message[name] for name in FEW}
