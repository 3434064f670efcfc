import gzip
import re
from pathlib import Path

from django.contrib.staticfiles import finders
from tests.builders import NINE
from tests.clinic.days import sign_in
from tests.clinic.walk import HOUR

LIMIT = 150_000
FONTS_USED = ("ui/fonts/ahn.woff2", "ui/fonts/literata.woff2")  # no italic on these pages


def size(name: str, *, packed: bool = True) -> int:
    """Give the bytes a browser receives: style and script are served compressed."""
    body = Path(str(finders.find(name))).read_bytes()
    return len(gzip.compress(body)) if packed else len(body)


def test_the_first_page_of_the_app_weighs_at_most_150_kb_with_its_fonts(walk, at_clock, capsys):
    walk.give(NINE)
    walk.book(NINE + 50 * HOUR)
    at_clock(NINE + 48 * HOUR)
    page = sign_in(walk, walk.patient.user).get("/me/").content
    asked = set(re.findall(r'(?:href|src)="/static/([^"]+)"', page.decode()))
    files = {name for name in asked if not name.endswith(".woff2")}
    weight = len(page) + sum(map(size, files))
    weight += sum(size(name, packed=False) for name in FONTS_USED)
    assert {"ui/css/tokens.css", "practice/app.css"} <= files
    with capsys.disabled():
        print(f"\nfirst page of the app: {weight} bytes")  # noqa: T201  the figure is the point
    assert weight <= LIMIT
