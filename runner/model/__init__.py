"""The nouns of Rowpact, each defined once.

Owner's word        code's word                    meaning
------------------  -----------------------------  ------------------------------------------------------------
contract            `Contract`                     a promise: when, on which rows, which steps, who answers for it
step                `Step`                         one action of a contract
run                 `Run`                          one event being carried through a contract's steps
key                 dedupe key                     two events with one key are one event, for ever
about to act        intent                         committed to the ledger before an effect begins
acted               receipt                        committed after it ended well
in doubt            intent without receipt         begun, end never seen, not safe to repeat
question            `Ask`                          a row in Approvals, Dead letters or Tasks that waits for a person
-                   `Edit`                         cells that an action wants written; pending until seen in the sheet
alert               `Alert`                        something not as it should be, from when it is seen until it is over

All are frozen: a decision never changes what it was made from. Times are aware `datetime`s in UTC; lengths of time are
`timedelta`; a row's number lives no longer than the `Snapshot` it came from.
"""

from runner.model.alert import SEVERITIES, Alert, AlertBoard, Condition, Trouble
from runner.model.contract import Book, Contract, Effect, FieldRule, MailTemplate, Names, Route, Scope, Step, TextRule
from runner.model.run import Ask, AskKind, Edit, EffectRecord, Event, HoldKind, ModelText, NamedRow, Run, RunState
from runner.model.sheet import Problem, Row, RowEdit, Snapshot, Tab, TabEdit, column_letter

__all__ = [
    "SEVERITIES",
    "Alert",
    "AlertBoard",
    "Ask",
    "AskKind",
    "Book",
    "Condition",
    "Contract",
    "Edit",
    "Effect",
    "EffectRecord",
    "Event",
    "FieldRule",
    "HoldKind",
    "MailTemplate",
    "ModelText",
    "NamedRow",
    "Names",
    "Problem",
    "Route",
    "Row",
    "RowEdit",
    "Run",
    "RunState",
    "Scope",
    "Snapshot",
    "Step",
    "Tab",
    "TabEdit",
    "TextRule",
    "Trouble",
    "column_letter",
]
