"""State is what the events add up to: one event folded into the books, live and in the ledger's own check alike.

Invariant: the same events in the same order give equal books, whether they come from the engine or back from JSON.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields, make_dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import compress
from operator import attrgetter, is_not
from typing import Any, NamedTuple, TypeAlias, TypeVar, get_origin

from runner.model import Ask, AskKind, Edit, Effect, EffectRecord, Event, ModelText, NamedRow, Run, RunState
from runner.ports import Books
from runner.values import dump, iso

Record: TypeAlias = Run | EffectRecord | Ask | Edit | NamedRow | ModelText
_R = TypeVar("_R", Run, EffectRecord, Ask, Edit, NamedRow, ModelText)
#: Run id → the effects of that ended run, which the books have let go.
Recall: TypeAlias = Callable[[str], Iterable[EffectRecord]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kind:
    """One sort of record: what it is called in events, where the books keep it, and which fields make it what it is."""

    #: Its name in `Event.data` when there is one of it.
    name: str
    #: Its name in `Event.data` when there are several, its attribute of `Books`, and its table in the ledger.
    plural: str
    type: type[Any]
    #: The fields whose values name it for ever.
    identity: tuple[str, ...]
    fields: tuple[str, ...]
    #: Record → its values, in the order of `fields`.
    values: Callable[[Record], tuple[Any, ...]]
    required: frozenset[str]
    #: The fields that hold a moment.
    times: tuple[str, ...]
    #: Field that JSON does not give back as what it is → what makes it so again.
    restored: Mapping[str, Callable[[Any], Any]]
    #: Field → its index in `fields`.
    places: Mapping[str, int]
    #: Makes a record that is not frozen yet, of values in the order of `fields` or by name.
    unlocked: Callable[..., Any]

    def key(self, changed: Mapping[str, Any]) -> str:
        """The record's key in the books, from fields that hold at least its identity."""
        if len(self.identity) == 1:
            return str(changed[self.identity[0]])
        return "/".join([str(changed[name]) for name in self.identity])

    def key_of(self, record: Record) -> str:
        """The record's key in the books."""
        return "/".join([str(getattr(record, name)) for name in self.identity])

    def held(self, books: Books) -> dict[str, Record]:
        """Where the books keep records of this kind: key → record."""
        held: dict[str, Record] = getattr(books, self.plural)
        return held

    def make(self, old: Record | None, changed: Mapping[str, Any]) -> Record:
        """The record with these fields, as JSON gives them, or a new one. Raises ValueError for a field missing or unknown."""
        fields = dict(changed)
        try:
            for name, restore in self.restored.items():
                if name in fields:
                    fields[name] = restore(fields[name])
            return self._new(fields) if old is None else self.replaced(old, fields)
        except (KeyError, TypeError) as error:
            raise ValueError(f"{self.name} {self.key(changed)} cannot be made of these fields: {error}") from error

    def _new(self, fields: dict[str, Any]) -> Record:
        if not self.required <= fields.keys():
            missing = ", ".join(sorted(self.required - fields.keys()))
            raise ValueError(f"{self.name} {self.key(fields)} is not known and cannot be created without: {missing}")
        record: Record = self._frozen(self.unlocked(**fields))
        return record

    def replaced(self, old: Any, fields: Mapping[str, Any]) -> Any:
        """The record with these fields replaced, nothing checked."""
        # What dataclasses.replace does, in a tenth of its time: this runs for every record of every event.
        values = list(self.values(old))
        for name, value in fields.items():
            values[self.places[name]] = value
        return self._frozen(self.unlocked(*values))

    def _frozen(self, record: Any) -> Any:
        # A frozen dataclass sets its own fields the long way round; a record with the same slots that is not frozen can become one.
        record.__class__ = self.type
        return record


def _kind(name: str, record: type[Any], identity: tuple[str, ...], word: str = "", members: type[StrEnum] | None = None) -> Kind:
    names = tuple(field.name for field in fields(record))
    times = tuple(field.name for field in fields(record) if field.type == datetime | None)
    lists = (field.name for field in fields(record) if get_origin(field.type) is tuple)
    return Kind(
        name=name,
        plural=f"{name}s",
        type=record,
        identity=identity,
        fields=names,
        values=attrgetter(*names),
        required=frozenset(field.name for field in fields(record) if field.default is MISSING and field.default_factory is MISSING),
        times=times,
        restored={
            **dict.fromkeys(times, _moment),
            **dict.fromkeys(lists, tuple),
            **({word: {member.value: member for member in members}.__getitem__} if members else {}),
        },
        places={name: place for place, name in enumerate(names)},
        unlocked=make_dataclass(f"Unlocked{record.__name__}", [_unlocked(field) for field in fields(record)], slots=True),
    )


def _unlocked(known: "Field[Any]") -> tuple[str, Any, Any]:
    return known.name, known.type, field(default=known.default, default_factory=known.default_factory)


def _moment(value: Any) -> Any:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


RUN = _kind("run", Run, ("id",), "state", RunState)
EFFECT = _kind("effect", EffectRecord, ("run", "step", "attempt"), "effect", Effect)
ASK = _kind("ask", Ask, ("id",), "kind", AskKind)
EDIT = _kind("edit", Edit, ("id",))
ROW = _kind("row", NamedRow, ("tab", "id"))
TEXT = _kind("text", ModelText, ("id",))
#: In the order in which one event's records are folded: a run is there before its effects.
KINDS = (RUN, EFFECT, ASK, EDIT, ROW, TEXT)
_OF: dict[type[Any], Kind] = {kind.type: kind for kind in KINDS}


class Change(NamedTuple):
    """One record before and after an event; `old` is None when the event created it."""

    kind: Kind
    key: str
    old: Record | None
    new: Record


#: Every record that events changed, in order: enough to store the new ones and to take the event back.
Touched: TypeAlias = Sequence[Change]


def whole(record: Record) -> dict[str, Any]:
    """Every field of the record, as an event that creates it must carry them; moments as ISO text."""
    kind = _OF[type(record)]
    facts = dict(zip(kind.fields, kind.values(record), strict=True))
    for name in kind.times:
        if (moment := facts[name]) is not None:
            facts[name] = iso(moment)
    return facts


def altered(record: _R, **fields: Any) -> _R:
    """The record with these fields replaced: `dataclasses.replace` in a tenth of its time."""
    new: _R = _OF[type(record)].replaced(record, fields)
    return new


def changes(old: Record, new: Record) -> dict[str, Any]:
    """The fields in which `new` differs from `old`, with those that name the record; moments as ISO text."""
    kind = _OF[type(new)]
    before, after = kind.values(old), kind.values(new)
    changed: dict[str, Any] = {}
    for place in compress(range(len(before)), map(is_not, before, after)):
        now = after[place]
        if _differs(before[place], now):
            changed[kind.fields[place]] = iso(now) if isinstance(now, datetime) else now
    for name in kind.identity:
        changed[name] = getattr(new, name)
    return changed


def _differs(before: object, after: object) -> bool:
    # 1, 1.0, True and Decimal("1.00") are equal, yet a cell shows each in its own way.
    return before != after or (isinstance(after, Mapping) and dump(before) != dump(after))


def _nothing(_run: str) -> Iterable[EffectRecord]:
    return ()


def apply(books: Books, event: Event, recall: Recall = _nothing) -> Touched:
    """Fold one event into the books, in place; says what changed. Facts under names that are no table are left to others.

    `recall` is asked for the effects of an ended run when an event comes back to it. Raises ValueError, with the books as
    they were, for an event that cannot be true: fields of a record that never began, an effect under another run.
    """
    touched: list[Change] = []
    try:
        fold(books, event.run, event.data, touched, recall)
    except ValueError:
        undo(books, touched)
        raise
    return touched


def fold(books: Books, run: str, data: Mapping[str, Any], touched: list[Change], recall: Recall = _nothing) -> None:
    """`apply` for an event of this run with these facts; adds each change to `touched` as it is made."""
    for kind in KINDS:
        if kind.name in data:
            touched.append(_change(books, kind, data[kind.name], run, recall))
        if kind.plural in data:
            for changed in data[kind.plural]:
                touched.append(_change(books, kind, changed, run, recall))  # noqa: PERF401 - each must be there if the next fails


def _change(books: Books, kind: Kind, changed: Mapping[str, Any], run: str, recall: Recall) -> Change:
    held, key = kind.held(books), kind.key(changed)
    if kind is EFFECT:
        _bring_back(books, key, changed, run, recall)
    old = held.get(key)
    if isinstance(old, Run) and old.state.ended:
        _recall(books, old.id, recall)
    new = kind.make(old, changed)
    if isinstance(new, NamedRow) and new.landed and new.cells and not new.exact:
        new = replace(new, cells={})
    if (isinstance(new, Edit) and new.landed) or (isinstance(new, Run | Ask) and new.archived):
        held.pop(key, None)
    else:
        held[key] = new
    return Change(kind, key, old, new)


def _bring_back(books: Books, key: str, changed: Mapping[str, Any], run: str, recall: Recall) -> None:
    """An effect belongs to the event's own run; one of a run that has ended is fetched back before it is changed."""
    owner = books.runs.get(run)
    if owner is None or changed["run"] != run:
        raise ValueError(f"effect {key} was recorded under run {run or '(none)'}, which is not its own or never started")
    if owner.state.ended and key not in books.effects:
        _recall(books, run, recall)


def _recall(books: Books, run: str, recall: Recall) -> None:
    for effect in recall(run):
        books.effects.setdefault(effect.id, effect)


def undo(books: Books, touched: Touched) -> None:
    """Take the changes back, last first: the books are as they were before the events."""
    for change in reversed(touched):
        held = change.kind.held(books)
        if change.old is None:
            held.pop(change.key, None)
        else:
            held[change.key] = change.old


def settle(books: Books, touched: Touched) -> None:
    """Let go of the effects of runs that have ended. Once for a group of events: it looks at every open effect."""
    runs = {
        change.new.run if isinstance(change.new, EffectRecord) else change.key for change in touched if change.kind in (RUN, EFFECT)
    }
    over = {run for run in runs if run in books.runs and books.runs[run].state.ended}
    if over:
        for key in [key for key, effect in books.effects.items() if effect.run in over]:
            del books.effects[key]
