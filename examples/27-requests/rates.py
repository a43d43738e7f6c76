"""Steps that ask a web server, and send it something:  python examples/27-requests/rates.py

    python examples/common/rates_server.py &             # the server, on this machine

Here the runtime sends the requests, on Argo one pod of Argo's, its agent: no step of these takes a pod of its own.
There the server has to have an address that pods reach: -p server=HOST:PORT.
"""

from runnable import HttpTask, Map, Parameter, Pipeline, PythonTask, param

SERVER = "http://" + param("server")


def choose() -> list[str]:
    return ["NOK", "SEK", "XYZ"]


def convert(answers: list[dict[str, str | float | None]], amount: float = 100.0) -> dict[str, float]:
    """What the server answered arrives as the JSON that it is."""
    return {answer["currency"]: amount * answer["rate"] for answer in answers if answer["rate"] is not None}


def tell(receipt: dict[str, int]) -> int:
    print(f"the server has taken a table of {receipt['lines']} lines")
    return receipt["lines"]


def main():
    ask = HttpTask(
        name="ask",
        url=SERVER + "/rates/" + param("currency"),
        success="response.statusCode in [200, 404]",
        returns=["answers"],
        timeout="30s",
        retry=2,
    )
    pipeline = Pipeline(
        name="rates",
        parameters=[Parameter(name="server", type=str, default="127.0.0.1:8027", help="HOST:PORT of the server")],
        steps=[
            PythonTask(name="choose", function=choose, returns=["currencies"]),
            Map(name="each", branch=ask.as_pipeline(), iterate_on="currencies", iterate_as="currency"),
            PythonTask(name="convert", function=convert, returns=["table"]),
            HttpTask(
                name="send",
                method="POST",
                url=SERVER + "/tables",
                body=param("table"),
                success="response.statusCode == 201",
                returns=["receipt"],
            ),
            PythonTask(name="tell", function=tell, returns=["lines"]),
        ],
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
