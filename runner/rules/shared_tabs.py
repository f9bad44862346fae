"""Templates, Settings and SOPs: what contracts share.

Invariant: of two rows with one name the first counts and both stay visible; a wrong answer to `Pause` pauses.
"""

from runner import tabs
from runner.model import MailTemplate, Row, Snapshot
from runner.rules import approval_settings, calendar, confidence
from runner.rules.findings import Findings
from runner.rules.guards import LIMITS, whole_number
from runner.rules.kpi import response_hours
from runner.rules.spans import parse_yes_no
from runner.values import ErrorValue, Value, name_key

_PAUSE = "pause"


def templates(snapshot: Snapshot, found: Findings) -> dict[str, MailTemplate]:
    """`name_key(template)` → template. One with a formula error is left out: it must not be mailed."""
    made: dict[str, MailTemplate] = {}
    for row in found.read(snapshot, tabs.TEMPLATES):
        name = row.text("Template")
        if not name:
            found.at(row, "Template", "The template has no name.", "Give it one.")
        elif name_key(name) in made:
            found.at(row, "Template", f"The template “{name}” stands twice; the first one counts.", "Rename one of them.")
        elif not any(isinstance(row.get(header), ErrorValue) for header in ("Subject", "Body")):
            body = str(row.get("Body") or "")
            made[name_key(name)] = MailTemplate(name=name, subject=row.text("Subject"), body=body)
    return made


def settings(snapshot: Snapshot, found: Findings) -> dict[str, Value]:
    """`name_key(setting)` → value."""
    made: dict[str, Value] = {}
    for row in found.read(snapshot, tabs.SETTINGS):
        name = name_key(row.text("Setting"))
        value = _pause(row, found) if name == _PAUSE else row.get("Value")
        if name in LIMITS and value is not None and whole_number(value) is None:
            message = f"“{row.text('Value')}” is not a whole number, so {LIMITS[name]} counts."
            found.at(row, "Value", message, "Write for example 50.")
        if not name:
            found.at(row, "Setting", "The setting has no name.", "Give it one.")
        elif name not in made:
            made[name] = value
            if (
                wrong := calendar.problem(name, value)
                or approval_settings.problem(name, value)
                or response_hours.problem(name, value)
            ):
                found.at(row, "Value", wrong, "Until then the standard counts.")
            if wrong := confidence.problem(name, value):
                found.at(row, "Value", wrong)
        else:
            found.at(
                row, "Setting", f"The setting “{row.text('Setting')}” stands twice; the first one counts.", "Delete one of them."
            )
            if name == _PAUSE:
                made[name] = made[name] or value
    return made


def _pause(row: Row, found: Findings) -> bool:
    """Whoever writes anything but No or a blank there wants things to stop."""
    answer = parse_yes_no(row.get("Value"))
    if answer is None:
        typed = row.text("Value")
        found.at(row, "Value", f"“{typed}” is not an answer, so everything is paused.", "Write Yes to pause, or No to go on.")
    return answer is not False


def sops(snapshot: Snapshot, found: Findings) -> dict[str, tuple[str, ...]]:
    """`name_key(SOP)` → its instructions, by No and then by row; a blank name means the one above."""
    lines: dict[str, list[tuple[float, int, str]]] = {}
    name = ""
    for row in found.read(snapshot, tabs.SOPS):
        name = row.text("SOP") or name
        number = row.get("No")
        order = float(number) if isinstance(number, int | float) else float(row.number)
        lines.setdefault(name_key(name), []).append((order, row.number, row.text("Instruction")))
    return {key: tuple(text for _, _, text in sorted(found_lines) if text) for key, found_lines in lines.items()}
