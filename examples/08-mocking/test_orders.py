"""Tests of the pipeline in orders.py:  pytest examples/08-mocking"""

ORDERS = "examples/08-mocking/orders.py"


def test_orders_are_priced_and_shipped(run_pipeline):
    run = run_pipeline(ORDERS, stubs={"fetch": {"orders": [10, 30]}, "ship": None})
    run.assert_succeeded()
    assert run.outputs["prices"] == [25.0, 75.0]
    assert run.ran == ("fetch", "price orders.0.price", "price orders.1.price", "decide", "act.ship.ship")
    assert run.skipped == ("act.hold.notify",)


def test_little_is_held_back_and_somebody_is_told(run_pipeline):
    told = []
    run = run_pipeline(ORDERS, stubs={"fetch": {"orders": [1]}, "notify": lambda total: told.append(total)})
    assert "act.ship.ship" in run.skipped
    assert told == [2.5]


def test_one_price_that_cannot_be_had_stops_the_pipeline(run_pipeline):
    no_price = {"price orders.1.price": LookupError("no price for 2")}
    run = run_pipeline(ORDERS, stubs={"fetch": {"orders": [1, 2, 3]}, **no_price})
    run.assert_failed("price orders.1.price", match="no price")
    assert run.step("price orders.2.price").outputs == {"prices": 7.5}
    assert "decide" in run.skipped


def test_fetching_is_tried_again(run_pipeline):
    answers = iter([ConnectionError("not yet"), [7]])

    def fetch():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    run = run_pipeline(ORDERS, stubs={"fetch": fetch}, others="mock", parameters={"decision": "hold"})
    run.assert_succeeded()
    assert [attempt.status for attempt in run.step("fetch").attempts] == ["failed", "succeeded"]
