"""The moments at which a runner is killed, by name: what comes before, where it dies, and how what was begun is settled.

A spot is `seam|before or after|what passes through it|which passing`; tests/acceptance/doomed.py says what the seams are.
"""

from typing import NamedTuple

from runner.events import Settled

AGAIN, FOUND, ABSENT, ASKED = Settled.AGAIN.value, Settled.FOUND.value, Settled.ABSENT.value, "asked"

#: What may come before a kill: a whole tick, an owner who answers what is asked, a ledger that is deleted.
TICK, ANSWER, LOSE = "tick", "answer", "lose the ledger"
#: The request of an effect that happens once has just left.
ONCE = "wire|after|/once|1"


class Life(NamedTuple):
    """One row of this tab, and what happens to its runners, one kill after the other; then all is brought to rest."""

    tab: str
    script: tuple[str, ...]
    #: How each effect that was cut off is settled, in order: by itself, or by asking.
    how: tuple[str, ...] = ()
    mail: str = "smtp"


#: A bill: a web request that happens once, then a cell of its own row.
BILL = {
    "up to its intent": Life(
        "Bills",
        (
            "commit|before|row named|1",
            "commit|after|row named|1",
            "commit|before|run started|1",
            "commit|after|run started|1",
            "commit|before|about to act@Transfer|1",
        ),
    ),
    "after its intent": Life("Bills", ("commit|after|about to act@Transfer|1",), (ASKED,)),
    "in the call, before the request": Life("Bills", ("wire|before|/once|1",), (ASKED,)),
    "in the call, with the request on the wire": Life("Bills", ("wire|after|/once|1",), (ASKED,)),
    "after the answer": Life("Bills", ("answer|after|/once|1",), (ASKED,)),
    "before the receipt": Life("Bills", ("commit|before|acted@Transfer|1",), (ASKED,)),
    "after the receipt, and before the end": Life(
        "Bills",
        (
            "commit|after|acted@Transfer|1",
            "commit|before|run ended|1",
        ),
        (AGAIN, AGAIN),
    ),
    "from its end to the replace": Life(
        "Bills",
        (
            "commit|after|run ended|1",
            "sheet|before|business|1",
            "sync|before|file|1",
            "replace|before|business.xlsx|1",
        ),
    ),
    "just after the replace": Life("Bills", ("replace|after|business.xlsx|1",)),
    "just after the replace, and when it is recorded": Life(
        "Bills",
        (
            "replace|after|business.xlsx|1",
            "commit|before|written to sheet|1",
            "commit|after|written to sheet|1",
        ),
    ),
    "when it is noted what was shown": Life("Bills", ("note|before|shown|1",)),
}
#: An order: a web request under a key, a file, a mail.
ORDER = {
    "keyed: on the wire": Life("Orders", ("wire|after|/keyed|1",), (AGAIN,)),
    "keyed: before the receipt": Life("Orders", ("commit|before|acted@Book|1",), (AGAIN,)),
    "file: before the replace": Life("Orders", ("replace|before|1.txt|1",), (AGAIN,)),
    "file: after the replace": Life("Orders", ("replace|after|1.txt|1",), (AGAIN,)),
    "mail: before the final dot": Life("Orders", ("wire|before|.\r\n|1",), (ASKED,)),
    "mail: with the final dot on the wire": Life("Orders", ("wire|after|.\r\n|1",), (ASKED,)),
    "mail: after the server took it": Life("Orders", ("smtp|after|mail|1",), (ASKED,)),
    "folder: before the mail": Life("Orders", ("folder|before|mail|1",), (ABSENT,), "folder"),
    "folder: before the replace": Life("Orders", ("replace|before|.eml|1",), (ABSENT,), "folder"),
    "folder: after the replace": Life("Orders", ("replace|after|.eml|1",), (FOUND,), "folder"),
    "folder: before the receipt": Life("Orders", ("commit|before|acted@Mail|1",), (FOUND,), "folder"),
}
#: An item: a read, a put, a row of another tab, a call of another contract.
ITEM = {
    "read: after the answer": Life("Items", ("answer|after|/look|1",), (AGAIN,)),
    "put: on the wire": Life("Items", ("wire|after|/put|1",), (AGAIN,)),
    "row: before the receipt": Life("Items", ("commit|before|acted@Line|1",), (AGAIN,)),
    "row: just after the replace": Life("Items", ("replace|after|business.xlsx|1",)),
    "call: before the receipt": Life("Items", ("commit|before|acted@Send|1",), (AGAIN,)),
    "call: after the receipt": Life("Items", ("commit|after|acted@Send|1",), (ASKED,)),
    "call: in the called run": Life("Items", ("wire|after|/once|1",), (ASKED,)),
}
#: A claim: an approval, a web request that happens once, a task.
CLAIM = {
    "approval: when it is asked": Life(
        "Claims",
        (
            "commit|before|asked@Give|1",
            "commit|after|asked@Give|1",
        ),
    ),
    "approval: when the answer is taken": Life(
        "Claims",
        (
            TICK,
            ANSWER,
            "commit|before|answered@Give|1",
            "commit|after|answered@Give|1",
        ),
    ),
    "approval: before the answer is shown": Life(
        "Claims",
        (
            TICK,
            ANSWER,
            "replace|before|business.xlsx|1",
        ),
    ),
    "approval: what was allowed is on the wire": Life(
        "Claims",
        (
            TICK,
            ANSWER,
            "wire|after|/once|1",
        ),
        (ASKED,),
    ),
    "task: before it is asked": Life(
        "Claims",
        (
            TICK,
            ANSWER,
            "commit|before|asked@Tell|1",
        ),
        (AGAIN,),
    ),
    "task: when the answer is taken": Life(
        "Claims",
        (
            TICK,
            ANSWER,
            TICK,
            ANSWER,
            "commit|before|answered@Tell|1",
            "commit|after|answered@Tell|1",
        ),
    ),
}
#: A return that its owner sends back by UNDO; a trip whose flight is refused, so that the room is cancelled.
BACK = {
    "command: when it is taken": Life("Returns", (TICK, ANSWER, "commit|before|command|1", "commit|after|command|1")),
    "undo: after the intent": Life("Returns", (TICK, ANSWER, "commit|after|about to act@Give back|1"), (ASKED,)),
    "undo: on the wire": Life("Returns", (TICK, ANSWER, "wire|after|back-1|1"), (ASKED,)),
    "undo: before the receipt": Life("Returns", (TICK, ANSWER, "commit|before|acted@Give back|1"), (ASKED,)),
    "undo: before the end": Life("Returns", (TICK, ANSWER, "commit|before|run ended|1"), (ASKED,)),
    "roll-back: before it begins": Life("Trips", ("commit|before|rolling back|1",), (ASKED,)),
    "roll-back: after it has begun": Life("Trips", ("commit|after|rolling back|1",), (ASKED,)),
    "roll-back: on the wire": Life("Trips", ("wire|after|cancel-1|1",), (ASKED,)),
}
#: Killed again while the first kill is being settled.
TWICE = {
    "settling: when the doubt is said": Life("Bills", (ONCE, "commit|before|in doubt|1", "commit|after|in doubt|1"), (ASKED,)),
    "settling: when DONE is taken": Life(
        "Bills", (ONCE, TICK, ANSWER, "commit|before|answered|1", "commit|after|answered|1"), (ASKED,)
    ),
    "settling: RETRY is taken": Life("Bills", ("wire|before|/once|1", TICK, ANSWER, "commit|after|answered|1"), (ASKED,)),
    "settling: RETRY is on the wire": Life("Bills", ("wire|before|/once|1", TICK, ANSWER, ONCE), (ASKED, ASKED)),
    "settling: before the repeat": Life("Orders", ("wire|after|/keyed|1", "commit|before|try failed|1"), (AGAIN,)),
    "settling: the repeat is on the wire": Life("Orders", ("wire|after|/keyed|1", "wire|after|/keyed|1"), (AGAIN, AGAIN)),
    "settling: before a mail is found": Life("Orders", ("replace|after|.eml|1", "commit|before|acted@Mail|1"), (FOUND,), "folder"),
}
#: The ledger is gone, and the runner is killed while it is rebuilt from the workbook.
LOST = {
    "rebuilding": Life("Bills", (TICK, LOSE, *(f"commit|{when}|ledger rebuilt|1" for when in ("before", "after")))),
    "rebuilding: with an approval open": Life("Claims", (TICK, LOSE, "commit|after|ledger rebuilt|1")),
    "rebuilding: with a task open": Life("Claims", (TICK, ANSWER, TICK, LOSE, "commit|before|ledger rebuilt|1")),
    "rebuilding: with a doubt open": Life("Bills", (ONCE, TICK, LOSE, "commit|after|ledger rebuilt|1"), (ASKED,)),
    "rebuilding: before it is shown": Life("Bills", (TICK, LOSE, "replace|before|business.xlsx|1")),
}
LIVES = {**BILL, **ORDER, **ITEM, **CLAIM, **BACK, **TWICE, **LOST}

#: While what ended long ago moves into the archive workbook.
ARCHIVE = {
    "up to the record": (
        *("replace|before|archive.xlsx|1", "replace|after|archive.xlsx|1"),  # the archive is made
        *("replace|before|archive.xlsx|1", "replace|after|archive.xlsx|1"),  # the rows are added
        *("commit|before|archived@|1", "commit|after|archived@|1"),
    ),
    "before the last line is noted": ("note|before|archived lines|1",),
    "before the rows leave": ("sheet|before|business.xlsx|2",),
    "after the rows have left": ("replace|after|business.xlsx|2",),
}
