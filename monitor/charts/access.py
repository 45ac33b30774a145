"""The tables of the page Toegang."""

from collections.abc import Sequence
from datetime import date

from monitor.access.grants import Grant
from monitor.access.trail import Act, Line
from monitor.charts.table import Table
from monitor.locale import N_, Language
from monitor.narrative.figures import Entry

LINES_SHOWN = 200  # the newest; `verbetermonitor trail show` has them all
ACTS = {
    Act.SIGN_IN: N_("signed in"),
    Act.SIGN_OUT: N_("signed out"),
    Act.DENIED: N_("signed in without a role"),
    Act.SEE: N_("looked at a release"),
    Act.EXPORT: N_("took along"),
    Act.LOAD: N_("loaded"),
    Act.LINK: N_("counted linked events, and erased them"),
    Act.RELEASE: N_("made a release"),
    Act.CONFIRM: N_("confirmed a release"),
    Act.WITHDRAW: N_("withdrew a release"),
    Act.BASELINE: N_("set new limits"),
    Act.ERASE: N_("erased what was past its term"),
    Act.GRANT: N_("gave a role"),
    Act.GRANT_END: N_("withdrew a role"),
    Act.WRITE: N_("wrote in the agenda"),
    Act.NOTE: N_("wrote a note"),
    Act.NOTE_END: N_("withdrew a note"),
}


def grants_table(grants: Sequence[Grant], today: date, language: Language) -> Table:
    """Who has which role until when, by whom and why; of one that is over, that it is."""

    def until(one: Grant) -> Entry:
        over = language.gettext("withdrawn") if one.withdrawn else language.gettext("over")
        return Entry(language.date(one.until), details=() if one.in_force(today) else (over,))

    return Table(
        caption=language.gettext("Who has which role"),
        head=tuple(
            language.gettext(name)
            for name in (N_("E-mail address"), N_("Role"), N_("Up to and including"), N_("Given by"), N_("Why"))
        ),
        rows=tuple(
            (Entry(one.who), Entry(one.role.code), until(one), Entry(one.given_by), Entry(one.reason)) for one in grants
        ),
    )


def trail_table(lines: Sequence[Line], language: Language) -> Table:
    """``lines``: the newest first; of them the newest are shown."""
    words = {act.value: language.gettext(ACTS[act]) for act in Act}
    shown = lines[:LINES_SHOWN]
    return Table(
        caption=language.gettext("The trail, the newest first"),
        head=tuple(language.gettext(name) for name in (N_("When (UTC)"), N_("Who"), N_("What"), N_("Of what"))),
        rows=tuple(
            (Entry(f"{line.at:%Y-%m-%d %H:%M:%S}"), Entry(line.who), Entry(words[line.act]), Entry(line.about))
            for line in shown
        ),
        notes=(language.gettext("{shown} of {all} lines.", shown=len(shown), all=language.number(len(lines))),),
    )
