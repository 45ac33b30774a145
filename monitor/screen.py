"""What every page shares: the check at its door, the choices kept in the URL, and how a model is drawn."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from html import escape
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from plotly.basedatatypes import BaseFigure
from sqlalchemy.exc import DBAPIError
from streamlit.delta_generator import DeltaGenerator

from monitor import entrance
from monitor.access.gate import NoGrant, Visitor
from monitor.access.permissions import Page, check_open
from monitor.access.roles import AccessDenied, Role, RoleKind, all_roles, parse_role
from monitor.access.sign_in import Identity, NotSignedIn, load_settings
from monitor.access.trail import Act
from monitor.agenda.guarding import PersonInWords
from monitor.charts.chart import CONFIG, Chart
from monitor.charts.table import Table, to_html
from monitor.charts.theme import in_dark
from monitor.entrance import store as store  # the pages ask for it here
from monitor.locale import DUTCH, ENGLISH, LANGUAGES, N_, Language
from monitor.narrative.changes import release_name, release_sentences
from monitor.narrative.course import Mark
from monitor.narrative.definitions import Definition
from monitor.narrative.figures import Entry
from monitor.narrative.sentences import group_name
from monitor.reports.files import KINDS, PACKAGE_LABEL, PACKAGE_MEDIA, package_name, package_of
from monitor.reports.report import Report
from monitor.store.engine import StoreUnavailable
from monitor.views.reading import TOGETHER, Group, Reader, Release, visible_releases
from monitor.web import TITLE
from pseudonymise.agreement import load_agreement, region_names
from pseudonymise.errors import UserError
from pseudonymise.text import IN_DUTCH, Level, Span, words_of
from pseudonymise.text.beside import GuardBeside, State

ROLE, LANGUAGE, RELEASE, INDICATOR = "role", "lang", "release", "indicator"  # their names in the URL


@dataclass(frozen=True)
class Screen:
    """``newest``: the release that the reader sees when no other was chosen."""

    language: Language
    reader: Reader
    newest: Release
    visitor: Visitor

    @property
    def role(self) -> Role:
        return self.visitor.role


def open_door(page: Page) -> tuple[Language, Visitor]:
    """The door of every page. Without a role that may open it, says so and stops the page there."""
    language = current_language()
    try:
        visitor = current_visitor()
        check_open(visitor.role, page)
    except AccessDenied as denied:
        refuse(denied, language)
        st.stop()
    return language, visitor


def open_screen(page: Page) -> Screen:
    """The door of a page with figures, and the release that it shows."""
    language, visitor = open_door(page)
    try:
        releases = visible_releases(store())
        chosen = next((release for release in releases if release.code == kept(RELEASE)), releases[0])
        note_look(visitor, chosen)
        return Screen(language, Reader(store(), chosen, visitor.role), releases[0], visitor)
    except StoreUnavailable:
        raise
    except UserError as error:
        st.title(language.gettext("No figures yet"), anchor=False)
        box(str(error))
        st.stop()


def note_look(visitor: Visitor, release: Release) -> None:
    """The first look of a session at a release, in each role."""
    looked: set[tuple[str, Role]] = st.session_state.setdefault("looked at", set())
    if (release.code, visitor.role) not in looked:
        entrance.note_visit(store(), visitor, Act.SEE, release.code)
        looked.add((release.code, visitor.role))


def note_entry(identity: Identity, act: Act) -> None:
    """Once in a session."""
    if st.session_state.get("entered") != (identity, act):
        entrance.note_entry(store(), identity, act)
        st.session_state["entered"] = identity, act


def sign_out(visitor: Visitor) -> None:
    entrance.note_visit(store(), visitor, Act.SIGN_OUT, "")
    st.logout()


def current_language() -> Language:
    return ENGLISH if kept(LANGUAGE) == ENGLISH.code else DUTCH


def current_visitor() -> Visitor:
    """Who looks, and as what. Raises AccessDenied for who may not, UserError when nobody may."""
    return entrance.enter(store(), st.user.to_dict(), asked_role())


def asked_role() -> str | None:
    """The role in the bar when that was just changed, else that of the address, which follows the bar."""
    chosen, linked, last = st.session_state.get(ROLE), st.query_params.get(ROLE), st.session_state.get(_chosen(ROLE))
    asked = chosen if chosen and linked in (last, None) else linked or last
    return str(asked) if asked else None


@lru_cache
def guard_beside(level: Level) -> GuardBeside:
    """The text guard in a process beside the server, one for each level; it begins to load at the first call."""
    return GuardBeside(level)


def guard_at_work(beside: GuardBeside, language: Language) -> AbstractContextManager[None]:
    """Shown while the text guard reads: whether that is soon done, or its names have to be loaded first."""
    if beside.state is State.LOADING:
        return st.spinner(language.gettext("The text guard loads its lists of names: some seconds, once"))
    return st.spinner(language.gettext("The text guard is reading"))


# --- choices that stand in the URL ---------------------------------------------------------------------------
# Of each choice a session remembers two things: what the reader chose, by hand or by a link, which goes along to other
# pages; and what the URL was last made to show. A URL that says something else was opened, or gone back to.


def kept(name: str) -> str | None:
    """What the reader chose under ``name``, also after a change of page, which empties the URL."""
    asked = st.query_params.get(name)
    if asked and asked != st.session_state.get(_shown(name)):
        return asked
    value = st.session_state.get(_chosen(name)) or asked
    return str(value) if value else None


def keep(name: str, value: str) -> None:
    st.session_state[_chosen(name)] = value
    _show(name, value)


def choose(
    name: str, label: str, options: Sequence[str], words: Callable[[str], str], default: str | None = None
) -> str:
    """A choice from ``options``, kept in the URL as ``?name=option``.

    What was chosen on another page and is no option here gives way to the default, and is not forgotten.
    Not Streamlit's own binding: that writes the words of the option, which differ by language.
    """
    asked = _followed(name)
    if asked in options:
        st.session_state[name] = st.session_state[_chosen(name)] = asked
    elif _is_opening(name) or st.session_state.get(name) not in options:
        of_reader = st.session_state.get(_chosen(name))
        st.session_state[name] = next((code for code in (of_reader, default) if code in options), options[0])
    chosen = st.selectbox(label, options, format_func=words, key=name, on_change=_remember, args=(name,))
    _show(name, chosen)
    return chosen


def choose_group(here: Screen, institutions: Sequence[str] = (), default: str | None = None) -> Group:
    """Of whom the page shows figures: the seven together, a region, or one of these institutions."""
    groups = {
        "all": TOGETHER,
        **{code: Group(region=code) for code in region_names()},
        **{code: Group(institution=code) for code in institutions},
    }
    language = here.language
    words = {code: group_name(group, language) for code, group in groups.items()}
    return groups[choose("of", language.gettext("Of whom"), list(groups), words.__getitem__, default)]


def choose_day(name: str, label: str, default: date) -> date:
    """A day, kept in the URL as ``?name=2026-09-30``."""
    if asked := _day(_followed(name)):
        st.session_state[name], st.session_state[_chosen(name)] = asked, str(asked)
    elif _is_opening(name):
        st.session_state[name] = _day(st.session_state.get(_chosen(name))) or default
    chosen = st.date_input(label, format="DD-MM-YYYY", key=name, on_change=_remember, args=(name,))
    _show(name, str(chosen))
    return chosen


def _followed(name: str) -> str | None:
    """What the URL says, when it is not what we wrote there."""
    asked = st.query_params.get(name)
    return asked if asked != st.session_state.get(_shown(name)) else None


def _is_opening(name: str) -> bool:
    """Whether the page is being opened: it has not written in the URL yet, and a control of the same name that the
    session knows is that of another page."""
    return name not in st.query_params or name not in st.session_state


def _remember(name: str) -> None:
    st.session_state[_chosen(name)] = str(st.session_state[name])


def _show(name: str, value: str) -> None:
    st.session_state[_shown(name)] = value
    if st.query_params.get(name) != value:
        st.query_params[name] = value


def _chosen(name: str) -> str:
    return f"kept {name}"


def _shown(name: str) -> str:
    return f"shown {name}"


def _day(words: str | None) -> date | None:
    try:
        return date.fromisoformat(words or "")
    except ValueError:
        return None


# --- the bar above every page -----------------------------------------------------------------------------------


def bar(language: Language, visitor: Visitor | None) -> DeltaGenerator:
    """Name, demonstration notice, role switch, release switch and who signed in; returns the place of the language
    switch.

    That is a link to what the page shows, and so is filled when the page has put its choices in the URL.
    """
    keep(LANGUAGE, language.code)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        invented = language.gettext("Demonstration: all data are invented") if entrance.is_invented(store()) else ""
        notice = f'<span class="vm-demo">{escape(invented)}</span>' if invented else ""
        st.html(f'<div class="vm-bar"><strong>{TITLE}</strong>{notice}</div>')
        if visitor:
            choose_among(visitor, language)
            choose_a_release(language)
        corner = st.container(width="content")
        if visitor and visitor.identity:
            st.html(f'<span class="vm-who">{escape(visitor.who)}</span>', width="content")
            st.button(language.gettext("Sign out"), on_click=sign_out, args=(visitor,))
    return corner


def choose_among(visitor: Visitor, language: Language) -> None:
    """The switch between the roles of a visitor who has more than one."""
    if len(visitor.roles) > 1:
        st.session_state[ROLE] = visitor.role.code
        with st.container(width=280):
            options = [role.code for role in visitor.roles]
            label = language.gettext("You look as")
            st.selectbox(label, options, format_func=lambda code: role_name(code, language), key=ROLE)
        keep(ROLE, visitor.role.code)


def choose_a_release(language: Language) -> None:
    """The switch between releases, where there is more than one."""
    try:
        releases = {release.code: release for release in visible_releases(store())}
    except StoreUnavailable:
        raise
    except UserError:
        return  # the page itself says that there is none
    if len(releases) > 1:
        with st.container(width=220):
            choose(
                RELEASE,
                language.gettext("Release"),
                list(releases),
                lambda code: release_name(releases[code], language),
            )


def language_link(language: Language) -> str:
    """A link to this page in the other language; a whole new document, so that its language is right too."""
    other = next(one for one in LANGUAGES.values() if one != language)
    query = urlencode(st.query_params.to_dict() | {LANGUAGE: other.code})
    names = {"nl": "Nederlands", "en": "English"}
    return (
        f'<a href="?{escape(query)}" lang="{other.code}" hreflang="{other.code}" target="_self">{names[other.code]}</a>'
    )


def role_name(code: str, language: Language) -> str:
    role = parse_role(code)
    if role.kind is RoleKind.QUARTERMASTER:
        return language.gettext("Quartermaster, {region}", region=region_names()[role.scope or ""])
    if role.kind is RoleKind.INSTITUTION:
        return language.gettext(
            "Analyst, {institution}", institution=load_agreement().institution(role.scope or "").name
        )
    return language.gettext(NAMES[role.kind])


NAMES = {RoleKind.BOARD: N_("Board member"), RoleKind.STEWARD: N_("Steward"), RoleKind.AUDITOR: N_("Auditor")}


def refusal(error: UserError | DBAPIError, language: Language) -> str:
    """Why something was not done, in words for who looks: of the server itself it says no more than that."""
    if isinstance(error, AccessDenied):
        return error.say(language)
    if isinstance(error, StoreUnavailable | DBAPIError):
        return language.gettext(entrance.trouble(error))
    return str(error)


def refuse(denied: AccessDenied, language: Language) -> None:
    """What stands in place of a page that does not open: why, and what to do."""
    settings = load_settings()
    if settings is None:
        choose_a_role(denied, language)
    elif isinstance(denied, NotSignedIn):
        st.title(language.gettext("Sign in"), anchor=False)
        text(denied.say(language))
        st.button(language.gettext("Sign in at your organisation"), on_click=st.login, type="primary")
    elif isinstance(denied, NoGrant):
        st.title(language.gettext("No access yet"), anchor=False)
        text(denied.say(language))
        text(
            language.gettext(
                "Ask {contact} for a role, and say for what. It holds from the next click; you need not sign in again.",
                contact=settings.contact,
            )
        )
        st.button(language.gettext("Sign out"), on_click=st.logout)
    else:
        st.title(language.gettext("Not for your role"), anchor=False)
        text(denied.say(language))


def choose_a_role(denied: AccessDenied, language: Language) -> None:
    """In the demonstration: why the page does not open, and the roles to choose from."""
    st.title(language.gettext("Who are you?"), anchor=False)
    text(denied.say(language))
    text(
        language.gettext(
            "In this demonstration you choose a role yourself; in use it comes with your sign-in. The role decides "
            "what you see: only an institution sees its own exact figures, and nobody sees those of another."
        )
    )
    keep_rest = {name: value for name, value in st.query_params.to_dict().items() if name != ROLE}
    items = "".join(
        f'<li><a target="_self" href="?{escape(urlencode(keep_rest | {ROLE: role.code}))}">'
        f"{escape(role_name(role.code, language))}</a></li>"
        for role in all_roles()
    )
    st.html(f'<ul class="vm-roles">{items}</ul>')


# --- drawing ----------------------------------------------------------------------------------------------------


def text(words: str, *, look: str = "text") -> None:
    """A paragraph, or nothing when there is nothing to say."""
    if words:
        st.html(f'<p class="vm-{look}">{escape(words)}</p>')


def box(words: str) -> None:
    text(words, look="box")


def dutch_lines(words: str) -> None:
    """What the institution's side says of an export or a delivery, line by line: it speaks Dutch only."""
    st.html(f'<p class="vm-lines" lang="nl">{escape(words)}</p>')


def number(entry: Entry, below: str) -> None:
    """The one large figure of a card, or the reason why there is none."""
    detail = f"<small>{escape('; '.join(entry.details))}</small>" if entry.details else ""
    st.html(
        f'<p class="vm-number"><span class="vm-{entry.kind}">{escape(entry.text)}</span> {detail}</p>'
        f'<p class="vm-text">{escape(below)}</p>'
    )


def draw_marks(marks: Sequence[Mark]) -> None:
    """Icons, each beside the words that it stands for."""
    items = "".join(
        f'<li class="vm-{mark.look}"><span aria-hidden="true">{mark.symbol}</span> {escape(mark.words)}</li>'
        for mark in marks
    )
    if items:
        st.html(f'<ul class="vm-marks">{items}</ul>')


def marked(words: str, spans: Sequence[Span]) -> None:
    """A text with the places that the text guard found marked, each with what it seems to be."""
    parts, end = [], 0
    for span in spans:
        kind = escape(IN_DUTCH[span.kind])
        parts += [
            escape(words[end : span.start]),
            f'<mark>{escape(words[span.start : span.end])}</mark> <small lang="nl">({kind})</small>',
        ]
        end = span.end
    st.html(f'<p class="vm-text">{"".join(parts)}{escape(words[end:])}</p>')


def own_up(refused: PersonInWords, of: str, language: Language) -> tuple[str, ...]:
    """In a form whose texts were refused: the places, and the words of which the writer says that they are no person.

    ``of``: to which form and round it belongs.
    """
    box(
        language.gettext(
            "In this a person may be recognised; nothing was stored. Change the marked places, or say of a word that "
            "it is no person: that is kept with the text. Numbers and dates always go."
        )
    )
    for one in refused.stopped:
        text(language.gettext(one.what), look="note")
        marked(one.words, one.left)
    if not refused.may_be_owned:
        return ()
    owned = st.multiselect(
        language.gettext("These words are no person"),
        refused.may_be_owned,
        key=f"owned {of}",
        placeholder=language.gettext("Choose words"),
    )
    return tuple(word for place in owned for word in words_of(place))


def own_notice(language: Language) -> None:
    mark = language.gettext("Own figures, do not share.")
    reason = language.gettext("Exact and unprotected: they can point to a family, and are for you alone.")
    st.html(f'<p class="vm-own"><strong>{escape(mark)}</strong> {escape(reason)}</p>')


def short_list(sentences: Iterable[str | tuple[str, str]]) -> None:
    """Sentences below each other; of a pair, the first says what it is about."""
    items = "".join(
        f"<li>{escape(one)}</li>"
        if isinstance(one, str)
        else f"<li><strong>{escape(one[0])}.</strong> {escape(one[1])}</li>"
        for one in sentences
    )
    if items:
        st.html(f'<ul class="vm-short">{items}</ul>')


def draw_table(table: Table, language: Language) -> None:
    st.html(to_html(table, language))


class _AsItIs(BaseFigure):  # type: ignore[misc]  # plotly has no types
    """A figure that is sent as it is: plotly would check every value again at each click, which the tests do once."""

    def __init__(self, figure: dict[str, Any]) -> None:
        self._figure = figure

    def to_dict(self) -> dict[str, Any]:
        return self._figure


def draw_chart(chart: Chart, language: Language, key: str) -> None:
    """The chart with its alt text, and the table that it is drawn from folded below it.

    Where nothing is published to draw, the alt text stands in its place: it says of each line why.
    """
    if not chart.figure["data"]:
        box(chart.alt)
        return
    figure = in_dark(chart.figure) if st.context.theme.type == "dark" else chart.figure
    st.plotly_chart(_AsItIs(figure), theme=None, config=CONFIG, alt=chart.alt, key=key)
    with st.expander(language.gettext("The figures of this chart")):
        draw_table(chart.table, language)


def definition_list(definition: Definition) -> None:
    lines = "".join(f"<dt>{escape(what)}</dt><dd>{escape(words)}</dd>" for what, words in definition.lines)
    st.html(f'<dl class="vm-definition">{lines}</dl>')


def draw_definition(definition: Definition, language: Language) -> None:
    with st.expander(language.gettext("What does this figure say? {name}", name=definition.title)):
        definition_list(definition)
        words = language.gettext("All rules of this figure: {name}", name=definition.title)
        link_to(Page.DEFINITIONS, words, **{INDICATOR: definition.code})


def link_to(page: Page, words: str, **chosen: str) -> None:
    """A link to another page, in the same role, language and release. ``chosen``: what is chosen there."""
    along = {name: value for name in (ROLE, LANGUAGE, RELEASE) if (value := kept(name))}
    address = f"{page}?{urlencode(along | chosen)}"
    st.html(f'<p><a target="_self" href="{escape(address)}">{escape(words)}</a></p>')


def named_people(people: Iterable[tuple[str, str]]) -> None:
    """Persons who may be asked for, each after what it is about: on the screen alone, and not on paper."""
    items = "".join(f"<li><strong>{escape(what)}.</strong> {escape(who)}</li>" for what, who in people)
    st.html(f'<ul class="vm-short vm-not-on-paper">{items}</ul>')


def release_note(screen: Screen) -> None:
    """On what the page rests: the release, and until when was delivered; and that there is a newer one."""
    language, release = screen.language, screen.reader.release
    if release != screen.newest:
        box(
            language.gettext(
                "You look at an earlier release, as it was then. The newest is {newest}.",
                newest=release_name(screen.newest, language),
            )
        )
    for sentence in release_sentences(release, language):
        text(sentence, look="note")
    # Stands on every sheet of a printed page; the screen has it in the sentence above.
    st.html(f'<p class="vm-print" aria-hidden="true">{TITLE}: {escape(release_name(release, language))}</p>')


def take_along(here: Screen, report: Report) -> None:
    """What the page shows as files, each made when it is asked for."""
    language = here.language
    st.header(language.gettext("Take along"), anchor=False)
    if report.own_code:
        own_notice(language)
    text(
        language.gettext(
            "The figures and sentences of this page as a file, with the release and its status on every page. What is "
            "hidden here is hidden there."
        )
    )
    hand_over = partial(entrance.hand_over, store(), here.visitor)
    with st.container(horizontal=True):
        for kind in KINDS:
            st.download_button(
                language.gettext(kind.label),
                partial(hand_over, f"{report.name}.{kind.ending}", partial(kind.write, report)),
                f"{report.name}.{kind.ending}",
                kind.media,
                key=f"take along {kind.ending}",
                on_click="ignore",
            )
        st.download_button(
            language.gettext(PACKAGE_LABEL),
            partial(hand_over, package_name(report), partial(package_of, here.reader, report)),
            package_name(report),
            PACKAGE_MEDIA,
            key="take along package",
            on_click="ignore",
        )


PAGE_TITLES = {
    Page.OVERVIEW: N_("Overview"),
    Page.REGION: N_("Region"),
    Page.INSTITUTION: N_("Institution"),
    Page.LEAD_TIMES: N_("Lead times"),
    Page.CONTRACT_RESULTS: N_("Contract results"),
    Page.FLOW: N_("Inflow and outflow"),
    Page.DEFINITIONS: N_("Definitions"),
    Page.DATA_QUALITY: N_("Data quality"),
    Page.ACCOUNTABILITY: N_("Privacy and accountability"),
    Page.DELIVER: N_("Deliver"),
    Page.AGENDA: N_("Improvement agenda"),
    Page.NOTES: N_("Notes"),
    Page.ACCESS: N_("Access"),
    Page.LINKING: N_("How we link"),
    Page.PLACES: N_("Open places"),
    Page.LEARNING: N_("To learn from"),
    Page.ROOM: N_("Routes and room"),
    Page.CONTACTS: N_("Who to ask"),
}
