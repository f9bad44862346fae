"""A text as a web page: `# ` begins a heading, `- ` a point; a text that begins with a tag is the owner's own HTML.

Invariant: what came from a cell is text in every case: no tag, no attribute, no script.
"""

import html as markup
from collections.abc import Iterator

from adapters.documents.spoken import parts, unquoted

_STYLE = (
    "body{font:16px/1.5 Calibri,Carlito,'Segoe UI',sans-serif;color:#1f2933;max-width:44rem;margin:3rem auto;padding:0 1.5rem}"
    "h1,h2,h3{line-height:1.25}@media print{body{margin:0}}"
)


def html(title: str, body: str) -> bytes:
    """The page's bytes."""
    if next(parts(body.lstrip()), ("", True))[0].startswith("<") and not next(parts(body.lstrip()))[1]:
        return f"{''.join(markup.escape(text) if of_cell else text for text, of_cell in parts(body))}\n".encode("utf-8", "replace")
    name = markup.escape(unquoted(title))
    heading = f"<h1>{name}</h1>\n" if name else ""
    inside = heading + "\n".join(_blocks(unquoted(body)))
    page = (
        f'<!doctype html>\n<html>\n<head>\n<meta charset="utf-8">\n<title>{name}</title>\n<style>{_STYLE}</style>\n</head>\n'
        f"<body>\n{inside}\n</body>\n</html>\n"
    )
    return page.encode("utf-8", "replace")


def _blocks(text: str) -> Iterator[str]:
    points = False
    for kind, said in blocks(text):
        if points != (kind == "point"):
            points = kind == "point"
            yield "<ul>" if points else "</ul>"
        lines = "<br>\n".join(map(markup.escape, said.split("\n")))
        match kind:
            case "point":
                yield f"<li>{lines}</li>"
            case "text":
                yield f"<p>{lines}</p>"
            case _:
                yield f"<{kind}>{lines}</{kind}>"
    if points:
        yield "</ul>"


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """(`h1` `h2` `h3` `point` or `text`, what it says) for each heading, point and paragraph."""
    paragraph: list[str] = []
    for line in [*text.replace("\r\n", "\n").split("\n"), ""]:
        stripped = line.strip()
        level = len(stripped) - len(stripped.lstrip("#"))
        heading = 1 <= level <= 3 and stripped[level : level + 1] == " "
        if paragraph and (heading or not stripped or stripped.startswith("- ")):
            yield "text", "\n".join(paragraph)
            paragraph = []
        if heading:
            yield f"h{level}", stripped[level:].strip()
        elif stripped.startswith("- "):
            yield "point", stripped[2:].strip()
        elif stripped:
            paragraph.append(stripped)
