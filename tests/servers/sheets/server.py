"""Google Sheets on loopback: the token office, Sheets v4 and a little of Drive v3, one log of all calls.

with SheetsServer() as google:
    key = google.service_account("robot@shop.example")
    sheet = google.sheet("Business", {"Leads": [["Name"], ["Ana"]]}, shared_with=["robot@shop.example"])
    google.fail(LOST_ANSWER, on="values.batchUpdate")
    google.between = lambda call: sheet.tab("Leads").insert_row(2)      # a person is faster than the next call
    assert google.counts() == {"values.batchGetByDataFilter": 1}

Invariant: a request or an answer that Google's own description does not allow is kept in `violations`, and fails the test.
"""

import json
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qsl

from runner.values import Value
from tests.servers.lines import LineServer
from tests.servers.sheets import wire
from tests.servers.sheets.answers import Refused, api_off, invalid, not_found, not_made_here, too_many, unauthenticated
from tests.servers.sheets.book import Book
from tests.servers.sheets.calls import Office, perform
from tests.servers.sheets.discovery import Method, find
from tests.servers.sheets.faults import Fault
from tests.servers.sheets.grid import Grid
from tests.servers.sheets.person import PersonSheet
from tests.servers.sheets.tokens import NotGranted, TokenOffice
from tests.servers.sheets.wire import Answer, Request

ALL_SCOPES = frozenset({"https://www.googleapis.com/auth/spreadsheets", "https://www.googleapis.com/auth/drive"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One line of the log. `status` 0: not a byte came back."""

    name: str
    reads: bool
    account: str
    query: tuple[tuple[str, str], ...]
    body: Any
    status: int
    sent: int
    received: int


class SheetsServer:
    """Serves until `stop()`; also a context manager."""

    def __init__(self) -> None:
        self.project = "424242"
        self.calls: list[Call] = []
        self.violations: list[str] = []
        #: Called with the name of each call before it is answered: here a person edits.
        self.between: Callable[[str], None] | None = None
        #: Seconds that Google's clock is ahead of this computer's.
        self.ahead = 0.0
        #: (reads, writes) a minute and account; None = as many as you like.
        self.quota: tuple[int, int] | None = None
        #: The clock that quotas are counted by.
        self.minutes: Callable[[], float] = self.now
        #: Services that the project did not switch on, for example `sheets.googleapis.com`.
        self.off: set[str] = set()
        self.office = Office(books={}, people=set(), now=self.now)
        self.tokens = TokenOffice(self.now)
        self._spent: Counter[tuple[str, bool, int]] = Counter()
        self._faults: list[tuple[Fault, str]] = []
        self._lock = threading.RLock()
        self._lines = LineServer(self.talk)
        self.url = f"http://127.0.0.1:{self._lines.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Close everything."""
        self._lines.stop()

    def now(self) -> float:
        """Google's clock, in seconds since 1970."""
        return time.time() + self.ahead

    # ------------------------------------------------------------------------------------------------ for tests

    def service_account(self, email: str = "robot@shop.iam.gserviceaccount.com", token_uri: str = "") -> dict[str, str]:
        """The content of a key file."""
        return self.tokens.service_account(email, self.project, token_uri or f"{self.url}/token")

    def person(self, email: str = "ana@example.com", scopes: Iterable[str] = ALL_SCOPES, token_uri: str = "") -> dict[str, str]:
        """The content of an authorized-user file: somebody with storage of their own."""
        self.office.people.add(email)
        return self.tokens.person(email, frozenset(scopes), token_uri or f"{self.url}/token")

    def sheet(
        self,
        title: str,
        tabs: Mapping[str, Sequence[Sequence[Value]]],
        *,
        shared_with: Iterable[str] = (),
        owner: str = "ana@example.com",
    ) -> PersonSheet:
        """A spreadsheet that its owner made and shared."""
        roles = {owner: "owner"} | dict.fromkeys(shared_with, "writer")
        book = Book(secrets.token_urlsafe(32), title, [], roles)
        self.office.books[book.id] = book
        person = self.seen_by_owner(book.id)
        for name, rows in tabs.items():
            person.add_tab(name, rows)
        if not book.tabs:
            book.tabs.append(Grid(0, "Sheet1"))
        return person

    def seen_by_owner(self, book: str) -> PersonSheet:
        """The sheet of that id, for example one that the product made."""

        def changed() -> None:
            self.office.books[book].version += 1

        return PersonSheet(lambda: self.office.books[book], self._lock, changed)

    def fail(self, fault: Fault, *, on: str = "", times: int = 1) -> None:
        """The next calls (of that name) meet this fault; faults of one kind of call come one after the other."""
        self._faults += [(fault, on)] * times

    @property
    def pending_faults(self) -> int:
        """How many nobody has met yet."""
        return len(self._faults)

    @property
    def api_calls(self) -> list[Call]:
        """Calls of Sheets and Drive: without the token office and what google-auth looks for in the background."""
        return [call for call in self.calls if call.name != "token" and " " not in call.name]

    def counts(self) -> dict[str, int]:
        """Call → how often it came."""
        return dict(Counter(call.name for call in self.api_calls))

    @property
    def reads(self) -> int:
        """How many calls Google counts as reads of Sheets."""
        return sum(call.reads for call in self.api_calls if not call.name.startswith("drive."))

    @property
    def writes(self) -> int:
        """How many it counts as writes."""
        return sum(not call.reads for call in self.api_calls if not call.name.startswith("drive."))

    # ------------------------------------------------------------------------------------------------ answering

    def talk(self, line: Any) -> None:
        """One connection, also one that a proxy unwrapped."""
        wire.serve(line, self._answer, self.now)

    def _answer(self, request: Request) -> Answer:
        found = find(request.verb, request.path)
        method, named = found or (None, {})
        name = "token" if request.path == "/token" else method.name if method else f"{request.verb} {request.path}"
        if self.between:
            self.between(name)
        with self._lock:
            fault = self._next_fault(name)
        if fault and not fault.applied:
            answer = Answer(status=fault.status, body=fault.body, headers=fault.headers)
            account = ""
        else:
            with self._lock:
                answer, account = self._carried_out(request, name, method, named)
            if fault:
                answer = Answer(status=fault.status, body=fault.body, headers=fault.headers)
        body = None
        with suppress(ValueError):
            body = json.loads(request.body or b"null")
        self.calls.append(
            Call(
                name=name, reads=bool(method and method.reads), account=account, query=request.query, body=body,
                status=answer.status, sent=len(request.body), received=len(answer.body),
            )
        )  # fmt: skip
        if fault and fault.hangs:
            self._lines.stopping.wait(15)
        return answer

    def _next_fault(self, name: str) -> Fault | None:
        for number, (fault, on) in enumerate(self._faults):
            if on in ("", name):
                del self._faults[number]
                return fault
        return None

    def _carried_out(self, request: Request, name: str, method: Method | None, named: Mapping[str, str]) -> tuple[Answer, str]:
        if name == "token":
            return self._token(request), ""
        account = ""
        try:
            if method is None:
                nobody = request.path == "/" or request.path.endswith("/allowedLocations")
                raise not_found() if nobody else not_made_here(name)
            token = self.tokens.bearer(request.headers.get("authorization", ""))
            if token is None:
                raise unauthenticated()
            account = token.account
            self._may(method, account)
            body = self._checked(method, request)
            message = perform(self.office, method, named, request.query, body, token)
            if faults := method.answer_faults(message):
                self.violations += [f"answer of {name}: {fault}" for fault in faults]
            return Answer(status=200 if message is not None else 204, body=_json(message)), account
        except Refused as refused:
            if refused.code == 501:
                self.violations.append(refused.message)
            return Answer(status=refused.code, body=_json(refused.body())), account

    def _may(self, method: Method, account: str) -> None:
        service = "drive.googleapis.com" if method.name.startswith("drive.") else "sheets.googleapis.com"
        if service in self.off:
            raise api_off(service, self.project)
        if self.quota and service.startswith("sheets"):
            window = account, method.reads, int(self.minutes() // 60)
            if self._spent[window] >= self.quota[not method.reads]:
                raise too_many("Read" if method.reads else "Write", self.project)
            self._spent[window] += 1

    def _checked(self, method: Method, request: Request) -> Any:
        try:
            body = json.loads(request.body) if request.body else None
        except ValueError:
            raise invalid("Invalid JSON payload received.") from None
        if faults := [*method.query_faults(request.query), *method.body_faults(body)]:
            self.violations += [f"request {method.name}: {fault}" for fault in faults]
            raise invalid("\n".join(faults))
        return body

    def _token(self, request: Request) -> Answer:
        try:
            return Answer(status=200, body=_json(self.tokens.grant(dict(parse_qsl(request.body.decode())))))
        except NotGranted as refused:
            return Answer(status=400, body=_json(refused.body))


def _json(message: Any) -> bytes:
    return b"" if message is None else json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
