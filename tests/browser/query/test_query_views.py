"""The views of an answer: chart, map and graph next to their table, in what they show and in what they never run."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from browser.browsing import reading
from helpers.serving import BASE, Server

XSD = "http://www.w3.org/2001/XMLSchema#"
WKT = "<http://www.opengis.net/ont/geosparql#wktLiteral>"
MARKUP = '<img src=x onerror=\\"window.ran = 1\\"><script>window.ran = 1</script>{{ 7*7 }}${7*7}\\u202Eexe.gnp'
HOSTILE = f"""SELECT ?name ?n ?day ?one ?other ?at WHERE {{ VALUES (?name ?n ?day ?one ?other ?at) {{
  ("{MARKUP}" 3 "2025-01-01"^^<{XSD}date> <javascript:window.ran=1> <id/russia> "POINT(30 50)"^^{WKT})
  ("</title></svg>{MARKUP}" 1e308 "-9999-12-31"^^<{XSD}date> <data:text/html,x> <javascript:window.ran=1>
     "POINT(<script>window.ran=1</script> 4)"^^{WKT})
  ("{"9" * 400}" {"9" * 400} "2025-13-99"^^<{XSD}date> <id/ukraine> <http://a.example/%22onload=%22window.ran=1>
     "POLYGON((1 1, 2 2, {"9" * 400} 3))"^^{WKT})
  ("{"x" * 5000}" -7 "2025-06-01"^^<{XSD}date> <id/nato> <id/crimea> "POINT(999 999)"^^{WKT})
  ("\\u202E\\u2066\\u0007" 5 "2025-07-01"^^<{XSD}date> <id/us> <id/crimea> "MULTIPOINT((1 2),(3 4))"^^{WKT}) }} }}"""
SCHEMES = "[...document.querySelectorAll('main a')].map(a => new URL(a.getAttribute('href'), location).protocol)"
VIEWS = ("Chart", "Map", "Graph")


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A page on which nothing may be said in the console, or blocked by the policy."""
    with reading(browser, server.url, viewport={"width": 1280, "height": 900}) as page:
        yield page


def ask(page: Page, text: str, view: str = "") -> Locator:
    """Open the answer, as a view where one is named, and return what is drawn."""
    page.goto(f"/sparql?{urlencode({'query': text})}#answer")
    if view:
        page.get_by_role("button", name=view, exact=True).click()
        expect(page.locator(".drawn svg.picture")).to_be_visible()
    return page.locator(".drawn svg.picture")


def texts(drawn: Locator) -> list[str]:
    return [text.strip() for text in drawn.locator("text").all_text_contents()]


def test_names_and_numbers_are_bars_each_as_long_as_its_number(page: Page) -> None:
    drawn = ask(page, 'SELECT ?name ?n { VALUES (?name ?n) { ("a" 10) ("b" 40000) ("c" -20000) } }', "Chart")
    widths = [float(str(bar.get_attribute("width"))) for bar in drawn.locator("rect.bar").all()]
    assert widths[1] == pytest.approx(2 * widths[2])
    assert {"a", "b", "c", "10", "40 000", "-20 000", "0"} <= {text.replace("\u202f", " ") for text in texts(drawn)}
    expect(page.locator("table.results")).to_be_visible()


def test_a_number_never_loses_its_bound(page: Page) -> None:
    query = f"""SELECT ?period ?killed ?killedBoundLabel WHERE {{
      ?o <{BASE}ns#indicator> <code/killed> ; <{BASE}ns#period> ?period ; <{BASE}ns#value> ?killed ;
         <{BASE}ns#bound>/<http://www.w3.org/2000/01/rdf-schema#label> ?killedBoundLabel .
      FILTER(LANG(?killedBoundLabel) = "en") }}"""
    assert "at least 226" in texts(ask(page, query, "Chart"))


def test_days_and_numbers_are_a_line_for_each_series(page: Page) -> None:
    rows = " ".join(
        f'("2025-0{m}-01"^^<{XSD}date> {m * n} "{who}")' for m in range(1, 5) for n, who in ((1, "a"), (9, "b"))
    )
    drawn = ask(page, f"SELECT ?day ?n ?who {{ VALUES (?day ?n ?who) {{ {rows} }} }}", "Chart")
    expect(drawn.locator("path.stroke")).to_have_count(2)
    expect(drawn.locator("path.mark title")).to_have_count(0)
    assert {"a", "b"} <= set(texts(drawn))
    page.locator(".drawn").get_by_label("Kind").select_option("bar")
    expect(drawn.locator("rect.bar").first).to_be_visible()


def test_days_without_numbers_are_a_timeline_in_their_order(page: Page) -> None:
    rows = f'("later" "2025-03-01"^^<{XSD}date> "2025-04-01"^^<{XSD}date>) ("sooner" "2024-01-31"^^<{XSD}date> UNDEF)'
    drawn = ask(page, f"SELECT ?what ?first ?last {{ VALUES (?what ?first ?last) {{ {rows} }} }}", "Chart")
    said = [text for text in texts(drawn) if "·" in text]
    assert said == ["2024-01-31 · sooner", "2025-03-01 – 2025-04-01 · later"]


def test_the_chart_follows_the_rows_that_are_shown_and_their_order(page: Page) -> None:
    values = " ".join(f'("name {n}" {n})' for n in (3, 1, 2, 5, 4))
    drawn = ask(page, f"SELECT ?name ?n {{ VALUES (?name ?n) {{ {values} }} }}", "Chart")
    page.get_by_role("columnheader", name="n", exact=False).last.get_by_role("button").click()
    assert [text for text in texts(drawn) if text.startswith("name")] == [f"name {n}" for n in range(1, 6)]
    page.get_by_role("searchbox", name="Filter rows").fill("name 4")
    expect(drawn.locator("rect.bar")).to_have_count(1)


def test_a_chart_is_taken_away_as_svg_with_its_looks(page: Page, tmp_path: Path) -> None:
    ask(page, 'SELECT ?name ?n { VALUES (?name ?n) { ("<a>&" 10) ("b" 4) } }', "Chart")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download as SVG").click()
    downloading.value.save_as(tmp_path / "chart.svg")
    context = page.context.browser.new_context()  # type: ignore[union-attr]
    alone = context.new_page()
    alone.goto((tmp_path / "chart.svg").as_uri())
    assert "<a>&" in alone.locator("text").all_text_contents()
    assert alone.evaluate("getComputedStyle(document.querySelector('.paper')).fill") == "rgb(251, 250, 247)"
    context.close()


def test_places_stand_on_the_map_where_their_coordinates_say(page: Page) -> None:
    turned = "<http://www.opengis.net/def/crs/EPSG/0/4326> POINT(50 30)"  # latitude first, as EPSG has it
    rows = f'("east" "POINT(30 50)"^^{WKT}) ("same" "{turned}"^^{WKT}) ("west" "POINT(-10 50)"^^{WKT})'
    drawn = ask(page, f"SELECT ?name ?at {{ VALUES (?name ?at) {{ {rows} }} }}", "Map")
    expect(drawn.locator("path.land").first).to_be_attached()
    east, same, west = (float(str(c.get_attribute("cx"))) for c in drawn.locator("circle.mark").all())
    assert east == pytest.approx(same)
    assert west < east
    page.get_by_role("button", name="Zoom in").click()
    wider = [float(str(c.get_attribute("cx"))) for c in drawn.locator("circle.mark").all()]
    assert wider[0] - wider[2] == pytest.approx(2 * (east - west))


def test_latitude_and_longitude_are_places_and_what_is_off_the_earth_is_left_out(page: Page) -> None:
    drawn = ask(page, "SELECT ?lat ?long { VALUES (?lat ?long) { (50 30) (91 0) (0 -181) } }", "Map")
    expect(drawn.locator("circle.mark")).to_have_count(1)
    expect(page.locator(".drawn")).to_contain_text("Left out, without a value that can be drawn: 2.")


def test_a_graph_has_its_nodes_its_links_and_the_same_as_a_list(page: Page) -> None:
    drawn = ask(page, "CONSTRUCT { <id/russia> <urn:x:p> <id/ukraine> . <id/ukraine> <urn:x:q> <id/nato> } {}", "Graph")
    expect(drawn.locator("circle.node")).to_have_count(3)
    expect(drawn.locator("g.link")).to_have_count(2)
    page.get_by_text("The same as a list").click()
    items = page.locator(".drawn li").all_inner_texts()
    assert sorted(items) == ["Russia — urn:x:p → Ukraine", "Ukraine — urn:x:q → NATO"]


def test_a_graph_of_many_things_draws_some_and_says_how_many_it_leaves_out(page: Page) -> None:
    values = " ".join(f"(<urn:x:{n}> <urn:y:{n}>)" for n in range(100))
    drawn = ask(page, f"SELECT * {{ VALUES (?a ?b) {{ {values} }} }}", "Graph")
    expect(drawn.locator("circle.node")).to_have_count(60)
    expect(page.locator(".drawn")).to_contain_text("too many: 140.")


@pytest.mark.parametrize("view", VIEWS)
def test_a_hostile_answer_runs_nothing_and_leads_nowhere_it_should_not(page: Page, view: str) -> None:
    drawn = ask(page, HOSTILE, view)
    expect(drawn).to_be_visible()
    for each in ("bar", "stack", "line", "scatter", "timeline") if view == "Chart" else ():
        page.locator(".drawn").get_by_label("Kind").select_option(each)
    page.get_by_text("The same as a list").click() if view == "Graph" else None
    assert page.evaluate("window.ran") is None
    assert set(page.evaluate(SCHEMES)) <= {"http:", "https:", "mailto:"}
    assert page.evaluate("document.querySelectorAll('main script, main img, main iframe, main object').length") == 0
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", page.inner_text(".answer"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


@pytest.mark.parametrize("view", VIEWS)
def test_a_hostile_answer_that_is_read_whole_runs_nothing(page: Page, view: str) -> None:
    """From the answer in JSON, which is not what the page has been made of."""
    repeated = f"VALUES ?again {{ {' '.join(map(str, range(120)))} }} VALUES"
    late = 'BIND(IRI(CONCAT("javascript:window.ran=", STR(?again))) AS ?late)'  # some come after what the page shows
    rows = HOSTILE.replace("VALUES", repeated, 1).replace("SELECT ?name ?n ?day ?one", "SELECT ?name ?n ?day ?late", 1)
    rows = f"{rows.rstrip().removesuffix('}')} {late} }}"
    drawn = ask(page, rows, view)
    page.get_by_role("button", name="Draw all rows of the answer").click()
    expect(page.get_by_role("button", name="Draw all rows of the answer")).to_have_count(0)
    expect(drawn).to_be_visible()
    assert page.evaluate("window.ran") is None
    assert set(page.evaluate(SCHEMES)) <= {"http:", "https:", "mailto:"}
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", page.inner_text(".answer"))


def test_ten_thousand_rows_leave_the_page_free(page: Page) -> None:
    """What the page shows is bounded: the first 500 rows as a table, and as many of all as a picture can show."""
    values = " ".join(map(str, range(100)))
    query = f"SELECT (?a * 100 + ?b AS ?n) (?a AS ?m) {{ VALUES ?a {{ {values} }} VALUES ?b {{ {values} }} }}"
    drawn = ask(page, query, "Chart")
    assert page.locator("table.results tbody tr").count() == 500
    page.get_by_role("button", name="Draw all rows of the answer").click()
    expect(page.get_by_role("button", name="Draw all rows of the answer")).to_have_count(0)
    expect(drawn.locator("path.stroke")).to_have_count(1)
    expect(page.locator(".drawn")).to_contain_text("Not drawn, since there are too many: 5000.")
    assert page.locator(".drawn *").count() < 500
    page.get_by_role("link", name="Rows after").click()
    expect(page.locator(".answer")).to_contain_text("Rows 501 to 1,000 are shown")


def test_columns_are_hidden_and_one_always_stays(page: Page) -> None:
    ask(page, "SELECT ?a ?b { VALUES (?a ?b) { (1 2) } }")
    page.get_by_text("Columns").click()
    page.get_by_label("a", exact=True).uncheck()
    assert [cell.inner_text() for cell in page.locator("table.results td:visible").all()] == ["2"]
    expect(page.get_by_label("b", exact=True)).to_be_disabled()


def test_the_rows_that_are_shown_are_copied_and_no_cell_is_a_formula(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, 'SELECT ?a ?b ?c { VALUES (?a ?b ?c) { ("=1+1" 40000 "gone") ("two\\nlines" -7 "gone") } }')
    page.locator("summary", has_text="Columns").click()
    page.get_by_label("c", exact=True).uncheck()
    page.get_by_role("button", name="Copy rows").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "a\tb\n'=1+1\t40000\ntwo lines\t-7"


def test_who_says_it_is_one_click_from_a_statement_and_from_a_figure(page: Page) -> None:
    ask(
        page,
        "SELECT * { VALUES ?x {"
        " <article/florida-talks/statement/079-1> <article/florida-talks/observation/killed-november-2025> } }",
    )
    for number in (0, 1):
        page.get_by_role("button", name="Who says it").nth(number).click()
        gist = page.locator("tr.gist-row").nth(number)
        expect(gist).to_contain_text("attributed to")
        expect(gist).to_contain_text("Evidence: passage")
    page.get_by_role("button", name="Who says it").first.click()
    expect(page.locator("tr.gist-row")).to_have_count(1)


def test_what_is_shared_declares_its_prefixes_and_opens_the_view(page: Page) -> None:
    ask(page, 'SELECT ?name ?n { VALUES (?name ?n) { ("a" 10) ("b" 4) } }', "Chart")
    page.wait_for_selector(".editor[data-ready]")
    page.locator(".cm-content").focus()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("SELECT ?s (STRLEN(STR(?s)) AS ?n) { ?s a att:Issue } # 'it's'")
    page.get_by_text("Share", exact=True).click()
    expect(page.get_by_label("The answer, asked anew")).to_have_value(re.compile("#chart$"))
    shared = page.get_by_label("The answer, asked anew").input_value()
    text = parse_qs(urlsplit(shared).query)["query"][0]
    assert text == f"PREFIX att: <{BASE}ns#>\nSELECT ?s (STRLEN(STR(?s)) AS ?n) {{ ?s a att:Issue }} # 'it's'"
    assert "'" not in shared
    page.goto("about:blank")
    page.goto(shared)
    expect(page.locator(".drawn rect.bar").first).to_be_visible()


def test_examples_are_found_by_their_words_and_the_tour_goes_into_the_editor(page: Page) -> None:
    page.goto("/query")
    page.wait_for_selector(".editor[data-ready]")
    page.get_by_role("searchbox", name="Search the examples").fill("reported killed")
    assert page.locator(".stored summary:visible").all_inner_texts() == [
        "How many people are reported killed and injured in each period?"
    ]
    page.get_by_role("link", name="Put it in the editor").nth(1).click()
    assert "att:modality ?modality" in page.locator("#query").evaluate("area => area.value")
    assert page.url.endswith("/query")


def on(day: int) -> str:
    """Return a day of 2025, counted from 0."""
    return str(datetime.date(2025, 1, 1) + datetime.timedelta(day))


def attribute(drawn: Locator, name: str) -> list[float]:
    return [float(str(each.get_attribute(name))) for each in drawn.all()]


def across(mark: Locator) -> float:
    """Return how far to the right a mark is."""
    found = re.match(r"translate\(([\d.-]+) ([\d.-]+)\)", str(mark.get_attribute("transform")))
    assert found
    return float(found[1])


def choose(page: Page, kind: str) -> Locator:
    page.locator(".drawn").get_by_label("Kind").select_option(kind)
    return page.locator(".drawn svg.picture")


def test_stacked_bars_stand_behind_each_other_each_as_long_as_its_number(page: Page) -> None:
    rows = '("a" "x" 10) ("a" "y" 30) ("b" "x" 20) ("b" "y" -40)'
    ask(page, f"SELECT ?name ?who ?n {{ VALUES (?name ?who ?n) {{ {rows} }} }}", "Chart")
    drawn = choose(page, "stack")
    pieces = drawn.locator("rect.piece")
    starts, widths = attribute(pieces, "x"), attribute(pieces, "width")
    assert [width / widths[0] for width in widths] == pytest.approx([1, 3, 2, 4], rel=0.01)
    assert starts[1] == pytest.approx(starts[0] + widths[0])  # y of a begins where x of a ends
    assert starts[0] == starts[2]  # both at 0
    assert starts[3] + widths[3] == pytest.approx(starts[2])  # less than 0: to the left
    titles = drawn.locator("g title").all_text_contents()
    assert titles == ["a, x: 10", "a, y: 30", "b, x: 20", "b, y: -40"]
    assert {"x", "y", "10", "30", "20", "-40"} <= set(texts(drawn))


def test_several_columns_of_numbers_are_stacked_too_and_keep_their_bounds(page: Page) -> None:
    ask(page, 'SELECT * { VALUES (?place ?killed ?killedBound ?hurt) { ("a" 100 "at least" 300) } }', "Chart")
    drawn = choose(page, "stack")
    assert drawn.locator("g title").all_text_contents() == ["a, killed: at least 100", "a, hurt: 300"]
    widths = attribute(drawn.locator("rect.piece"), "width")
    assert widths[1] == pytest.approx(3 * widths[0])


def test_points_stand_where_their_two_numbers_say_and_have_their_name(page: Page) -> None:
    rows = '("one" 10 100) ("two" 20 100) ("three" 40 400)'
    ask(page, f"SELECT ?name ?x ?y {{ VALUES (?name ?x ?y) {{ {rows} }} }}", "Chart")
    drawn = choose(page, "scatter")
    marks = drawn.locator("path.mark")
    one, two, three = (across(mark) for mark in marks.all())
    assert three - two == pytest.approx(2 * (two - one), abs=0.3)
    assert drawn.locator("g title").all_text_contents() == ["one, 10: 100", "two, 20: 100", "three, 40: 400"]


def test_a_part_of_the_axis_is_shown_by_buttons_by_keyboard_and_by_drawing(page: Page) -> None:
    rows = " ".join(f'("{on(day)}"^^<{XSD}date> {day + 1})' for day in range(101))
    drawn = ask(page, f"SELECT ?day ?n {{ VALUES (?day ?n) {{ {rows} }} }}", "Chart")
    marks, status = drawn.locator("path.mark"), page.locator(".drawn [role=status]")
    expect(marks).to_have_count(101)
    expect(page.get_by_role("button", name="Zoom out")).to_be_disabled()
    page.get_by_role("button", name="Zoom in").press("Enter")
    expect(status).to_have_text("A part of the axis is shown, with 51 of 101.")
    assert marks.first.locator("xpath=..").locator("title").text_content() == f"{on(25)}: 26"
    expect(page.get_by_role("button", name="Zoom in")).to_be_focused()
    page.get_by_role("button", name="Back", exact=True).click()
    expect(page.get_by_role("button", name="Back", exact=True)).to_be_disabled()
    assert marks.first.locator("xpath=..").locator("title").text_content() == f"{on(0)}: 1"
    page.get_by_role("button", name="Whole").click()
    expect(marks).to_have_count(101)
    expect(status).to_have_text("")
    box = drawn.bounding_box()
    assert box is not None
    left, right = (box["x"] + across(mark) for mark in (marks.nth(40), marks.nth(60)))
    page.mouse.move(left - 2, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(right + 2, box["y"] + 120, steps=3)
    expect(drawn.locator(".chosen")).to_have_count(1)
    page.mouse.up()
    expect(marks).to_have_count(21)
    expect(drawn.locator(".chosen")).to_have_count(0)


def test_a_line_of_which_a_part_is_shown_goes_on_to_its_edges(page: Page) -> None:
    drawn = ask(page, "SELECT ?x ?y { VALUES (?x ?y) { (0 0) (40 40) (60 60) (100 100) } }", "Chart")
    page.get_by_role("button", name="Zoom in").click()
    expect(drawn.locator("path.mark")).to_have_count(2)
    steps = re.findall(r"[ML]([\d.]+) ([\d.]+)", str(drawn.locator("path.stroke").get_attribute("d")))
    assert len(steps) == 4  # from 25 to 75
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = ((float(x), float(y)) for x, y in steps)
    assert x1 - x0 == pytest.approx(0.75 * (x2 - x1), abs=0.3)
    assert y0 - y1 == pytest.approx(0.75 * (y1 - y2), abs=0.3)
    assert x3 - x2 == pytest.approx(x1 - x0, abs=0.3)
    assert y2 - y3 == pytest.approx(y0 - y1, abs=0.3)


def test_a_timeline_is_narrowed_to_the_events_that_reach_into_it(page: Page) -> None:
    rows = " ".join(f'("{n}" "{2000 + n}-01-01"^^<{XSD}date> "{2000 + n}-06-01"^^<{XSD}date>)' for n in range(9))
    drawn = ask(page, f"SELECT ?what ?first ?last {{ VALUES (?what ?first ?last) {{ {rows} }} }}", "Chart")
    assert len([text for text in texts(drawn) if "·" in text]) == 9
    page.get_by_role("button", name="Zoom in").click()
    assert [text[-1] for text in texts(drawn) if "·" in text] == ["2", "3", "4", "5", "6"]
    page.locator(".drawn").get_by_label("Along").select_option("first")
    expect(page.get_by_role("button", name="Whole")).to_be_disabled()
