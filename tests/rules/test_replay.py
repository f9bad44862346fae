"""Folding events into the books: the same for live events and for what comes back from JSON."""

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.model import Ask, AskKind, Edit, Effect, EffectRecord, Event, NamedRow, Run, RunState
from runner.ports import Books
from runner.rules import replay
from runner.rules.replay import altered, apply, changes, settle, undo, whole
from runner.values import dump, load

NOON = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
RUN = Run(id="R-0001", contract="Follow up", key="lead-1", input={"Name": "Zoë"}, started=NOON)
EFFECT = EffectRecord(run="R-0001", step="send", attempt=1, effect=Effect.ONCE, state="begun", key="k", digest="d", begun=NOON)
ASK = Ask(id="A-0001", kind=AskKind.TASK, run="R-0001", contract="Follow up", step="call")
EDIT = Edit(id="E-0001", tab="Leads", match={"Row ID": "L-1"}, cells={"State": "Won"})
ROW = NamedRow(id="L-1", tab="Leads", cells={"Name": "Zoë"})


def event(run: str = "R-0001", /, **data) -> Event:
    return Event(kind="noted", run=run, data=data)


@pytest.fixture
def books() -> Books:
    filled = Books()
    apply(filled, event(run=whole(RUN), effect=whole(EFFECT), ask=whole(ASK), edit=whole(EDIT), row=whole(ROW)))
    return filled


def test_an_unknown_id_creates_and_a_known_one_replaces_just_the_given_fields(books):
    assert books == Books(
        runs={"R-0001": RUN},
        effects={"R-0001/send/1": EFFECT},
        asks={"A-0001": ASK},
        edits={"E-0001": EDIT},
        rows={"Leads/L-1": ROW},
    )
    apply(books, event(run={"id": "R-0001", "state": "RETRYING", "tries": 2}))
    assert books.runs["R-0001"] == replace(RUN, state=RunState.RETRYING, tries=2)


def test_words_and_moments_come_back_from_json_as_what_they_were(books):
    facts = {
        "run": whole(RUN) | {"id": "R-0002"},
        "effect": whole(EFFECT) | {"run": "R-0002"},
        "ask": whole(ASK) | {"id": "A-0002"},
    }
    apply(books, replace(event("R-0002"), data=load(dump(facts))))
    assert books.runs["R-0002"] == replace(RUN, id="R-0002")
    assert books.runs["R-0002"].state is RunState.RUNNING
    assert books.effects["R-0002/send/1"].effect is Effect.ONCE
    assert books.effects["R-0002/send/1"].begun == NOON
    assert books.asks["A-0002"].kind is AskKind.TASK


def test_a_moment_may_also_be_given_as_one(books):
    apply(books, event(run={"id": "R-0001", "ended": NOON}))
    assert books.runs["R-0001"].ended == NOON


def test_changes_are_the_fields_that_differ_and_those_that_name_the_record():
    assert changes(RUN, replace(RUN, state=RunState.DONE, ended=NOON)) == {
        "id": "R-0001",
        "state": "DONE",
        "ended": NOON.isoformat(),
    }
    assert changes(EFFECT, EFFECT) == {"run": "R-0001", "step": "send", "attempt": 1}
    assert changes(replace(RUN, started=NOON), replace(RUN, started=None)) == {"id": "R-0001", "started": None}


@pytest.mark.parametrize(("before", "after"), [(1, True), (1, 1.0), (Decimal(1), Decimal("1.00"))])
def test_values_that_are_equal_but_shown_otherwise_are_a_change(before, after):
    old = replace(RUN, input={"Amount": before})
    assert changes(old, replace(RUN, input={"Amount": before})) == {"id": "R-0001"}
    assert changes(old, replace(RUN, input={"Amount": after})) == {"id": "R-0001", "input": {"Amount": after}}


def test_one_event_may_change_several_records_of_a_kind(books):
    touched = apply(books, event("", asks=[{"id": "A-0001", "state": "done"}, whole(ASK) | {"id": "A-0002"}]))
    assert [(change.key, change.old is None) for change in touched] == [("A-0001", False), ("A-0002", True)]
    assert books.asks["A-0001"].state == "done"
    assert books.asks["A-0002"].state == "open"


def test_what_landed_in_the_sheet_is_let_go_but_the_row_id_is_remembered(books):
    touched = apply(books, event(edits=[{"id": "E-0001", "landed": True}], rows=[{"tab": "Leads", "id": "L-1", "landed": True}]))
    assert books.edits == {}
    assert books.rows == {"Leads/L-1": NamedRow(id="L-1", tab="Leads", landed=True)}
    assert touched[0].new == replace(EDIT, landed=True)


def test_a_run_and_its_first_effect_may_begin_in_one_event():
    fresh = Books()
    apply(fresh, event(effect=whole(EFFECT), run=whole(RUN)))
    assert list(fresh.effects) == ["R-0001/send/1"]


def test_effects_of_ended_runs_are_let_go_and_those_of_open_runs_are_kept(books):
    apply(books, event("R-0002", run=whole(RUN) | {"id": "R-0002"}, effect=whole(EFFECT) | {"run": "R-0002"}))
    settle(books, apply(books, event(run={"id": "R-0001", "state": "RETRYING"})))
    assert len(books.effects) == 2
    settle(books, apply(books, event(run={"id": "R-0001", "state": "DONE"})))
    assert list(books.effects) == ["R-0002/send/1"]


def test_an_ended_run_that_is_taken_up_again_asks_for_its_effects(books):
    settle(books, apply(books, event(run={"id": "R-0001", "state": "DONE"})))
    asked = []

    def recall(run: str) -> list[EffectRecord]:
        asked.append(run)
        return [replace(EFFECT, state="done")]

    apply(books, event(run={"id": "R-0001", "state": "ROLLING_BACK"}), recall)
    assert asked == ["R-0001"]
    assert books.effects["R-0001/send/1"].state == "done"


def test_a_receipt_that_comes_after_the_end_finds_its_intent(books):
    settle(books, apply(books, event(run={"id": "R-0001", "state": "CANCELLED"})))
    late = event(effect={"run": "R-0001", "step": "send", "attempt": 1, "state": "done"})
    touched = apply(books, late, lambda _run: [EFFECT])
    assert touched[0].new == replace(EFFECT, state="done")
    settle(books, touched)
    assert books.effects == {}


@pytest.mark.parametrize(
    "impossible",
    [
        event("R-0009", run={"id": "R-0009", "state": "DONE"}),
        event("R-0002", effect=whole(EFFECT)),
        event("R-0009", effect=whole(EFFECT) | {"run": "R-0009"}),
        event("", effect={"run": "R-0001", "step": "send", "attempt": 1, "state": "done"}),
        event(run={"id": "R-0001", "state": "FINISHED"}),
        event(run={"id": "R-0001", "colour": "red"}),
        event(ask=whole(ASK) | {"id": "A-0002", "colour": "red"}),
        event(asks=[{"id": "A-0001", "state": "done"}, {"id": "A-0002", "state": "done"}]),
    ],
)
def test_an_event_that_cannot_be_true_is_refused_and_changes_nothing(books, impossible):
    before = Books(dict(books.runs), dict(books.effects), dict(books.asks), dict(books.edits), dict(books.rows))
    with pytest.raises(ValueError, match=r"cannot be created without|not its own|cannot be made of these fields"):
        apply(books, impossible)
    assert books == before


def test_facts_that_are_no_records_are_left_to_others(books):
    assert apply(books, event(report={"week": "2026-W47"})) == []


values = st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.decimals(allow_nan=False), st.dates(), st.just(NOON))
results = st.dictionaries(st.text(), st.dictionaries(st.text(), st.one_of(values, st.lists(values))))
states = st.sampled_from(list(RunState))


@st.composite
def stories(draw: st.DrawFn) -> list[Event]:
    """Events of up to three runs, in any order that starts each run before it changes it."""
    told: list[Event] = []
    runs: dict[str, Run] = {}
    for _ in range(draw(st.integers(1, 12))):
        name = draw(st.sampled_from(["R-0001", "R-0002", "R-0003"]))
        if name not in runs:
            runs[name] = Run(id=name, contract="Follow up", key=name, input=draw(st.dictionaries(st.text(), values)))
            told.append(event(name, run=whole(runs[name])))
            continue
        new = replace(runs[name], state=draw(states), results=draw(results), next_try=draw(st.sampled_from([None, NOON])))
        effect = whole(EFFECT) | {
            "run": name,
            "attempt": draw(st.integers(1, 2)),
            "state": draw(st.sampled_from(["begun", "done"])),
        }
        told.append(event(name, run=changes(runs[name], new), effect=effect))
        runs[name] = new
    return told


@settings(deadline=None, max_examples=60)
@given(stories())
def test_live_events_and_events_from_json_add_up_to_the_same(told):
    live, read = Books(), Books()
    for one in told:
        settle(live, apply(live, one))
        settle(read, apply(read, replace(one, data=load(dump(one.data)))))
    assert live == read
    assert all(not live.runs[effect.run].state.ended for effect in live.effects.values())


@settings(deadline=None, max_examples=60)
@given(stories(), st.integers(0, 12))
def test_undoing_gives_back_the_books_as_they_were(told, kept):
    books, expected, touched = Books(), Books(), []
    for place, one in enumerate(told):
        change = apply(books, one)
        if place < kept:
            apply(expected, one)
        else:
            touched.extend(change)
    undo(books, touched)
    assert books == expected


def test_a_list_of_steps_comes_back_from_json_as_it_was(books):
    turned = replace(RUN, undoing=("car", "flight"))
    apply(books, event(run=load(dump(changes(RUN, turned)))))
    assert books.runs["R-0001"] == turned
    assert changes(books.runs["R-0001"], turned) == {"id": "R-0001"}


@pytest.mark.parametrize(("kind", "record"), [(replay.RUN, RUN), (replay.EFFECT, EFFECT), (replay.ASK, ASK), (replay.EDIT, EDIT)])
def test_an_altered_record_and_one_from_facts_are_records_like_any_other(kind, record):
    first = kind.fields[0]
    changed = altered(record, **{first: "X-9"})
    assert changed == replace(record, **{first: "X-9"})
    assert repr(changed) == repr(replace(record, **{first: "X-9"}))
    assert kind.make(None, whole(record)) == record
    for one in (changed, kind.make(None, whole(record))):
        assert type(one) is type(record)
        with pytest.raises(FrozenInstanceError):
            setattr(one, first, "Y-1")


def test_new_records_do_not_share_what_they_were_not_given():
    one, other = (replay.RUN.make(None, {"id": name, "contract": "C", "key": name}) for name in ("R-1", "R-2"))
    assert one == Run(id="R-1", contract="C", key="R-1")
    assert one.results is not other.results
