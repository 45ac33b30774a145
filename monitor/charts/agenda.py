"""The tables of the page Verbeteragenda."""

from datetime import date

from monitor.agenda.action import Theme
from monitor.agenda.book import History, Revision
from monitor.charts.table import Table
from monitor.locale import Language
from monitor.narrative.agenda import OWNERS, STATUSES, THEMES, moves, reached_words
from monitor.narrative.figures import Entry
from monitor.views.agenda import AgendaModel, Progress
from pseudonymise.agreement import region_names


def progress_table(model: AgendaModel, language: Language) -> Table:
    """Regions by theme: how many actions are open, closed and late."""
    return Table(
        caption=language.gettext("Actions by region and theme"),
        head=(language.gettext("Region"), *(language.gettext(THEMES[theme]) for theme in Theme)),
        rows=tuple(
            (Entry(name), *(_progress(model.progress[region, theme], language) for theme in Theme))
            for region, name in region_names().items()
        ),
    )


def actions_table(histories: tuple[History, ...], today: date, caption: str, language: Language) -> Table:
    return Table(
        caption=caption,
        head=(
            language.gettext("Action"),
            language.gettext("Region"),
            language.gettext("Theme"),
            language.gettext("Owner"),
            language.gettext("Status"),
            language.gettext("What it should move"),
        ),
        rows=tuple(_action(one, today, language) for one in histories),
    )


def history_table(history: History, language: Language) -> Table:
    """Every revision, the newest first, as it was written."""
    return Table(
        caption=language.gettext("All that was written of action {number}", number=history.number),
        head=(
            language.gettext("Revision"),
            language.gettext("By"),
            language.gettext("Status"),
            language.gettext("What will be done"),
            language.gettext("Milestones"),
            language.gettext("What is new"),
        ),
        rows=tuple(_revision(one, language) for one in reversed(history.revisions)),
    )


def _progress(progress: Progress, language: Language) -> Entry:
    if not progress.open and not progress.closed:
        return Entry(language.gettext("none"))
    words = language.gettext("{open} open, {closed} closed", open=progress.open, closed=progress.closed)
    late = (language.gettext("{late} late", late=progress.late),) if progress.late else ()
    return Entry(words, details=late)


def _action(history: History, today: date, language: Language) -> tuple[Entry, ...]:
    action = history.action
    late = [language.gettext("late: {what}", what=one.what) for one in action.late(today)]
    if action.overdue_start(today):
        late.append(language.gettext("late: should have begun"))
    return (
        Entry(f"{history.number}. {action.title}"),
        Entry(region_names()[action.region]),
        Entry(language.gettext(THEMES[action.theme])),
        Entry(language.gettext(OWNERS[action.owner])),
        Entry(
            language.gettext(STATUSES[action.status]),
            details=(language.gettext("start {date}", date=language.date(action.start)), *late),
        ),
        Entry(moves(action, language)),
    )


def _revision(one: Revision, language: Language) -> tuple[Entry, ...]:
    action = one.action
    return (
        Entry(f"{one.revision}", details=(language.date(one.changed_at.date()),)),
        Entry(one.changed_by),
        Entry(
            language.gettext(STATUSES[action.status]),
            details=(language.gettext("start {date}", date=language.date(action.start)),),
        ),
        Entry(action.title, details=(action.aim, moves(action, language))),
        Entry("", details=tuple(reached_words(milestone, language) for milestone in action.milestones)),
        Entry(action.note),
    )
