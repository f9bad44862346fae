"""An alert on paper: the plain text and the HTML of its mail.

Invariant: stands alone, loads nothing; the first thing in it says what to do.
"""

from runner.engine.paper import paper
from runner.ports import Message


def written(message: Message) -> tuple[str, str]:
    """(plain text, HTML)."""
    papers, words = paper("emails"), {"message": message, "marks": MARKS, "colours": COLOURS}
    text: str = papers.get_template("alert.txt.j2").render(words)
    page: str = papers.get_template("alert.html.j2").render(words)
    return text, page


#: What stands before an alert that is no news.
MARKS = {"new": "", "again": "Still: ", "over": "Over: "}
#: Severity → the colour of its bar.
COLOURS = {"P0": "#b42318", "P1": "#b45309", "P2": "#475467"}
