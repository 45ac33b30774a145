"""Every state of a page is an address: each control of each page is set, stands in the URL, and opens the same again.

Made from the pages and the controls that exist, so that a new one is tested without being named here.
"""

from datetime import date, timedelta

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from monitor.access.permissions import Page, can_open
from monitor.access.roles import parse_role
from monitor.agenda.book import enter
from monitor.shell import SCRIPT
from monitor.store.engine import URL_SETTING, open_engine
from monitor.store.migrations import upgrade
from tests.monitor.agenda.test_book import ACTION, HERS, NOW, nothing
from tests.monitor.cells_fixture import fill

# The role that meets most controls there; a board member everywhere else.
ROLES = {
    Page.INSTITUTION: "institution-WSS",
    Page.DATA_QUALITY: "institution-WSS",
    Page.DELIVER: "institution-WSS",
    Page.AGENDA: HERS.code,
    Page.ACCESS: "steward",
}
WITHOUT_CONTROLS = (Page.OVERVIEW, Page.ACCOUNTABILITY, Page.DELIVER, Page.ACCESS, Page.LINKING)
OTHER_CONTROLS = ("radio", "multiselect", "checkbox", "toggle", "slider", "select_slider", "number_input", "time_input")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Figures, and an agenda with one action."""
    file = tmp_path_factory.mktemp("links") / "store.db"
    engine = open_engine(f"sqlite:///{file}")
    upgrade(engine)
    fill(file)
    enter(engine, HERS, ACTION, nothing, NOW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(URL_SETTING, str(engine.url))
        yield
    engine.dispose()


def go(app: AppTest, page: Page) -> AppTest:
    """As the menu does: another page in the same session, and an empty URL."""
    app.query_params.clear()
    app._page_hash = calc_hash(page)  # AppTest.switch_page knows pages that are files only
    return app.run()


def opened(page: Page, query) -> AppTest:
    app = AppTest.from_file(str(SCRIPT), default_timeout=60)
    app.query_params.update(query)
    app._page_hash = calc_hash(page)
    return app.run()


def choices(app: AppTest):
    """The controls that decide what a page shows: all but those of a form, and the role."""
    assert not [kind for kind in OTHER_CONTROLS if any(not one.form_id for one in app.get(kind))]
    return [
        one for kind in ("selectbox", "date_input") for one in app.get(kind) if not one.form_id and one.key != "role"
    ]


def another(choice):
    """A value that the control does not have yet."""
    if isinstance(choice.value, date):
        return choice.value - timedelta(days=40)
    return choice.options[-1] if choice.index != len(choice.options) - 1 else choice.options[0]


def address(app: AppTest) -> dict[str, str]:
    return {name: value[0] if isinstance(value, list) else value for name, value in app.query_params.items()}


def state(app: AppTest):
    """All that is chosen, said and drawn."""
    assert not app.exception
    return (
        app.title[0].value,
        {one.key: str(one.value) for one in choices(app)},
        [element.proto.body for element in app.get("html") if "hreflang" not in element.proto.body],
        [element.proto.spec for element in app.get("plotly_chart")],
    )


@pytest.fixture(scope="module", params=[page for page in Page if page not in WITHOUT_CONTROLS])
def chosen(request, store):
    """A page on which every control has been set to something else, one after the other."""
    page = request.param
    app = opened(page, {"role": ROLES.get(page, "board")})
    done: set[str] = set()
    while unset := [one for one in choices(app) if one.key not in done]:  # one choice can bring another with it
        choice = unset[0]
        wanted = another(choice)
        (
            choice.set_value(wanted) if isinstance(wanted, date) else choice.select_index(choice.options.index(wanted))
        ).run()
        done.add(choice.key)
        assert choice.key in address(app)
    assert done
    return page, app


def test_a_page_opens_from_its_address_as_it_was_left(chosen):
    page, app = chosen
    assert {one.key for one in choices(app)} <= set(address(app))
    assert state(opened(page, address(app))) == state(app)


def test_what_was_chosen_is_still_chosen_after_other_pages(chosen):
    page, app = chosen
    left, where = state(app), address(app)
    for other in (Page.LEAD_TIMES, Page.REGION, page):  # they have choices of the same names with other options
        go(app, other)
    assert state(app) == left
    assert address(app).items() <= where.items()


@pytest.mark.parametrize("page", WITHOUT_CONTROLS)
def test_a_page_without_choices_has_none(store, page):
    role = ROLES.get(page, "board")
    assert can_open(parse_role(role), page)
    assert choices(opened(page, {"role": role})) == []


def test_a_step_that_another_page_does_not_have_is_not_forgotten(store):
    app = opened(Page.LEAD_TIMES, {"role": "board", "step": "vt_start"})
    assert go(app, Page.REGION).selectbox(key="step").value == "worker_assigned"  # the map has no such step
    assert address(app)["step"] == "worker_assigned"
    assert go(app, Page.LEAD_TIMES).selectbox(key="step").value == "vt_start"


def test_a_choice_by_hand_is_not_undone_by_the_address_it_came_with(store):
    app = opened(Page.REGION, {"role": "board", "region": "JZ32"})
    app.selectbox(key="region").select("JZ28").run()
    assert app.title[0].value == "Centraal Gelderland"
    app.run()
    assert (app.title[0].value, address(app)["region"]) == ("Centraal Gelderland", "JZ28")


def test_going_back_in_the_browser_goes_back(store):
    app = opened(Page.REGION, {"role": "board", "region": "JZ32"})
    app.selectbox(key="region").select("JZ28").run()
    app.query_params["region"] = "JZ32"
    assert app.run().title[0].value == "Rijk van Nijmegen"
    assert go(app, Page.CONTRACT_RESULTS).selectbox(key="region").value == "JZ32"


def test_the_other_language_is_a_link_to_the_same_state(store):
    app = go(opened(Page.OVERVIEW, {"role": "board"}), Page.REGION)  # the URL was empty when the page began
    (link,) = [element.proto.body for element in app.get("html") if 'hreflang="en"' in element.proto.body]
    for name, value in (address(app) | {"lang": "en"}).items():
        assert f"{name}={value}" in link.replace("&amp;", "&")


@pytest.mark.parametrize("since", ["gisteren", "2026-13-01", ""])
def test_a_day_that_is_none_falls_back(store, since):
    app = opened(Page.AGENDA, {"role": "board", "since": since})
    assert not app.exception
    assert app.date_input(key="since").value == date.today() - timedelta(days=91)
