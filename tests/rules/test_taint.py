"""Texts by a model are known again in cells, and nothing else is taken for them."""

import pytest

from runner.model import Run
from runner.rules.taint import cell_mark, sources
from runner.values import Value


@pytest.mark.parametrize(("wrote", "read"), [(True, 1), (1, True), (0, False), (1.5, "1,5")])
def test_a_value_that_only_counts_as_equal_is_not_what_a_model_wrote(wrote: Value, read: Value) -> None:
    run = Run(id="R-1", contract="C", key="k", input={"Score": read})
    assert sources(run, {cell_mark("Score", wrote)}) == frozenset()
    assert sources(Run(id="R-1", contract="C", key="k", input={"score": wrote}), {cell_mark("Score", wrote)}) == {"row.score"}
