"""Functions that the examples use. They stand in a module of their own, so that pods can import them."""

import argparse
import os
from dataclasses import dataclass

from pydantic import BaseModel


def hello() -> None:
    """Take nothing, return nothing."""
    print("Hello from a function!")


def fail() -> None:
    """Raise an exception, as a step that goes wrong does."""
    raise ValueError("this step always fails")


class Address(BaseModel):
    """A parameter with a structure of its own."""

    city: str
    zip_code: str


@dataclass
class Discount:
    """Another structure: a plain dataclass."""

    percent: float
    reason: str = "regular customer"


def check_order(items: list[int], unit_price: float, customer: str, address: Address) -> None:
    """Parameters arrive as what the annotations say."""
    assert items == [3, 1, 2], items
    assert unit_price == 9.5, unit_price
    assert customer == "Ada", customer
    assert isinstance(address, Address), type(address)
    assert address.city == "Oslo", address


def check_order_as_namespace(customer: str, rest: argparse.Namespace) -> None:
    """A Namespace takes every parameter that no other argument takes."""
    assert customer == "Ada", customer
    assert rest.items == [3, 1, 2], rest
    assert rest.address["city"] == "Oslo", rest


def check_order_as_keywords(customer: str, **rest: object) -> None:
    """So do keyword arguments."""
    assert customer == "Ada", customer
    assert rest["unit_price"] == 9.5, rest


def take_order() -> tuple[list[int], float, str, Address, float]:
    """Return several values; the step says under which names."""
    return [3, 1, 2], 9.5, "Ada", Address(city="Oslo", zip_code="0150"), 0.75


def grant_discount(items: list[int]) -> Discount:
    """Return a dataclass: its fields travel as JSON."""
    return Discount(percent=float(len(items)))


def check_total(items: list[int], unit_price: float, discount: Discount, confidence: float) -> float:
    """Read what two earlier steps returned."""
    assert isinstance(discount, Discount), type(discount)
    assert confidence == 0.75, confidence
    return sum(items) * unit_price * (1 - discount.percent / 100)


def expect_total(total: float, report: dict[str, object]) -> None:
    """Check what a notebook returned."""
    assert total == 57.0, total
    assert report == {"customer": "Ada", "total": 57.0}, report


def count_words(text: str) -> int:
    """Return one value."""
    return len(text.split())


def count_letters(text: str) -> int:
    """Return one value."""
    return sum(c.isalpha() for c in text)


def describe(words: int, letters: int) -> str:
    """Read what each branch of a Parallel returned."""
    assert (words, letters) == (4, 15), (words, letters)
    return f"{letters} letters in {words} words"


def toss() -> str:
    """Decide something. FIX_TOSS makes it come out the same every time."""
    return os.environ.get("FIX_TOSS", "heads")


def win() -> int:
    """Return a value in one branch of a Conditional ..."""
    return 10


def lose() -> int:
    """... and under the same name in the other."""
    return -10


def check_balance(balance: int) -> None:
    """Whichever branch has run, the value is there."""
    assert abs(balance) == 10, balance


def list_chunks() -> list[int]:
    """Return the list that a Map runs over."""
    return [1, 2, 3]


def process(chunk: int) -> int:
    """Process one item of a Map."""
    return chunk * 10


def process_some(chunk: int) -> int:
    """Fail for one item."""
    if chunk == 2:
        raise ValueError("cannot process 2")
    return chunk * 10


def check_processed(processed: list[int], counted: list[int]) -> None:
    """What the items returned arrives as lists, in the order of the items."""
    assert processed == [10, 20, 30], processed
    assert counted == [11, 21, 31], counted


def check_kept(processed: list[int], not_processed: list[dict[str, object]]) -> None:
    """The results of the items that succeeded, in their order, and why the others failed."""
    assert processed == [10, 30], processed
    (failure,) = not_processed
    assert str(failure.pop("error")).startswith("ValueError: cannot process 2"), not_processed
    assert failure == {"index": 1, "item": 2, "step": "process"}, failure


def use_more_each_time() -> list[str]:
    """Fail at the first attempt, as if the memory did not suffice, and return sizes at the second."""
    if os.environ["RUNNABLE_STEP_ATTEMPT"] == "1":
        raise MemoryError("128Mi do not suffice")
    return ["128Mi", "192Mi"]


def process_size(size: str) -> int:
    """Process what needs so much memory."""
    return len(size)


def check_processed_sizes(processed: list[int]) -> None:
    """All items have been processed."""
    assert processed == [5, 5], processed


def check_largest(processed: int) -> None:
    """With a reducer it arrives as one value."""
    assert processed == 30, processed


def spread(values: list[int]) -> int:
    """A reducer: it is called with the list of values."""
    return max(values) - min(values)


def check_spread(processed: int) -> None:
    """What the reducer made of the list."""
    assert processed == 20, processed


def halve(number: int, attempt: int) -> tuple[int, bool]:
    """One iteration of a Loop: it reads what the one before returned."""
    print(f"iteration {attempt}: {number}")
    return number // 2, number // 2 <= 1


def check_halved(number: int) -> None:
    """What the last iteration returned."""
    assert number == 1, number


def never_done(attempt: int) -> tuple[int, bool]:
    """An iteration that never ends the Loop."""
    return attempt, False


def check_last(last: int) -> None:
    """The Loop has ended at its limit."""
    assert last == 2, last


def list_grid() -> list[list[int]]:
    """Items of a Map may be lists themselves."""
    return [[1, 2], [], [3]]


def square(cell: int) -> int:
    """The innermost step of nested Maps."""
    return cell * cell


def check_grid(squared: list[list[int]]) -> None:
    """Nested Maps give nested lists."""
    assert squared == [[1, 4], [], [9]], squared


def grade(cell: int) -> str:
    """Decide inside of a Map."""
    return "odd" if cell % 2 else "even"


def check_verdicts(verdict: list[str]) -> None:
    """One verdict for each item, from whichever branch ran for it."""
    assert verdict == ["strange", "fine", "strange"], verdict


def fetch_orders() -> list[int]:
    """Stand for something slow: the quantities of today's orders."""
    return [3, 1, 40]


def price_of(order: int) -> float:
    """Price one order."""
    return 2.5 * order


def flat_price(order: int) -> float:
    """Stand in for `price_of` in a mocked run."""
    return float(order)


def decide(prices: list[float]) -> tuple[str, float]:
    """Ship what is worth it: the decision, and the sum of the prices."""
    total = sum(prices)
    return ("ship" if total >= 50 else "hold"), total


def notify(total: float) -> None:
    """Tell somebody that orders are held back."""
    print(f"orders worth {total} are held back")


def build_report() -> str:
    """Need no secret, and have none."""
    assert "PUBLISH_TOKEN" not in os.environ
    return "all is well"


def publish(report: str) -> None:
    """A secret is a variable of the environment of the steps that name it."""
    token = os.environ["PUBLISH_TOKEN"]
    print(f"publishing {report!r} with {token}")
