"""Toegang: for the steward, who has which role; for the auditor, what was done."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import streamlit as st

from monitor import screen
from monitor.access import desk
from monitor.access.gate import Visitor
from monitor.access.grants import Grant
from monitor.access.permissions import Page, can_grant, can_read_trail
from monitor.access.policies import LONGEST_DAYS
from monitor.access.roles import all_roles
from monitor.catalogue import load_retention
from monitor.charts.access import grants_table, trail_table
from monitor.locale import Language
from pseudonymise.errors import UserError

SAID = "access said"  # what became of the last form, across the rerun that shows it
USUAL_TERM = timedelta(days=180)


def show() -> None:
    language, visitor = screen.open_door(Page.ACCESS)
    st.title(language.gettext("Access"), anchor=False)
    screen.text(
        language.gettext(
            "Every door is shut until a grant opens it: a role for a person, for a reason, until a day. It holds from "
            "the next click, and ends by itself."
        ),
        look="lead",
    )
    if words := st.session_state.pop(SAID, None):
        screen.text(words, look="verdict")
    today = date.today()
    found = desk.read_grants(screen.store(), visitor)
    in_force = [one for one in found if one.in_force(today)]
    st.header(language.gettext("Who has which role"), anchor=False)
    shown = found if can_read_trail(visitor.role) else in_force
    if shown:
        screen.draw_table(grants_table(shown, today, language), language)
    else:
        screen.text(language.gettext("Nobody has a role."))
    if can_grant(visitor.role):
        _give(visitor, today, language)
        _withdraw(visitor, in_force, language)
    if can_read_trail(visitor.role):
        _trail(visitor, language)


def _give(visitor: Visitor, today: date, language: Language) -> None:
    st.header(language.gettext("Give a role"), anchor=False)
    with st.form("give", enter_to_submit=False):
        who = st.text_input(language.gettext("E-mail address with which she or he signs in"))
        codes = [role.code for role in all_roles()]
        role = st.selectbox(language.gettext("Role"), codes, format_func=lambda code: screen.role_name(code, language))
        reason = st.text_input(language.gettext("Why, without naming persons"))
        until = st.date_input(
            language.gettext("Up to and including"),
            today + USUAL_TERM,
            min_value=today,
            max_value=today + timedelta(days=LONGEST_DAYS),
            format="DD-MM-YYYY",
        )
        sent = st.form_submit_button(language.gettext("Give"), type="primary")
    if sent:
        _do(
            lambda: desk.give(screen.store(), visitor, who, role, reason, until, datetime.now(UTC)),
            lambda given: language.gettext(
                "{who} has the role {role}, up to and including {until}.",
                who=given.who,
                role=screen.role_name(given.role.code, language),
                until=language.date(given.until),
            ),
            language,
        )


def _withdraw(visitor: Visitor, in_force: list[Grant], language: Language) -> None:
    if not in_force:
        return
    st.header(language.gettext("Withdraw a role"), anchor=False)
    by_number = {one.number: f"{one.who}: {screen.role_name(one.role.code, language)}" for one in in_force}
    with st.form("withdraw", enter_to_submit=False):
        number = st.selectbox(language.gettext("Grant"), list(by_number), format_func=by_number.__getitem__)
        reason = st.text_input(language.gettext("Why it ends, without naming persons"))
        sent = st.form_submit_button(language.gettext("Withdraw"))
    if sent:
        _do(
            lambda: desk.withdraw(screen.store(), visitor, number, reason, datetime.now(UTC)),
            lambda ended: language.gettext("{who} no longer has this role.", who=ended.who),
            language,
        )


def _do(act: Callable[[], Grant], words: Callable[[Grant], str], language: Language) -> None:
    """Do it and say so above a fresh page, or say why not below the form, where all that was typed still stands."""
    try:
        st.session_state[SAID] = words(act())
    except UserError as error:
        screen.box(screen.refusal(error, language))
        return
    st.rerun()


def _trail(visitor: Visitor, language: Language) -> None:
    told = desk.read_trail(screen.store(), visitor)
    st.header(language.gettext("What was done"), anchor=False)
    if told.wrong:
        screen.box(language.gettext("The trail is not whole: lines were changed or taken away."))
        screen.short_list(told.wrong)
    else:
        screen.text(language.gettext("The trail is whole: no line was changed or taken away."), look="verdict")
    screen.text(
        language.gettext(
            "A line holds who acted, when, what and on which release, delivery or grant. It is kept for {days} days "
            "and then erased, by whoever runs the server with verbetermonitor retain --yes.",
            days=load_retention().trail_days,
        )
    )
    if told.lines:
        screen.draw_table(trail_table(told.lines, language), language)
