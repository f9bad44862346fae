"""`step.key`: the idempotency key of the step whose cell it is; and which templates differ from run to run."""

from dataclasses import replace

import pytest

from runner.model import Names, Scope
from runner.rules.fill import fill, of_the_run, problems
from tests.rules.test_fill import NAMES, SCOPE, refusal


def test_step_key_is_a_name_in_a_steps_own_cells_only():
    scope = replace(SCOPE, step_key="k-1")
    assert fill("{{ step.key }}/{{ Step.Key }}", scope) == "k-1/k-1"
    assert "With cell" in refusal("{{ step.key }}")
    assert problems("{{ step.key }}", replace(NAMES, of_step=True)) == []
    assert "With cell" in problems("{{ step.key }}", NAMES)[0]
    assert problems("{{ step.name }}", replace(NAMES, of_step=True))


def test_a_column_called_step_stays_a_column():
    scope = Scope(columns={"Step": "three"}, step_key="k-1", now=SCOPE.now)
    assert fill("{{ step }} {{ step.key }}", scope) == "three k-1"
    assert problems("{{ step }}", Names(columns=("Step",))) == []
    looped = fill("{% for step in steps.s.x %}{{ step.key }}{% endfor %}", replace(scope, steps={"s": {"x": [{"key": "own"}]}}))
    assert looped == "own"


@pytest.mark.parametrize(
    ("template", "of_a_run"),
    [
        ("a", False),
        ("{{ settings.a }}{{ today }}{{ contract.owner }}{{ secrets.K }}", False),
        ("{{ x }}", True),
        ("{{ run.id }}", True),
        ("{{ step.key }}", True),
        ("{{ steps.a.id }}", True),
        ("{{", False),
    ],
)
def test_whether_a_template_differs_from_run_to_run(template, of_a_run):
    assert of_the_run(template) is of_a_run
