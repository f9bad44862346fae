"""Steps that call a web service: retries, dead letters, and what people type beside them."""

from tests.acceptance.conftest import Shop
from tests.servers.http import HttpServer, Reply, drop


def _orders(shop: Shop, server: HttpServer, **step: str) -> Shop:
    settings = {"Retry": "1s, 1s", "With": f'url: {server.url}/orders\\njson: {{"no": {{{{ no }}}}}}\\nidempotent: yes', **step}
    shop.config(f'[http]\nallow = ["{server.host}"]\n')
    shop.write(
        Contracts="""
            Contract | Enabled | Trigger | Tab    | Dedupe key | Owner | SOP       | Exit state | Check
            Orders   | Yes     | New row | Orders | {{ no }}   | Ana   | By hand   | Booked     |
        """,
        Steps=[
            ["Contract", "Step", "Action", "With", "Retry", "On failure", "Check"],
            [
                "Orders",
                "Book",
                "http.post",
                settings["With"].replace("\\n", "\n"),
                settings["Retry"],
                settings.get("On failure"),
                None,
            ],
            [
                "Orders",
                "Tell",
                "email.send",
                "to: ana@shop.example\nsubject: Order {{ no }}\nbody: Booked as {{ steps.book.json.id }}.",
                None,
                None,
                None,
            ],
        ],
        SOPs="""
            SOP     | No | Instruction
            By hand | 1  | Call the warehouse.
            By hand | 2  | Type DONE.
        """,
        Orders="""
            No | Amount | State | Run | Row ID
            7  | 120    |       |     |
        """,
    )
    return shop


def test_a_failing_service_is_tried_again_with_the_same_key(shop: Shop, http_server: HttpServer) -> None:
    http_server.on("/orders", Reply(status=503), Reply(status=503), Reply(status=201, body=b'{"id": "b-1"}'))
    _orders(shop, http_server).run("run", "--once")
    assert shop.runs() == {"7": "DONE"}
    assert http_server.hits() == 3
    assert len({request.headers["idempotency-key"] for request in http_server.requests}) == 1
    assert "Booked as b-1." in shop.mails()[0].get_content()


def test_a_refusal_for_good_is_a_dead_letter_with_its_sop(shop: Shop, http_server: HttpServer) -> None:
    http_server.on("/orders", Reply(status=422, body=b'{"error": "no such product"}'))
    _orders(shop, http_server).run("run", "--once")
    assert http_server.hits() == 1
    (letter,) = shop.tab("Dead letters")
    assert letter["State"] == "DEAD_LETTER"
    assert "422" in str(letter["Error"])
    assert "/orders" in str(letter["Payload"])
    assert "Call the warehouse." in str(letter["SOP"])
    assert shop.mails() == []


def test_retry_uses_the_rows_values_as_they_are_now(shop: Shop, http_server: HttpServer) -> None:
    http_server.on("/orders", Reply(status=422), Reply(status=201, body=b'{"id": "b-2"}'))
    _orders(shop, http_server, With=f'url: {http_server.url}/orders\\njson: {{"amount": {{{{ amount }}}}}}\\nidempotent: yes')
    shop.run("run", "--once")
    shop.type("Orders", {"No": 7}, Amount=150)
    shop.type("Dead letters", {"Run": "R-0001"}, Decision="retry", Decided_by="Ana")
    shop.run("run", "--once")
    assert shop.runs() == {"7": "DONE"}
    assert b"150" in http_server.requests[-1].body
    assert str(shop.tab("Dead letters")[0]["Result"]).startswith("Tried again by Ana")


def test_done_by_hand_goes_on_with_the_next_step(shop: Shop, http_server: HttpServer) -> None:
    http_server.on("/orders", Reply(status=404))
    _orders(shop, http_server)
    shop.type("Steps", {"Step": "Tell"}, With="to: ana@shop.example\nsubject: Order {{ no }}\nbody: Booked.")
    shop.run("run", "--once")
    shop.type("Dead letters", {"Run": "R-0001"}, Decision="DONE")
    shop.run("run", "--once")
    assert shop.runs() == {"7": "DONE"}
    assert http_server.hits() == 1
    assert len(shop.mails()) == 1


def test_close_ends_the_run_and_does_nothing_more(shop: Shop, http_server: HttpServer) -> None:
    http_server.on("/orders", Reply(status=404))
    _orders(shop, http_server).run("run", "--once")
    shop.type("Dead letters", {"Run": "R-0001"}, Decision="CLOSE")
    shop.run("run", "--once")
    shop.run("run", "--once")
    assert shop.runs() == {"7": "CLOSED"}
    assert http_server.hits() == 1


def test_a_host_that_config_does_not_name_is_never_reached(shop: Shop, http_server: HttpServer) -> None:
    http_server.on("/orders", Reply(status=200))
    _orders(shop, http_server)
    shop.config('[http]\nallow = ["api.example.com"]\n')
    shop.run("run", "--once", code=1)
    assert http_server.hits() == 0
    assert "config.toml" in str(shop.tab("Steps")[0]["Check"])
    assert shop.tab("Runs") == []


def test_an_answer_that_was_lost_after_a_post_is_in_doubt_and_never_repeated(shop: Shop, http_server: HttpServer) -> None:
    http_server.on("/orders", drop)
    _orders(shop, http_server, With=f"url: {http_server.url}/orders\\njson: {{}}")
    shop.run("run", "--once")
    assert shop.runs() == {"7": "IN_DOUBT"}
    assert http_server.hits() == 1
    shop.run("run", "--once")
    assert http_server.hits() == 1
    (letter,) = shop.tab("Dead letters")
    assert letter["State"] == "IN_DOUBT"


def test_what_a_cell_holds_adds_no_field_to_a_form_and_no_part_to_an_address(shop: Shop, http_server: HttpServer) -> None:
    _orders(
        shop, http_server, With=f"url: {http_server.url}/orders/{{{{ no }}}}\\nform: no={{{{ no }}}}&kind=order\\nidempotent: yes"
    )
    shop.type("Orders", {"No": 7}, No="1/../2?admin=1&kind=gift")
    http_server.on("/orders/1%2F..%2F2%3Fadmin%3D1%26kind%3Dgift", Reply(status=201, body=b'{"id": "b-3"}'))
    shop.run("run", "--once")
    assert list(shop.runs().values()) == ["DONE"]
    assert http_server.requests[0].body == b"no=1%2F..%2F2%3Fadmin%3D1%26kind%3Dgift&kind=order"
