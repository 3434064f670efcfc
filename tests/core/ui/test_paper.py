"""A page on paper fetches nothing, and what a person wrote stays words."""

import http.server
import re
import socket
import threading
import urllib.error
import urllib.request
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest
import typst

import kapstone
from kapstone.core.ui.palette import LIGHT
from kapstone.core.ui.paper import ReachesOut, on_paper, pdf_of

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{}</svg>'
PAGE = """#let told = json(bytes(sys.inputs.told))
#set document(title: "A page")
#image(bytes(told.chart), format: "svg", alt: "A chart")
#told.words
"""
PAGES = sorted(Path(kapstone.__file__).parent.rglob("*.typ"))


@dataclass(frozen=True)
class Told:
    chart: str
    words: str = "Still."


class Trap(http.server.BaseHTTPRequestHandler):
    """A server that remembers whatever it is asked."""

    heard: list[str]

    def do_GET(self):
        self.heard.append(self.path)
        self.send_error(404)

    def log_message(self, *args):
        pass


@pytest.fixture
def trap():
    Trap.heard = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Trap)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(tmp_path):
    made = tmp_path / "page.typ"
    made.write_text(PAGE)
    return made


@pytest.mark.parametrize(
    "inside",
    [
        '<image href="/x.png"/>',
        '<image xlink:href = "x.png"/>',
        "<use href='http://a/b#c'/>",
        '<use href="b.svg#c"/>',
        '<rect fill="url(http://a/b)"/>',
        '<rect style="fill: URL( a.svg#b )"/>',
        "<style>@import 'a.css'</style>",
        '<foreignObject><img src="a"/></foreignObject>',
        '<!DOCTYPE svg [<!ENTITY a SYSTEM "/etc/passwd">]>',
        "<script>1</script>",
    ],
)
def test_a_picture_that_names_anything_outside_itself_is_refused(inside):
    with pytest.raises(ReachesOut):
        on_paper(SVG.format(inside))


def test_a_picture_may_name_its_own_parts_and_gets_the_colours_of_paper():
    given = on_paper(SVG.format('<use href="#a"/><rect class="f-amber" fill="url(#b)"/>'))
    assert f".f-amber{{fill:{LIGHT['amber']}}}" in given
    assert ".f-surface{fill:#FFFFFF}" in given
    assert "var(" not in given


@pytest.mark.parametrize(
    "inside",
    [
        '<image href="{trap}/planted.png" width="9" height="9"/>',
        '<style>@import url("{trap}/planted.css");</style><rect/>',
        '<use href="{trap}/planted.svg#a"/><rect/>',
    ],
)
def test_nothing_is_fetched_even_if_a_picture_came_past_the_check(
    trap, page, monkeypatch, inside
):
    def refuse(*args):
        raise AssertionError("a connection was asked for")

    words = f'#image("{trap}/planted.typ") #import "@preview/cetz:0.3.0"'
    told = Told(chart=SVG.format(inside.format(trap=trap)), words=words)
    with monkeypatch.context() as patched:
        patched.setattr(socket.socket, "connect", refuse)
        refused = pytest.raises(typst.TypstError, match="URLs are not allowed")
        with refused if "<image" in inside else nullcontext():
            assert pdf_of(page, told).startswith(b"%PDF-")
    assert Trap.heard == []
    with pytest.raises(urllib.error.HTTPError):  # the control: the trap hears whoever asks
        urllib.request.urlopen(f"{trap}/planted.png")  # noqa: S310  our own trap
    assert Trap.heard == ["/planted.png"]


def test_a_page_that_asks_for_a_file_outside_its_folder_is_not_made(page, tmp_path):
    outside = tmp_path / "secret.txt"
    outside.write_text("nobody reads this")
    folder = tmp_path / "pages"
    folder.mkdir()
    asking = folder / "page.typ"
    asking.write_text(f'{PAGE}\n#read("../secret.txt")')
    with pytest.raises(typst.TypstError):
        pdf_of(asking, Told(chart=SVG.format("<rect/>")))


def test_pages_are_there_and_take_nothing_but_their_neighbours():
    assert PAGES
    for path in PAGES:
        text = path.read_text()
        taken = set(re.findall(r'#(?:import|include)\s+"([^"]+)"', text))
        assert taken <= {one.name for one in path.parent.glob("*.typ")}, path.name
        assert not re.search(r'@\w+/|\bread\(|image\("|plugin\(|://', text), path.name
