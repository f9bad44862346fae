"""Templates, conditions and patterns that were written to eat time, memory or the machine: each ends, bounded, with a sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("resource", reason="this system cannot bound a process")

#: Seconds of work and bytes of room for one whole table; a single one without bounds would need hours, or all there is.
CPU, ROOM = 30, 700_000_000

BEGIN = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, ({CPU}, {CPU}))
resource.setrlimit(resource.RLIMIT_AS, ({ROOM}, {ROOM}))
from datetime import UTC, datetime
from runner.errors import RowpactError
from runner.model import Names, Scope
big = "a" * 50_000
rows = {{"Name": "Ada", "Big": big, "N": 10**18, "List": ", ".join(["x"] * 10_000)}}
results = {{"get": {{"json": {{"items": [{{"a": list(range(50))}}] * 900, "deep": None}}, "text": big}}}}
deep = []
for _ in range(100_000):
    deep = [deep]
results["get"]["json"]["deep"] = deep
scope = Scope(columns=rows, settings={{"hot": 70}}, steps=results, run={{"id": "R-1", "key": "k"}}, contract={{"name": "C"}},
              now=datetime(2026, 11, 22, tzinfo=UTC))
names = Names(columns=tuple(rows), settings=("hot",), steps={{"get": None}})
"""

FILL = """
from runner.rules import fill
for text in CASES:
    try:
        filled = fill.fill(text, scope)
        assert len(filled) <= 100_000, text
        print("short", len(filled))
    except RowpactError as error:
        assert str(error) and len(str(error)) < 1_000, (text[:80], str(error)[:200])
        print("refused")
    fill.problems(text, names)
"""

ANSWER = """
from runner.rules import conditions
for text in CASES:
    try:
        print("short", conditions.parse(text, names).holds(scope).yes)
    except RowpactError as error:
        assert str(error) and len(str(error)) < 1_000, (text[:80], str(error)[:200])
        print("refused")
"""

MATCH = """
from runner.rules.fields.limits import parse_limits
for text in CASES:
    try:
        for limit in parse_limits(text, "text"):
            for value in ("a" * 1_000, "a" * 999 + "!", "ab" * 500, "é" * 1_000, big):
                limit.allows(value)
        print("short")
    except RowpactError as error:
        assert str(error) and len(str(error)) < 1_000, (text[:80], str(error)[:200])
        print("refused")
"""


def bounded(cases: list[str], body: str) -> list[str]:
    """What became of each, in a process that the system ends when it takes too much."""
    script = f"{BEGIN}\nCASES = eval(sys.stdin.read())\n{body}"
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=repr(cases),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=150,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    return [line.split()[0] for line in done.stdout.splitlines()]


REACHING = [
    "{{ name.__class__ }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ name['__class__'] }}",
    "{{ name|attr('__class__') }}",
    "{{ [1]|map('attr', '__class__')|list }}",
    "{{ steps.get['__init__'] }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ joiner() }}",
    "{{ namespace(a=1) }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ self._TemplateReference__context }}",
    "{{ config }}",
    "{{ range(10) }}",
    "{{ name.format('x') }}",
    "{{ '%s' % name }}",
    "{{ '{0.__class__}'.format(name) }}",
    "{% import 'os' as os %}",
    "{% include '/etc/passwd' %}",
    "{% extends 'x' %}",
    "{% set x = 1 %}",
    "{% macro m() %}{{ m() }}{% endmacro %}",
    "{% call m() %}{% endcall %}",
    "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "{% filter upper %}x{% endfilter %}",
    "{% with a=1 %}{% endwith %}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ 1 if name.__len__ }}",
    "{{ dict(a=1) }}",
    "{{ steps.get.json.items.0.a.__len__() }}",
    "{{ secrets._PAY }}",
]

HEAVY = [
    "{{ 'a' * 1000000000 }}",
    "{{ n * n * n * n * n * n * n * n * n }}",
    "{{ 9" + "9" * 30_000 + " }}",
    "{{ 1e999999 }}",
    "{{ 0.1e-999999 }}",
    "{{ big ~ big ~ big ~ big }}",
    "{% for i in steps.get.json.items %}{% for j in steps.get.json.items %}x{% endfor %}{% endfor %}",
    "{% for i in steps.get.json.items %}{{ big }}{% endfor %}",
    "{% for i in steps.get.json.items %}{{ steps.get.json.items }}{% endfor %}",
    "{% for i in [1,2,3,4,5,6,7,8,9] %}" * 20 + "x" + "{% endfor %}" * 20,
    "{{ steps.get.json.deep }}",
    "{{ " + "(" * 10_000 + "1" + ")" * 10_000 + " }}",
    "{{ " + "[" * 10_000 + "]" * 10_000 + " }}",
    "{{ " + "not " * 8_000 + "1 }}",
    "{{ " + "-" * 30_000 + "1 }}",
    "{{ name" + ".a" * 15_000 + " }}",
    "{{ name" + "|upper" * 5_000 + " }}",
    "{{ " + "1 + " * 8_000 + "1 }}",
    "{{ " + " ~ ".join(["big"] * 4_000) + " }}",
    "{{ " + " and ".join(["big == big"] * 2_000) + " }}",
    "{% if 1 %}" * 3_000 + "{% endif %}" * 3_000,
    "{{ 'x' if " * 2_000 + "1" + " }}" * 2_000,
    "{{" * 16_000,
    "{%" * 16_000,
    "{#" * 16_000,
    '{{ "' + "\\" * 32_000,
    "{{ " + "a " * 16_000 + "}}",
    "{% raw %}" * 3_000,
    "x" * 40_000,
]


def test_a_template_reaches_nothing_but_the_values_of_its_row() -> None:
    assert set(bounded(REACHING, FILL)) == {"refused"}


def test_a_template_takes_neither_for_ever_nor_all_the_memory() -> None:
    assert len(bounded(HEAVY, FILL)) == len(HEAVY)


def test_a_condition_takes_neither_for_ever_nor_all_the_memory() -> None:
    cases = [
        "Name.__class__ = 1",
        "__import__('os').system('id') = 0",
        "secrets.PAY = 1",
        "N ** N > 1",
        "N * N * N * N * N * N * N * N > 1",
        "ROUND(N, 999999999) > 1",
        "ROUND(N, -999999999) > 1",
        "9" * 30_000 + " > 1",
        "1e999999999 > 1",
        "Name = " + "(" * 10_000 + "1" + ")" * 10_000,
        "not " * 8_000 + "Name = 1",
        " and ".join(["Big contains Big"] * 1_500),
        " or ".join([f"Name = {number}" for number in range(3_000)]),
        "Name in " + ", ".join(map(str, range(6_000))),
        "Name in List",
        "AND(" * 5_000 + "1" + ")" * 5_000,
        "LEN(" * 5_000 + "Name" + ")" * 5_000 + " > 1",
        "[" * 30_000,
        '"' * 30_001,
        "-" * 30_000 + "1 > 0",
        "1+" * 15_000 + "1 > 0",
        "Big " * 8_000,
        "Big = " + "a" * 30_000,
        "steps.get.json" + ".items" * 5_000 + " = 1",
        "now + 999999999999 days > today",
        "today - 99999999 > today",
    ]
    assert len(bounded(cases, ANSWER)) == len(cases)


def test_a_pattern_takes_neither_for_ever_nor_all_the_memory() -> None:
    cases = [
        "matches (a+)+$",
        "matches (a|a)*$",
        "matches (a|aa)+$",
        "matches ([a-z]+)*!",
        "matches (.*)(.*)(.*)(.*)(.*)(.*)x",
        "matches (a?){200}a{200}",
        "matches ((a{100}){100}){100}",
        "matches a{999}{999}",
        "matches " + "(" * 100 + "a" + ")" * 100,
        "matches " + "a?" * 95,
        "matches (?=a)a",
        "matches (a)\\1",
        "matches (?P<x>a)(?P=x)",
        "matches [\\w-é]+",
        "matches " + "[" * 190,
        "matches (?i)(a*)*b",
        "matches (?R)",
        "one of " + ", ".join(map(str, range(150))),
        "max 999999 characters",
        "max " + "9" * 900 + " characters",
    ]
    assert len(bounded(cases, MATCH)) == len(cases)
