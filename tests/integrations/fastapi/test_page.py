"""The page for people: in a real browser where there is one, and by its source everywhere."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image

from pybase_extraction.integrations.fastapi import create_ui_router
from pybase_extraction.integrations.fastapi.ui import POLICY
from pybase_extraction.integrations.page_pictures import draw_page
from tests.integrations.browser import Browser
from tests.integrations.fastapi.conftest import SAMPLES, Api
from tests.integrations.fastapi.test_example import backend, client

HOSTILE = "<img src=x onerror=alert(1)>"
PAGE = Path(__file__).parents[3] / "pybase_extraction" / "integrations" / "fastapi" / "page"
ROW = "[...document.querySelectorAll('#rows tr')].find((row) => row.innerText.includes({name!r}))"


class Source(HTMLParser):
    """What a document consists of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inline: list[str] = []
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside in {"script", "style"} and data.strip():
            self.inline.append(data)


async def _get(path: str, *, api: str = "/api") -> httpx.Response:
    app = FastAPI()
    app.include_router(create_ui_router(api=api), prefix="/extraction")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client_:
        return await client_.get(f"/extraction{path}")


@pytest.mark.anyio
async def test_the_page_keeps_its_own_policy() -> None:
    answer = await _get("/ui")
    assert answer.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    source = Source(answer.text)
    assert source.inline == []
    for tag, attributes in source.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], (tag, attributes)
        for name in ("src", "href"):
            assert not (attributes.get(name) or "").startswith(("http:", "https:", "//")), (tag, attributes)


@pytest.mark.anyio
async def test_every_control_has_a_label_and_every_table_a_caption() -> None:
    source = Source((await _get("/ui")).text)
    labelled = {attributes["for"] for tag, attributes in source.tags if tag == "label"}
    for tag, attributes in source.tags:
        if tag in {"input", "select"}:
            assert attributes["id"] in labelled, attributes
        if tag == "th":
            assert attributes["scope"] == "col"
    names = [tag for tag, _ in source.tags]
    assert names.count("table") == names.count("caption") == 1
    assert {"status", "alert"} <= {attributes.get("role") for _, attributes in source.tags}
    assert dict(source.tags)["html"]["lang"] == "en"


@pytest.mark.anyio
async def test_its_files_are_served_and_nothing_else() -> None:
    for name, kind in (("page.js", "text/javascript"), ("page.css", "text/css")):
        answer = await _get(f"/ui/{name}")
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, kind)
        assert answer.headers["x-content-type-options"] == "nosniff"
    for name in ("index.html", "..%2f..%2fui.py", "nonsense"):
        assert (await _get(f"/ui/{name}")).status_code == 404
    assert '"&lt;x&gt;&quot;"' in (await _get("/ui", api='<x>"')).text


def test_the_script_makes_no_markup_of_texts() -> None:
    script = (PAGE / "page.js").read_text("utf-8")
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "srcdoc"):
        assert way not in script
    assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", script)


def test_colours_have_the_contrast_that_reading_needs() -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1 for text, in both schemes."""
    found = re.findall(r"--(\w+): light-dark\((#\w{6}), (#\w{6})\)", (PAGE / "page.css").read_text("utf-8"))
    colours = {name: schemes for name, *schemes in found}
    for scheme in (0, 1):
        for text in ("ink", "bad", "accent"):
            for ground in ("paper", "soft"):
                light, dark = sorted((_luminance(colours[name][scheme]) for name in (text, ground)), reverse=True)
                assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground, scheme)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.anyio
async def test_pictures_of_pages_are_drawn_for_the_owner_within_bounds(api: Api) -> None:
    job_id = await api.completed("mara", (SAMPLES / "bearing-bracket.pdf").read_bytes(), "a.pdf")
    other = await api.completed("mara")
    async with api.client("mara") as mara, api.client("noor") as noor, api.client("root") as root:
        drawn = await mara.get(f"/jobs/{job_id}/pages/1.png", params={"width": 300})
        assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/png")
        # IHDR: width and height as four bytes each behind the signature, length and name; the sheet is A3 across
        width, height = (int.from_bytes(drawn.content[at : at + 4], "big") for at in (16, 20))
        assert (width, height) == (300, pytest.approx(300 / 1190.55 * 841.89, abs=1))
        assert (await root.get(f"/jobs/{job_id}/pages/1.png")).status_code == 200
        assert (await noor.get(f"/jobs/{job_id}/pages/1.png")).status_code == 404
        assert (await mara.get(f"/jobs/{job_id}/pages/2.png")).status_code == 404
        assert (await mara.get(f"/jobs/{other}/pages/1.png")).status_code == 404
        for wrong in ("/pages/0.png", "/pages/x.png", "/pages/1.png?width=9999", "/pages/1.png?width=1"):
            assert (await mara.get(f"/jobs/{job_id}{wrong}")).status_code == 422


@pytest.mark.anyio
async def test_pages_are_drawn_by_the_plugin_of_their_format(tmp_path: Path) -> None:
    path = tmp_path / "scan"
    Image.new("RGB", (500, 400), "white").save(path, "PNG")
    drawn = Image.open(io.BytesIO(await draw_page(path, 1, width=300, format="image")))
    assert (drawn.format, drawn.size) == ("PNG", (300, 240))
    with pytest.raises(LookupError, match="no such page"):
        await draw_page(path, 2, width=300, format="image")
    with pytest.raises(LookupError, match="format dxf"):
        await draw_page(SAMPLES / "flange.dxf", 1, width=300, format="dxf")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with backend(tmp_path_factory.mktemp("page")) as made:
        yield made.rpartition("/api/")[0]


@pytest.fixture
def browser(address: str) -> Iterator[Browser]:
    with Browser() as made:
        made.open(f"{address}/extraction/ui")
        made.until("!document.getElementById('sign-in').hidden")
        assert made.value("document.activeElement.id") == "token"
        made.type("mara-token")
        made.press("Enter")
        made.until("document.getElementById('live').innerText === 'live'")
        made.messages.clear()  # of the answer 401 that asked for the token
        yield made
        assert made.messages == []


@pytest.mark.slow
def test_a_dropped_drawing_is_followed_to_its_end_and_shown_with_its_places(browser: Browser, address: str) -> None:
    browser.value("document.getElementById('format').value = 'pdf'")
    browser.value("document.getElementById('format').dispatchEvent(new Event('change', {bubbles: true}))")
    for option in ("extract_dimensions", "extract_title_block"):
        browser.value(f"document.querySelector('[data-option={option}]').click()")
    browser.drop("#drop", SAMPLES / "bearing-bracket.pdf")
    row = ROW.format(name="bearing-bracket.pdf")
    browser.until(f"{row} && {row}.innerText.includes('completed')")
    assert browser.value(f"{row}.querySelector('progress').value") == 100
    browser.value(f"{row}.querySelector('button').focus()")
    browser.press("Enter")
    browser.until("document.getElementById('image').naturalWidth > 0")
    assert browser.value("document.activeElement.id") == "result"
    shown = browser.value("document.getElementById('sections').innerText")
    for text in ("PB-1042-A", "Hexagon socket screw", "+0.021", "40 +0.2/-0.1"):
        assert text in shown
    hit = "[...document.querySelectorAll('#sections tr[tabindex]')].find((row) => row.innerText.startsWith('Ø26 H7'))"
    browser.value(f"{hit}.id = 'hit'")
    browser.hover("#hit")
    browser.until("document.querySelector('rect.shown')")
    # where it is on the sheet: 362.83 points from the left, as pdfplumber reads it
    assert browser.value("Number(document.querySelector('rect.shown').getAttribute('x'))") == pytest.approx(362.83, 0.1)
    browser.hover("h1")
    browser.until("!document.querySelector('rect.shown')")
    browser.value("document.getElementById('hit').focus()")
    assert browser.value("!!document.querySelector('rect.shown')")
    # on a telephone every control is in reach without scrolling sideways, however long a name in the list is
    with client(f"{address}/api/v1/extraction") as mara:
        name = f"{'a name that nobody would give ' * 3}{'x' * 100}.pdf"
        mara.post("/upload", files={"file": (name, b"%PDF-1.7\n" + b"broken" * 50)})
    failed = ROW.format(name=name)
    browser.until(f"{failed} && {failed}.innerText.includes('failed')")
    browser.command("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
    outside = """[...document.querySelectorAll('input, select, button')].filter((item) => item.offsetParent
        && item.getBoundingClientRect().right > innerWidth - 8).map((item) => item.id || item.innerText)"""
    assert browser.value(outside) == []


@pytest.mark.slow
def test_pictures_of_a_drawing_are_shown_with_its_result(browser: Browser, address: str) -> None:
    with client(f"{address}/api/v1/extraction") as mara:
        file = ("drawn.dxf", (SAMPLES / "flange.dxf").read_bytes())
        mara.post("/upload", files={"file": file}, data={"options": '{"preview": "both"}'})
    row = ROW.format(name="drawn.dxf")
    browser.until(f"{row} && {row}.innerText.includes('completed')")
    browser.value(f"{row}.querySelector('button').click()")
    pictures = "[...document.querySelectorAll('#sections img')]"
    browser.until(f"{pictures}.length === 2 && {pictures}.every((picture) => picture.naturalWidth > 0)")
    assert browser.value(f"{pictures}.every((picture) => picture.alt)")


@pytest.mark.slow
def test_a_long_table_grows_when_asked(browser: Browser, tmp_path: Path) -> None:
    # group codes of the DXF reference: 0 type, 8 layer, 10/20 position, 40 height, 1 text
    texts = [["0", "TEXT", "8", "0", "10", "0", "20", str(9 * at), "40", "2.5", "1", f"text {at}"] for at in range(450)]
    lines = ["0", "SECTION", "2", "ENTITIES", *(line for text in texts for line in text), "0", "ENDSEC", "0", "EOF", ""]
    (tmp_path / "long.dxf").write_text("\n".join(lines))
    browser.choose_files("#files", tmp_path / "long.dxf")
    row = ROW.format(name="long.dxf")
    browser.until(f"{row} && {row}.innerText.includes('completed')")
    browser.value(f"{row}.querySelector('button').click()")
    section = (
        "[...document.querySelectorAll('#sections details')].find((item) => item.innerText.startsWith('Text blocks'))"
    )
    browser.until(section)
    browser.value(f"{section}.open = true")
    rows, more = f"{section}.querySelectorAll('tbody tr').length", f"{section}.querySelector('.scroll + button')"
    assert (browser.value(rows), browser.value(f"{more}.innerText")) == (200, "Show more (200 of 450)")
    browser.value(f"{more}.focus()")
    browser.press("Enter")
    browser.press("Enter")
    assert browser.value(rows) == 450
    assert browser.value(f"{more}.hidden")


@pytest.mark.slow
def test_callouts_are_shown_as_the_drawing_shows_them(browser: Browser, address: str) -> None:
    with client(f"{address}/api/v1/extraction") as mara:
        mara.post("/upload", files={"file": ("callouts.dxf", (SAMPLES / "flange.dxf").read_bytes() + b"\n")})
    row = ROW.format(name="callouts.dxf")
    browser.until(f"{row} && {row}.innerText.includes('completed')")
    browser.value(f"{row}.querySelector('button').click()")
    browser.until("document.getElementById('sections').innerText.includes('40 H7')")
    shown = browser.value("document.getElementById('sections').innerText")
    assert "4x Ø11 THRU" in shown
    assert "<>" not in shown


@pytest.mark.slow
def test_hostile_names_and_texts_are_only_texts(browser: Browser, tmp_path: Path) -> None:
    drawing = tmp_path / f"{HOSTILE}.dxf"
    # group codes of the DXF reference: 0 type, 8 layer, 10/20 position, 40 height, 1 text
    text = ["0", "TEXT", "8", HOSTILE, "10", "0", "20", "0", "40", "2.5", "1", HOSTILE]
    drawing.write_text("\n".join(["0", "SECTION", "2", "ENTITIES", *text, "0", "ENDSEC", "0", "EOF", ""]))
    bad = tmp_path / f'"{HOSTILE}.txt'
    bad.write_text("no drawing")
    browser.choose_files("#files", drawing, bad)
    browser.until(
        "document.querySelector('#uploads li.failed') && document.querySelectorAll('#uploads li').length === 1"
    )
    row = ROW.format(name=drawing.name)
    browser.until(f"{row} && {row}.innerText.includes('completed')")
    browser.value(f"{row}.querySelector('button').click()")
    browser.until(f"document.getElementById('sections').textContent.includes({HOSTILE!r})")
    assert browser.value("document.querySelectorAll('img').length") == 1
    assert browser.value("document.querySelectorAll('[onerror]').length") == 0
    assert HOSTILE in browser.value("document.getElementById('uploads').innerText")
    browser.value("document.querySelector('#uploads li button').click()")
    assert browser.value("document.getElementById('uploads').children.length") == 0


@pytest.mark.slow
def test_jobs_are_filtered_retried_and_deleted_by_their_owner(browser: Browser, address: str) -> None:
    with client(f"{address}/api/v1/extraction", "noor-token") as noor:
        noor.post("/upload", files={"file": ("of-noor.dxf", (SAMPLES / "flange.dxf").read_bytes())})
    broken = b"%PDF-1.7\n" + b"broken " * 50
    with client(f"{address}/api/v1/extraction") as mara:
        job_id = mara.post("/upload", files={"file": ("broken.pdf", broken)}).json()["id"]
    row = f"document.querySelector('[data-id=\"{job_id}\"]')"
    browser.until(f"{row} && {row}.innerText.includes('failed')")  # it came by itself
    assert "of-noor" not in browser.value("document.body.innerText")
    choose = "document.getElementById('by-status').value = {status!r}; document.getElementById('by-status')"
    browser.value(f"{choose.format(status='cancelled')}.dispatchEvent(new Event('change', {{bubbles: true}}))")
    browser.until("document.getElementById('counted').innerText === '0 jobs'")
    assert browser.value("document.getElementById('none').innerText") == "No job fits the filters."
    browser.value(f"{choose.format(status='failed')}.dispatchEvent(new Event('change', {{bubbles: true}}))")
    browser.until(
        f"{row} && [...document.querySelectorAll('#rows tr')].every((row) => row.innerText.includes('failed'))"
    )
    press = "[...{row}.querySelectorAll('button')].find((button) => button.innerText === {text!r}).click()"
    with client(f"{address}/api/v1/extraction") as mara:
        first = mara.get(f"/jobs/{job_id}").json()["started_at"]
        browser.value(press.format(row=row, text="Retry"))
        deadline = time.monotonic() + 60
        while (found := mara.get(f"/jobs/{job_id}").json())["status"] != "failed" or found["started_at"] == first:
            assert time.monotonic() < deadline, found
            time.sleep(0.1)
    browser.until(f"{row} && {row}.innerText.includes('failed')")
    browser.value(press.format(row=row, text="Delete"))
    assert browser.value(f"{row}.innerText").rstrip().endswith("Delete for good?")
    browser.press("Tab")  # elsewhere: it was not meant
    with pytest.raises(AssertionError):
        browser.value(press.format(row=row, text="Delete for good?"))
    browser.value(press.format(row=row, text="Delete"))
    browser.press("Enter")  # the focus is on the button still
    browser.until(f"!{row}")
    with client(f"{address}/api/v1/extraction") as mara:
        assert mara.get(f"/jobs/{job_id}").status_code == 404
