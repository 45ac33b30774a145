"""Actions in words, and what the figures did since: never that an action did it."""

from collections.abc import Iterable
from typing import Final

from monitor.agenda.action import Action, Direction, Milestone, Owner, Status, Theme
from monitor.agenda.book import History, Revision
from monitor.locale import N_, Language
from monitor.narrative.course import signal_words
from monitor.release.cell import Statistic
from monitor.views.agenda import Followed, Since
from pseudonymise.agreement import load_agreement

THEMES: Final = {
    Theme.VISION: N_("A shared vision"),
    Theme.CONTRACTS: N_("Contracts"),
    Theme.MONITORING: N_("Monitoring"),
    Theme.PRACTICE: N_("Working together in practice"),
}
OWNERS: Final = {
    Owner.QUARTERMASTER: N_("Quartermaster of the region"),
    Owner.INSTITUTION: N_("Manager of a certified institution"),
    Owner.VEILIG_THUIS: N_("Manager of Veilig Thuis"),
    Owner.COUNCIL: N_("Manager of the child-protection council"),
    Owner.MUNICIPALITY: N_("Policy officer of a municipality"),
    Owner.PROVIDER: N_("Manager of a care provider"),
}
STATUSES: Final = {
    Status.PLANNED: N_("planned"),
    Status.RUNNING: N_("under way"),
    Status.DONE: N_("done"),
    Status.STOPPED: N_("stopped"),
}
DIRECTIONS: Final[dict[Direction, str]] = {"higher": N_("up"), "lower": N_("down")}
SINCE: Final = {
    Since.NOT_STARTED: N_("It has not begun."),
    Since.NO_COURSE: N_("No course is published of this indicator: change cannot be told from chance."),
    Since.SHORT: N_("The series is too short to tell change from chance."),
    Since.NO_QUARTERS: N_("There is no final quarter since."),
    Since.CHANCE: N_("Since then, over {quarters} final quarters: ups and downs that chance makes; no sign of change."),
    Since.ONE_POINT: N_("{period} lies {rule}: look at the registration first."),
    Since.BEFORE: N_("Since {period} it is {side}, beyond chance ({rule}): that began before the action."),
    Since.CHANGED: N_(
        "Since {period}, after its start, it is {side}, beyond chance ({rule}). {intended} What else changed in that "
        "time, this figure does not say."
    ),
}


def action_name(revision: Revision, language: Language) -> str:
    return language.gettext("action {number}: {title}", number=revision.number, title=revision.action.title)


def moves(action: Action, language: Language) -> str:
    """The indicator, the step and the direction it should move."""
    what = N_("{step}: share within the norm {direction}")
    if action.statistic is Statistic.MEDIAN:
        what = N_("{step}: days within which half got so far {direction}")
    step = language.of(load_agreement().step(action.step))
    return language.gettext(what, step=step, direction=language.gettext(DIRECTIONS[action.direction]))


def since_sentence(one: Followed, language: Language) -> str:
    """What the published series did since the action began, up to its last final quarter."""
    if not one.run:
        return language.gettext(SINCE[one.since], quarters=one.quarters)
    higher = (one.run[-1].signal or 0) > 0
    intended = (
        N_("That is the way that was meant.")
        if higher == (one.revision.action.direction == "higher")
        else N_("That is not the way that was meant.")
    )
    return language.gettext(
        SINCE[one.since],
        period=language.period(one.run[0].period),
        side=language.gettext("higher") if higher else language.gettext("lower"),
        rule=signal_words(one.run[-1].signal, language),
        intended=language.gettext(intended),
    )


def action_sentences(actions: Iterable[Followed], language: Language) -> list[tuple[str, str]]:
    """Beside a chart: each action with its state, its start and what happened since."""
    return [
        (
            language.gettext("Action {number}: {title}", number=one.revision.number, title=one.revision.action.title),
            language.gettext(
                "{status}, start {date}. {since}",
                status=language.gettext(STATUSES[one.revision.action.status]).capitalize(),
                date=language.date(one.revision.action.start),
                since=since_sentence(one, language),
            ),
        )
        for one in actions
    ]


def reached_words(milestone: Milestone, language: Language) -> str:
    if milestone.reached is None:
        return language.gettext("{what}, by {date}", what=milestone.what, date=language.date(milestone.due))
    return language.gettext("{what}, reached on {date}", what=milestone.what, date=language.date(milestone.reached))


def changed_words(history: History, before: Revision | None, language: Language) -> str:
    """What changed of an action since an earlier moment: status, start, milestones and the newest note."""
    if before is None:
        return language.gettext("New.") + _note(history.last)
    then, now = before.action, history.action
    said = []
    if then.status is not now.status:
        said.append(
            language.gettext(
                "From {before} to {after}.",
                before=language.gettext(STATUSES[then.status]),
                after=language.gettext(STATUSES[now.status]),
            )
        )
    if then.start != now.start:
        said.append(
            language.gettext(
                "Start moved from {before} to {after}.",
                before=language.date(then.start),
                after=language.date(now.start),
            )
        )
    if then.milestones != now.milestones:
        said.append(language.gettext("Milestones changed."))
    if (then.title, then.aim, then.step, then.direction, then.owner, then.theme) != (
        (now.title, now.aim, now.step, now.direction, now.owner, now.theme)
    ):
        said.append(language.gettext("Description changed."))
    return " ".join(said) + _note(history.last)


def _note(revision: Revision) -> str:
    return f" {revision.action.note}" if revision.action.note else ""
