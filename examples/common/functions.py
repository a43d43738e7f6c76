"""Functions that the examples use. They stand in a module of their own, so that pods can import them."""

import argparse
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
