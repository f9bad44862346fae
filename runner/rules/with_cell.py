"""The `With` cell of a step: one `name: value` a line, continued by lines that begin with a blank."""

import re

from runner.values import name_key

#: A name is anything up to the first colon; `https://…` alone is no setting.
_SETTING = re.compile(r"([^:]{1,80}?)\s*:(?!//)\s*(.*)")


def parse_with(text: str) -> tuple[dict[str, str], list[str]]:
    """Setting name as typed → its text, and a sentence for each line that is not a setting.

    >>> parse_with("to: {{ email }}\\nbody: Hello,\\n  how are you?")
    ({'to': '{{ email }}', 'body': 'Hello,\\nhow are you?'}, [])
    """
    settings: dict[str, list[str]] = {}
    wrong: list[str] = []
    current: list[str] | None = None
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if (line[:1].isspace() or not line) and current is not None:
            current.append(line.strip())
            continue
        if not line.strip():
            continue
        found = _SETTING.match(line.strip())
        if not found:
            wrong.append(
                f"The line “{line.strip()[:60]}” is not “name: value”. Begin it with a blank if it continues the line above."
            )
            current = None
            continue
        name, value = found.groups()
        if name_key(name) in map(name_key, settings):
            wrong.append(f"The setting “{name}” stands twice. Keep one of them.")
        current = settings.setdefault(name, [])
        current.append(value.strip())
    return {name: "\n".join(lines).strip() for name, lines in settings.items()}, wrong
