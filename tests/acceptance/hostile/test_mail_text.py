"""What a stranger types into a form is text in the mails that it ends up in: no markup, no header, no second recipient."""

from tests.acceptance.conftest import Shop

EVIL = '<a href="https://evil.example">Click</a><script>x()</script>'


def _mail(shop: Shop, settings: list[str], names: list[str], **tabs: list[list[object]]) -> None:
    """One mail for each name and settings."""
    shop.write(
        Contracts=[
            ["Contract", "Enabled", "Trigger", "Tab", "Dedupe key"],
            *([f"Hello {place}", "Yes", "New row", "Leads", "{{ no }}"] for place in range(len(settings))),
        ],
        Steps=[
            ["Contract", "Step", "Action", "With", "Retry"],
            *([f"Hello {place}", "Reply", "email.send", text, "No"] for place, text in enumerate(settings)),
        ],
        Leads=[
            ["No", "Name", "Email", "State", "Run"],
            *([no, name, "ana@shop.example", None, None] for no, name in enumerate(names)),
        ],
        **tabs,
    )
    shop.run("run", "--once", code=None)


def test_markup_from_a_cell_is_text_in_a_page(shop: Shop) -> None:
    page = "<html><body><p>Dear {{ name }}</p></body></html>"
    templates: list[list[object]] = [["Template", "Subject", "Body"], ["Page", "Hi", page]]
    _mail(shop, ["to: {{ email }}\ntemplate: Page"], [EVIL], Templates=templates)
    (mail,) = shop.mails()
    shown = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "<script>" not in shown
    assert "<a " not in shown
    assert "&lt;a href" in shown
    assert EVIL in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_a_cell_makes_no_page_of_a_plain_mail(shop: Shop) -> None:
    bodies = ["{{ name }}", "{{ name }} wrote", "{% if name %}{{ name }}{% endif %}"]
    openings = ["<html>", "<!DOCTYPE html><html>", " \n<HTML>"]
    _mail(shop, [f"to: {{{{ email }}}}\nsubject: Hi\nbody: {body}" for body in bodies], [opening + EVIL for opening in openings])
    assert len(shop.mails()) == len(bodies) * len(openings)
    for mail in shop.mails():
        assert mail.get_content_type() == "text/plain"
        assert EVIL in mail.get_content()


def test_a_name_brings_no_second_recipient_and_no_header(shop: Shop) -> None:
    names = [
        "x <boss@evil.example>, y",
        "x <boss@evil.example>; y",
        "x <boss@evil.example>\ny",
        'x" <boss@evil.example>, "y',
        "x\r\nBcc: boss@evil.example\r\n",
        "boss@evil.example,",
        "x\u2028Bcc: boss@evil.example",
        "Ada",
    ]
    people = ["{{ name }} <{{ email }}>", '"{{ name }}" <{{ email }}>', "Dear {{ name }} <{{ email }}>"]
    _mail(shop, [f"to: {to}\nsubject: Hi {{{{ name }}}}\nbody: Hello" for to in people], names)
    assert len(shop.mails()) >= len(people)
    assert len(shop.tab("Runs")) == len(people) * len(names)
    for mail in shop.mails():
        assert str(mail["X-Envelope-To"]) == "ana@shop.example"
        assert mail["Bcc"] is None
        assert [address.addr_spec for address in mail["To"].addresses] == ["ana@shop.example"]
