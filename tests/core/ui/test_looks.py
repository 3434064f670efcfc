"""Theme, headers, error pages, and what a page weighs."""

import gzip
import re
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from kapstone.core.ui.context import appearance
from kapstone.core.ui.errors import PAGES, error_page
from kapstone.core.ui.middleware import NoStore
from kapstone.core.ui.views import choose_theme, styleguide

STATIC = Path(__file__).parents[3] / "src/kapstone/core/ui/static/ui"
PATIENT_FILES = ("tokens", "base", "layout", "components", "charts", "patient")
FIRST_LOAD_BYTES = 150_000
LINES_OF_SCRIPT = 300
LINES_OF_ONE_SCRIPT = 200
FOLLOWING = "live.js"  # only the pages that follow a session load it


def asked(path="/", **cookies):
    request = RequestFactory().get(path)
    request.COOKIES.update(cookies)
    return request


@pytest.mark.parametrize(
    ("cookie", "theme"), [("dark", "dark"), ("deep", "deep"), ("", ""), ("<script>", "")]
)
def test_only_a_theme_that_exists_reaches_the_page(cookie, theme):
    assert appearance(asked(theme=cookie))["theme"] == theme


def test_a_chosen_theme_is_kept_and_the_person_stays_where_they_were():
    request = RequestFactory().post("/theme", {"theme": "room", "next": "/today/?row=2"})
    response = choose_theme(request)
    assert response.url == "/today/?row=2"
    assert response.cookies["theme"].value == "room"
    assert response.cookies["theme"]["samesite"] == "Lax"


@pytest.mark.parametrize("away", ["https://elsewhere.example/", "//elsewhere.example", "x:y"])
def test_a_theme_never_sends_anyone_elsewhere(away):
    response = choose_theme(RequestFactory().post("/theme", {"theme": "dark", "next": away}))
    assert response.url == "/"


def test_an_unknown_theme_is_not_kept():
    response = choose_theme(RequestFactory().post("/theme", {"theme": "neon", "next": "/"}))
    assert "theme" not in response.cookies


def test_a_theme_is_changed_by_post_alone():
    assert choose_theme(RequestFactory().get("/theme")).status_code == 405


@pytest.mark.parametrize("theme", ["light", "dark", "room", "deep"])
def test_the_style_guide_shows_the_theme_it_is_asked_for(theme):
    page = styleguide(asked(f"/styleguide?theme={theme}")).content.decode()
    assert (
        f'<html lang="en-GB" data-theme="{theme}">' in page or f'data-theme="{theme}"' in page
    )


def test_no_page_is_kept_by_a_cache():
    response = NoStore(lambda _: HttpResponse("x"))(asked())
    assert response["Cache-Control"] == "no-store"
    assert "HX-Request" in response["Vary"]
    assert "geolocation=()" in response["Permissions-Policy"]
    assert response["Referrer-Policy"] == "same-origin"


def test_what_a_view_chose_on_purpose_is_left_alone():
    def view(_):
        response = HttpResponse("x")
        response["Cache-Control"] = "private, max-age=60"
        return response

    assert NoStore(view)(asked())["Cache-Control"] == "private, max-age=60"


@pytest.mark.parametrize("status", sorted(PAGES))
def test_an_error_says_what_happened_what_was_kept_and_what_to_do(status):
    page = error_page(asked(), status).content.decode()
    told = PAGES[status]
    order = [
        page.index(words.replace("'", "&#x27;"))
        for words in (told.title, told.happened, told.kept, told.to_do)
    ]
    assert order[1:] == sorted(order[1:])
    assert error_page(asked(), status).status_code == status


def test_an_error_without_a_page_of_its_own_keeps_its_status():
    assert error_page(asked(), 418).status_code == 418


def weight(path):
    return len(gzip.compress(path.read_bytes()))


def test_the_patients_first_page_is_light():
    sheets = sum(weight(STATIC / f"css/{name}.css") for name in PATIENT_FILES)
    scripts = sum(weight(path) for path in (STATIC / "js").glob("*.js"))
    fonts = sum((STATIC / f"fonts/{name}.woff2").stat().st_size for name in ("ahn", "literata"))
    page_and_hill = 12_000
    assert sheets + scripts + fonts + page_and_hill <= FIRST_LOAD_BYTES


def test_the_scripts_stay_few():
    lines = {
        path.name: len(path.read_text().splitlines()) for path in (STATIC / "js").glob("*.js")
    }
    assert max(lines.values()) <= LINES_OF_ONE_SCRIPT
    assert sum(lines.values()) - lines[FOLLOWING] <= LINES_OF_SCRIPT


def test_scripts_evaluate_nothing_and_write_no_markup():
    for path in (STATIC / "js").glob("*.js"):
        assert not re.search(
            r"\beval\(|new Function|innerHTML|document\.write", path.read_text()
        )


def test_every_class_of_colour_that_a_chart_uses_is_in_the_style_sheet():
    tokens = (STATIC / "css/tokens.css").read_text()
    used = set()
    for golden in (Path(__file__).parent / "golden").glob("*.svg"):
        for classes in re.findall(r'class="([^"]*)"', golden.read_text()):
            used |= {one for one in classes.split() if re.match(r"(f|s|stop)-", one)}
    assert used
    for one in used:
        assert f".{one} {{" in tokens, one


def test_style_sheets_ask_nothing_of_the_outside():
    for path in (STATIC / "css").glob("*.css"):
        assert not re.search(r"@import|https?:|//[a-z]", path.read_text()), path.name
