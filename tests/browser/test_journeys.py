"""What users do, from the first start on, in a real browser."""

from __future__ import annotations

import re
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

MAP = ".js-plotly-plot:has(canvas.maplibregl-canvas)"
WIDTHS = (1920, 1280, 390)
PAGES = (
    "",
    "karte",
    "stadtprofil?stadt=08426014",
    "wirtschaftsstruktur?stadt=05758036",
    "stadttypen",
    "cluster",
    "fallstudienauswahl",
    "dossiers",
    "endauswahl",
    "robustheit",
    "protokoll",
    "reproduktion",
    "daten",
)
BYTES_OF_A_WARM_RERUN = 200_000


def settled(page: Page) -> None:
    """Wait until the script of the page has run to its end."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=30_000)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-connection-state", "CONNECTED")


def go(page: Page, address: str, heading: str | re.Pattern | None = None) -> None:
    page.goto(address)
    expect(page.get_by_role("heading", level=1).first).to_be_visible(timeout=60_000)
    if heading:
        expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()
    settled(page)


def colours_of_map(page: Page, share: float) -> int:
    """Number of clearly different colours that cover at least this share of the first map."""
    shot = Image.open(BytesIO(page.locator(MAP).first.screenshot())).convert("RGB")
    pixels = np.asarray(shot).reshape(-1, 3) // 16
    _, counts = np.unique(pixels, axis=0, return_counts=True)
    return int((counts > share * len(pixels)).sum())


def wait_for_map(page: Page, colours: int = 5, share: float = 0.002) -> None:
    """Wait until the map shows areas: a blank one has one or two colours. `share` is smaller for maps of few points."""
    expect(page.locator(MAP).first).to_be_visible(timeout=30_000)
    for _ in range(60):
        if colours_of_map(page, share) >= colours:
            return
        page.wait_for_timeout(250)
    raise AssertionError(f"the map stayed blank ({colours_of_map(page, share)} colours)")


def choose(page: Page, label: str, option: str) -> None:
    """Choose in a select box or add to a multiselect by its label."""
    settled(page)
    box = page.get_by_role("combobox", name=re.compile(rf"\b{label}$|^{label}\b")).first
    for last in (False, False, True):
        box.click()
        box.fill(option)
        try:
            page.get_by_role("option", name=option, exact=True).first.click(timeout=8_000)
            break
        except PlaywrightTimeout:  # the list was drawn anew under the mouse
            if last:
                raise
            page.keyboard.press("Escape")
    # The list of a multiselect stays open; on a closed select box Escape would empty it again.
    page.wait_for_timeout(150)
    if box.get_attribute("aria-expanded") == "true":
        page.keyboard.press("Escape")
    settled(page)


def open_filter(page: Page) -> None:
    page.get_by_text("Filter und Klassen").click()
    expect(page.get_by_role("spinbutton", name="Bevölkerung ab")).to_be_visible()


def click_a_town(page: Page) -> str:
    """Click on a coloured area of the map; returns the name that the tooltip showed there."""
    frame = page.locator(MAP).first
    frame.scroll_into_view_if_needed()
    tooltip = frame.locator(".hoverlayer .hovertext")
    for x, y in coloured_places(page)[:8]:
        box = frame.bounding_box()
        page.mouse.move(box["x"] + x - 3, box["y"] + y)
        page.mouse.move(box["x"] + x, box["y"] + y, steps=3)
        try:
            expect(tooltip).to_be_visible(timeout=2_000)
        except AssertionError:
            continue
        name = tooltip.locator("text").first.locator("tspan").first.text_content()
        page.mouse.down()
        page.mouse.up()
        return name
    raise AssertionError("no place on the map shows a tooltip")


def coloured_places(page: Page) -> list[tuple[float, float]]:
    """Middles of coloured areas of the map in pixels, those near its centre first."""
    shot = np.asarray(Image.open(BytesIO(page.locator(MAP).first.screenshot())).convert("RGB")).astype(int)
    coloured = np.ptp(shot, axis=2) > 40
    rows, columns = coloured.shape
    found = []
    for y in range(40, rows - 40, 5):
        for x in range(40, columns - 40, 5):
            around = shot[y - 3 : y + 4, x - 3 : x + 4].reshape(-1, 3)
            if coloured[y, x] and (np.ptp(around, axis=0) == 0).all():
                found.append((abs(y - rows / 2) + abs(x - columns / 2), x, y))
    assert found, "no coloured area on the map"
    return [(x, y) for _, x, y in sorted(found)][:: max(1, len(found) // 40)]


def test_first_start_builds_the_database_and_shows_the_map(app, page):
    """The very first visitor comes in by a deep link, before there is a database."""
    assert not app.database.exists()
    go(page, f"{app.url}/karte", "Karte")
    assert app.database.exists()
    expect(page.get_by_text("2.122 Städte", exact=True).first).to_be_visible()
    wait_for_map(page)


def test_the_journey_of_the_first_day(app, page, open_context):
    """Indicator, filter, a town on the map, its profile; the address opens the same screen elsewhere."""
    go(page, app.url, "KOWIS-Atlas")
    page.get_by_role("link", name="Karte", exact=True).first.click()
    expect(page.get_by_role("heading", level=1, name="Karte")).to_be_visible()
    choose(page, "Merkmal", "Entfernung zur nächsten Großstadt")
    expect(page.get_by_text("Entfernung zur nächsten Großstadt · km")).to_be_visible()
    open_filter(page)
    choose(page, "Land", "Saarland")
    expect(page.get_by_text(re.compile(r"^\d+ Städte · Kleinstädte in Saarland$"))).to_be_visible()
    wait_for_map(page, 4)
    named = click_a_town(page)
    opener = page.get_by_role("button", name="Stadtprofil öffnen")
    expect(opener).to_be_visible()
    settled(page)
    expect(page.get_by_text(named, exact=False).first).to_be_visible()
    chosen = re.search(r"stadt=(\d+)", page.url)
    assert chosen and chosen[1].startswith("10"), page.url

    # The same map from its address, in another browser.
    count = page.get_by_text(re.compile(r"^\d+ Städte · Kleinstädte in Saarland$")).inner_text()
    other = open_context().new_page()
    go(other, page.url, "Karte")
    expect(other.get_by_text(count)).to_be_visible()
    expect(other.get_by_text("Entfernung zur nächsten Großstadt · km")).to_be_visible()
    expect(other.get_by_role("button", name="Stadtprofil öffnen")).to_be_visible()
    assert other.url == page.url

    # On to the profile, and its address.
    opener.click()
    expect(page.get_by_role("heading", name="Kennzahlen")).to_be_visible()
    settled(page)
    name = page.get_by_role("heading", level=1).first.inner_text()
    assert name not in ("Karte", "Stadtprofil")
    go(other, page.url)
    assert other.get_by_role("heading", level=1).first.inner_text() == name
    wait_for_map(other, 3)


@pytest.mark.parametrize("typed", ["Muennerst", "münnerst", "09672135"])
def test_search_forgives_how_it_is_typed(app, page, typed):
    go(page, app.url, "KOWIS-Atlas")
    field = page.get_by_role("textbox", name="Welche Stadt interessiert Sie?")
    field.fill(typed)
    field.press("Enter")
    page.get_by_role("button", name=re.compile("Münnerstadt")).click()
    expect(page.get_by_role("heading", level=1, name="Münnerstadt")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/stadtprofil\?.*stadt=09672135"))


def test_a_town_that_is_not_found(app, page):
    go(page, f"{app.url}/stadtprofil?stadt=99999999", "Stadtprofil")
    expect(page.get_by_text("gibt es im Verzeichnis vom 30.06.2024 keine Stadt oder Gemeinde")).to_be_visible()
    page.get_by_role("button", name="Perl", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Perl")).to_be_visible()


def test_an_empty_filter_explains_itself_and_can_be_reset(app, page):
    go(page, f"{app.url}/karte", "Karte")
    open_filter(page)
    field = page.get_by_role("spinbutton", name="Bevölkerung ab")
    field.fill("9000000")
    field.press("Enter")
    message = page.get_by_text("Auf diese Auswahl trifft keine Stadt zu")
    expect(message).to_contain_text("9.000.000 Personen")
    page.get_by_role("button", name="Filter zurücksetzen").click()
    expect(page.get_by_text("2.122 Städte", exact=True).first).to_be_visible()
    expect(message).to_be_hidden()
    settled(page)
    assert "ab=" not in page.url


def test_an_own_list_stands_in_the_address(app, page, open_context):
    go(page, f"{app.url}/karte", "Karte")
    open_filter(page)
    page.get_by_role("button", name="Eigene Liste").click()
    page.get_by_role("textbox", name="Städte, eine je Zeile").fill("Vlotho\n08426014\nPerl\nOberharz am Brocken")
    page.get_by_role("button", name="Liste anwenden").click()
    shown = page.get_by_text("4 Städte · Kleinstädte aus eigener Liste (4)")
    expect(shown).to_be_visible()
    settled(page)
    assert "liste=" in page.url
    other = open_context().new_page()
    go(other, page.url, "Karte")
    expect(other.get_by_text("4 Städte · Kleinstädte aus eigener Liste (4)")).to_be_visible()


def test_the_selection_from_the_default_to_checked_values(app, page, open_context):
    """Start with the default, change a band, decide on every suspicious value; the address shows the same again."""
    go(page, f"{app.url}/fallstudienauswahl", "Fallstudienauswahl")
    page.get_by_role("button", name="Mit der Vorgabe beginnen").click()
    figures = page.get_by_test_id("stMetricValue")
    expect(figures.nth(2)).to_have_text("16", timeout=60_000)  # the first visitor waits for what the others find cached
    settled(page)
    wait_for_map(page, share=0.0003)
    page.get_by_text("Kriterium ändern oder entfernen").click()
    choose(page, "Kriterium", "Bevölkerungsdichte")
    expect(page.get_by_text("So fragt der Atlas")).to_be_visible(timeout=20_000)
    settled(page)
    lower = page.get_by_role("slider", name="von … bis … Prozent der Städte").first
    lower.press("ArrowLeft")
    expect(page.get_by_text("unter den niedrigsten 24 %").first).to_be_visible(timeout=20_000)
    settled(page)
    expect(figures.nth(2)).to_have_text("16")
    reason = page.get_by_role("textbox", name="Alle mit einer Begründung bestätigen")
    reason.fill("gegen die Quelle geprüft")
    reason.press("Enter")
    decide = page.get_by_role("button", name=re.compile(r"Alle \d+ bestätigen"))
    expect(decide).to_be_enabled()
    settled(page)
    decide.click()
    expect(page.get_by_text("Alle auffälligen Werte sind geprüft.")).to_be_visible(timeout=20_000)
    settled(page)
    expect(figures.nth(3)).to_have_text("0")
    shown = figures.all_inner_texts()
    assert len(shown) == 4
    other = open_context().new_page()
    go(other, page.url, "Fallstudienauswahl")
    expect(other.get_by_text("Alle auffälligen Werte sind geprüft.")).to_be_visible(timeout=60_000)
    settled(other)
    expect(other.get_by_test_id("stMetricValue")).to_have_text(shown, timeout=20_000)
    expect(other.get_by_text("unter den niedrigsten 24 %").first).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_selection_does_not_scroll_sideways(app, open_context, width):
    page = open_context(viewport={"width": width, "height": 900}, is_mobile=width < 500).new_page()
    go(page, f"{app.url}/fallstudienauswahl")
    page.get_by_role("button", name="Mit der Vorgabe beginnen").click()
    expect(page.get_by_test_id("stMetricValue").first).to_be_visible(timeout=60_000)
    settled(page)
    no_sideways_scrolling(page)


def no_sideways_scrolling(page: Page) -> None:
    for selector in ("document.documentElement", "document.querySelector('[data-testid=stMain]')"):
        wide, room = page.evaluate(f"[{selector}.scrollWidth, {selector}.clientWidth]")
        assert wide <= room + 1, f"{selector}: {wide} px in {room} px"


@pytest.mark.parametrize("address", PAGES)
def test_every_page_on_wide_screens(app, open_context, address):
    """No page scrolls sideways at 1920 and 1280 px, and nobody sees code or English."""
    page = open_context(viewport={"width": 1920, "height": 900}).new_page()
    go(page, f"{app.url}/{address}")
    expect(page.get_by_role("heading", level=1).first).to_be_in_viewport()
    no_sideways_scrolling(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.wait_for_timeout(500)
    no_sideways_scrolling(page)
    text = page.locator("body").inner_text()
    for word in ("Traceback", "Deploy", "Error:", "undefined", "Choose an option", "No options", "View "):
        assert word not in text, f"{word} on /{address}"


@pytest.mark.parametrize("address", PAGES)
def test_every_page_on_a_telephone(app, open_context, address):
    page = open_context(viewport={"width": 390, "height": 900}, is_mobile=True).new_page()
    go(page, f"{app.url}/{address}")
    expect(page.get_by_role("heading", level=1).first).to_be_in_viewport()
    no_sideways_scrolling(page)


def test_back_and_forward(app, page):
    go(page, app.url, "KOWIS-Atlas")
    page.get_by_role("button", name="Stadtprofil öffnen").first.click()
    expect(page.get_by_role("heading", level=1, name="Vlotho")).to_be_visible()
    settled(page)
    page.go_back()
    expect(page.get_by_role("heading", level=1, name="KOWIS-Atlas")).to_be_visible()
    settled(page)
    page.go_forward()
    expect(page.get_by_role("heading", level=1, name="Vlotho")).to_be_visible()


def test_a_warm_rerun_of_the_map_is_light(app, page):
    """Everything that comes in over the wire after another number of classes: at most 200 kB, boundaries cached."""
    frames: list[bytes] = []
    fetched: list[float] = []
    page.on(
        "websocket",
        lambda web_socket: web_socket.on(
            "framereceived", lambda data: frames.append(data.encode() if isinstance(data, str) else data)
        ),
    )
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda event: fetched.append(event["encodedDataLength"]))
    go(page, f"{app.url}/karte", "Karte")
    wait_for_map(page)
    open_filter(page)
    slider = page.get_by_role("slider", name="Zahl der Klassen")
    for classes, key in enumerate(["ArrowRight"] * 3, start=7):
        settled(page)
        frames.clear()
        fetched.clear()
        slider.press(key)
        expect(page).to_have_url(re.compile(rf"klassen={classes}\b"))
        for _ in range(100):  # the address changes before the script has run
            if any(b"small_towns-" in frame for frame in frames):
                break
            page.wait_for_timeout(100)
        settled(page)
        page.wait_for_timeout(700)  # whatever the browser fetches afterwards counts too
        maps = [frame for frame in frames if b"small_towns-" in frame]
        assert len(maps) == 1, "one rerun sends the map once"
        assert b'"coordinates":[[' not in maps[0], "the geometry comes by address"
        received = sum(map(len, frames)) + sum(fetched)
        sizes = f"{sorted(map(len, frames))[-5:]} over the socket, {fetched} fetched"
        assert received <= BYTES_OF_A_WARM_RERUN, f"{received} bytes: {sizes}"


def test_a_click_on_the_map_needs_no_list_of_towns(app, page):
    """The same click without a filter, on the whole country."""
    go(page, f"{app.url}/karte?darstellung=Fl%C3%A4chen", "Karte")
    wait_for_map(page)
    click_a_town(page)
    expect(page.get_by_role("button", name="Stadtprofil öffnen")).to_be_visible()
    expect(page).to_have_url(re.compile(r"stadt=\d{9}"))


def test_a_filter_by_attribute_opens_again_from_its_address(app, page, open_context):
    go(page, f"{app.url}/karte", "Karte")
    open_filter(page)
    page.get_by_text("Weitere Filter", exact=True).click()
    choose(page, "West und Ost", "Ostdeutschland")
    shown = "432 Städte · Kleinstädte; West und Ost: Ostdeutschland"
    expect(page.get_by_text(shown)).to_be_visible()
    expect(page).to_have_url(re.compile(r"f_west_ost=Ostdeutschland"))
    expect(page.get_by_text("Weitere Filter (1 gesetzt)")).to_be_visible()
    other = open_context().new_page()
    go(other, page.url, "Karte")
    expect(other.get_by_text(shown)).to_be_visible()


def test_an_own_cluster_model_is_computed_saved_and_opens_again(app, page, open_context):
    go(page, f"{app.url}/cluster", "Branchenprofile (Cluster)")
    wait_for_map(page, 6)
    page.get_by_test_id("stButtonGroup").get_by_text("Cluster 3 · Tourismus").click()
    expect(page).to_have_url(re.compile(r"cluster=3"))
    settled(page)
    choose(page, "Modell", "Eigenes Modell rechnen …")
    slider = page.get_by_role("slider", name="Zahl der Cluster")
    slider.press("ArrowRight")
    settled(page)
    choose(page, "Stabilität prüfen", "20 Runden (grob)")
    page.get_by_text("Clusterzahlen 2 bis 10 vergleichen").click()
    settled(page)
    page.get_by_role("button", name="Modell rechnen").click()
    field = page.get_by_role("textbox", name="Name", exact=True)
    expect(field).to_be_visible(timeout=120_000)
    expect(page).to_have_url(re.compile(r"modell=[0-9a-f]{16}\b"))
    field.fill("Fünf Cluster")
    field.press("Enter")
    settled(page)
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_role("button", name="Modell löschen")).to_be_visible()
    expect(page).to_have_url(re.compile(r"modell=[0-9a-f]{12}\b"))
    settled(page)
    other = open_context().new_page()
    go(other, page.url, "Branchenprofile (Cluster)")
    expect(other.get_by_role("button", name="Modell löschen")).to_be_visible()
    expect(other.get_by_text("Kehrt der Cluster wieder?")).to_be_visible()
    expect(other.get_by_test_id("stButtonGroup").get_by_text("Cluster 5")).to_be_visible()
