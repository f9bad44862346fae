"""file.write: the document is there whole, inside the allowed folder, and what a cell held is text in it."""

import csv
import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.actions.file import actions
from adapters.documents.places import name_problem
from adapters.documents.spoken import quoted
from runner.errors import ActionFailed
from runner.model import Book, Effect, MailTemplate
from tests.engine.office import Office, lay_out_leads


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "documents"


@pytest.fixture
def write(folder, make_tools, prepare_for, call_for):
    """`write(path=…, body=…)`: prepare, perform, and the file's place."""

    def go(**settings):
        (action,) = actions(make_tools(files_allow=(folder,)))
        request = action.prepare({"path": "note.txt", "body": "Hello", **settings}, prepare_for())
        assert json.loads(json.dumps(request)) == request
        return action.perform(request, call_for()).result

    return go


def cell(text: str) -> str:
    """A text as it comes from a cell into a template."""
    return quoted("", text)


def test_the_file_is_written_and_its_results_say_where_and_what(write, folder):
    done = write(path="2026/notes/7.txt", body=f"Hello {cell('Ana')}", subject="Note")
    place = folder / "2026" / "notes" / "7.txt"
    assert place.read_text(encoding="utf-8") == "Note\n\nHello Ana\n"
    assert done == {"path": str(place), "sha256": hashlib.sha256(place.read_bytes()).hexdigest()}


def test_a_path_may_begin_with_the_name_of_the_allowed_folder(write, folder):
    assert write(path="documents/a.txt")["path"] == str(folder / "a.txt")


@pytest.mark.parametrize("ending", [".html", ".md", ".txt", ".csv", ".pdf"])
def test_a_repeat_writes_the_same_bytes_and_leaves_nothing_beside(write, folder, ending):
    first = write(path=f"a{ending}", subject="Title", body="One, two")
    assert write(path=f"a{ending}", subject="Title", body="One, two") == first
    assert [file.name for file in folder.iterdir()] == [f"a{ending}"]


@pytest.mark.parametrize(
    "path",
    [
        "../out.txt", "a/../../out.txt", "/etc/out.txt", "C:/out.txt", "C:out.txt",
        "~/out.txt", "\\\\host\\share\\out.txt", "..\\out.txt",
        "a/./b.txt", "a//b.txt", "nul.txt", "CON.html", "com1.txt", "a/lpt9.csv", "a /b.txt", "a./b.txt", "x.txt:stream",
        "a\x00.txt", "a\n.txt",
        "out.exe", "out", ".txt", "a/.hidden.txt", "invoice\u202etxt.html", "a" * 300 + ".txt", "", "out.txt.", "out.txt ok.sh",
    ],
)  # fmt: skip
def test_no_name_leads_out_of_the_folder(write, tmp_path, path):
    with pytest.raises(ActionFailed) as refused:
        write(path=path)
    assert refused.value.permanent
    assert not list(tmp_path.rglob("*.*"))


def test_what_a_cell_holds_is_a_part_of_the_name_and_no_folder(make_tools, folder):
    (action,) = actions(make_tools(files_allow=(folder,)))
    assert action.quote["path"]("", "../../etc/passwd") == "-..-etc-passwd"
    assert action.quote["path"]("", "AC/DC: 7") == "AC-DC- 7"


def test_a_link_that_leads_out_is_not_followed(write, folder, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    folder.mkdir()
    (folder / "link").symlink_to(outside, target_is_directory=True)
    (folder / "file.txt").symlink_to(outside / "file.txt")
    for path in ("link/a.txt", "link/deeper/a.txt", "file.txt"):
        with pytest.raises(ActionFailed, match="link"):
            write(path=path)
    assert list(outside.iterdir()) == []


def test_nothing_is_written_when_no_folder_is_allowed(make_tools, prepare_for, check_scope):
    (action,) = actions(make_tools())
    with pytest.raises(ActionFailed, match=r"\[files\] allow"):
        action.prepare({"path": "a.txt", "body": "x"}, prepare_for())
    assert any("[files] allow" in sentence for _, sentence in action.check({"path": "a.txt", "body": "x"}, check_scope()))


def test_text_from_a_cell_is_no_markup(write, folder):
    write(path="a.html", subject=cell("<b>Ana</b>"), body=f"# Hi\n\n{cell('<script>x</script>')}\n- one\n- two")
    page = (folder / "a.html").read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "<h1>&lt;b&gt;Ana&lt;/b&gt;</h1>" in page
    assert page.count("<li>") == 2


def test_the_owners_own_html_stays_and_cells_in_it_are_text(write, folder):
    write(path="a.html", body=f"<table><tr><td>{cell('<img src=x>')}</td></tr></table>")
    assert (folder / "a.html").read_text(encoding="utf-8") == "<table><tr><td>&lt;img src=x&gt;</td></tr></table>\n"
    write(path="b.html", body=cell("<script>x</script>"))
    assert "<script>" not in (folder / "b.html").read_text(encoding="utf-8")


def rows(place: Path) -> list[list[str]]:
    return list(csv.reader(place.read_text(encoding="utf-8-sig").splitlines()))


@pytest.mark.parametrize("evil", ["=cmd()", "+1+cmd()", "-1+2", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x","y")'])
def test_text_from_a_cell_is_never_a_formula(write, folder, evil):
    write(path="a.csv", body=f"Name,Note\n{cell('Ana')},{cell('')}{cell(evil)}")
    assert rows(folder / "a.csv")[1][1].lstrip("'").strip() == evil.strip()
    assert rows(folder / "a.csv")[1][1].startswith("'")


def test_a_cell_stays_within_its_own_cell(write, folder):
    write(path="a.csv", body=f'Name,Sum,Place\n{cell("Smith, Ana")} jr,{cell("-5.50")},"{cell(chr(34) + "Q" + chr(34))}, Rome"')
    assert rows(folder / "a.csv") == [["Name", "Sum", "Place"], ["Smith, Ana jr", "-5.50", '"Q", Rome']]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20), min_size=1, max_size=4))
def test_any_cells_give_one_row_of_as_many_cells(cells):
    from adapters.documents.table import csv_file

    text = csv_file("Head\n" + ",".join(["x", *map(cell, cells)])).decode("utf-8-sig")
    assert len(next(csv.reader([text.split("\r\n", 1)[1].rstrip("\r\n")]))) == len(cells) + 1


def test_a_pdf_is_one_and_shows_letters_of_the_west(write, folder):
    write(path="a.pdf", subject="Invoice – “7”", body="# Zoë\n\nTotal: 5 €\n\n- one\n- two\n\n" + "long " * 3000)
    content = (folder / "a.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.count(b"/Type /Page\n") > 1


def test_a_sign_that_no_font_has_is_refused_with_the_mend(write):
    with pytest.raises(ActionFailed, match=r"as \.html instead"):
        write(path="a.pdf", body="\U00013080")


def test_what_will_happen_is_said_in_full(make_tools, prepare_for, folder):
    (action,) = actions(make_tools(files_allow=(folder,)))
    request = action.prepare({"path": "a.md", "subject": "T", "body": f"Hi {cell('Ana')}"}, prepare_for())
    assert action.describe(request) == "Write the file a.md into documents: T\n\nHi Ana"
    assert action.effect({}) is Effect.KEYED


def test_check_finds_what_can_be_seen_beforehand(make_tools, check_scope, folder):
    (action,) = actions(make_tools(files_allow=(folder,)))
    scope = check_scope(Book(templates={"invoice": MailTemplate(name="Invoice", subject="", body="x")}))
    assert action.check({"path": "a/{{ number }}.pdf", "template": "Invoice"}, scope) == []
    assert "end with" in action.check({"path": "a.doc", "body": "x"}, scope)[0][1]
    assert "Did you mean “Invoice”" in action.check({"path": "a.md", "template": "Invoce"}, scope)[0][1]
    assert "no text" in action.check({"path": "a.md"}, scope)[0][1]


def test_a_full_disk_is_tried_again_and_the_old_file_stays(write, folder, monkeypatch):
    write(body="old")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("adapters.documents.places.os.fsync", full)
    with pytest.raises(ActionFailed, match="no space left") as failed:
        write(body="new")
    assert not failed.value.permanent
    assert [file.read_text(encoding="utf-8") for file in folder.iterdir()] == ["old\n"]


def test_an_ordinary_name_is_fine():
    assert [name_problem(path) for path in ("a.txt", "Rechnung Müller 7.pdf", "2026/11/a-b_c.html", "漢字.md")] == [""] * 4


def test_a_step_writes_a_template_filled_from_its_row(tmp_path):
    office = Office(tmp_path, files_allow=(tmp_path / "documents",))
    lay_out_leads(office, Action="file.write", With="path: offers/{{ name }}.html\ntemplate: Offer")
    office.write(Templates=[["Template", "Subject", "Body"], ["Offer", "For {{ name }}", "<p>Dear {{ name }}, {{ budget }}</p>"]])
    office.type("Leads", {"Name": "Bob"}, Name="<b>/../Bob")
    office.tick()
    names = sorted(file.name for file in (tmp_path / "documents" / "offers").iterdir())
    assert names == ["-b--..-Bob.html", "Ana.html"]
    assert "&lt;b&gt;/../Bob" in (tmp_path / "documents" / "offers" / names[0]).read_text(encoding="utf-8")
    assert set(office.states().values()) == {"DONE"}
    assert office.run("R-0001").output.keys() == {"path", "sha256"}
    office.close()


def test_a_cell_that_a_text_begins_with_is_text_too(tmp_path):
    office = Office(tmp_path, files_allow=(tmp_path / "documents",))
    lay_out_leads(office, Action="file.write", With="path: offers/{{ email }}.html\nbody: {{ name }}, welcome")
    office.type("Leads", {"Name": "Bob"}, Name="<script>alert(1)</script>")
    office.tick()
    page = (tmp_path / "documents" / "offers" / "bob@shop.example.html").read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;, welcome" in page
    office.close()
