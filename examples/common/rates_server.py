"""A web server with exchange rates, for examples/27-requests:  python examples/common/rates_server.py [HOST:PORT]"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RATES = {"NOK": 11.5, "SEK": 11.25}


class Rates(BaseHTTPRequestHandler):
    def do_GET(self):
        currency = self.path.rpartition("/")[2]
        rate = RATES.get(currency)
        self._answer(404 if rate is None else 200, {"currency": currency, "rate": rate})

    def do_POST(self):
        table = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(201, {"lines": len(table)})

    def _answer(self, status, document):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())

    def log_message(self, *words):
        pass


def server(address="127.0.0.1:8027"):
    host, _, port = address.partition(":")
    return ThreadingHTTPServer((host, int(port)), Rates)


if __name__ == "__main__":
    server(*sys.argv[1:]).serve_forever()
