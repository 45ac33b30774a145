"""The table of whom to call. It is made of teams, which have no person in them."""

from itertools import groupby

from monitor.catalogue.expected import load_expected, supplier_name
from monitor.charts.table import Table
from monitor.locale import N_, Language
from monitor.narrative.figures import Entry, Kind
from monitor.narrative.places import age_words
from monitor.views.contacts import Team
from pseudonymise.agreement import region_names


def teams_table(teams: tuple[Team, ...], region: str, language: Language) -> Table:
    """One row a team, in the order of what it is called for."""
    head = (N_("Team or role"), N_("For what"), N_("Telephone"), N_("E-mail"))
    return Table(
        caption=language.gettext("Whom to call, {region}", region=region_names()[region]),
        head=tuple(language.gettext(name) for name in head),
        rows=tuple(_row(one, language) for one in teams),
        notes=(_confirmed(teams, language),),
    )


def _row(team: Team, language: Language) -> tuple[Entry, ...]:
    expected = load_expected()
    nothing = Entry(language.gettext("none stated"), Kind.ABSENT)
    age = age_words(team.age_days, language)
    stale = (language.gettext("{age}: see whether it is right", age=age),) if team.is_stale else ()
    return (
        Entry(team.name, Kind.STALE if team.is_stale else Kind.TEXT, (supplier_name(team.supplier), *stale)),
        Entry(
            language.of(expected.options("subject")[team.subject]),
            details=(language.of(expected.options("reachable")[team.reachable]),),
        ),
        Entry(team.phone, link=f"tel:{_dialled(team.phone)}") if team.phone else nothing,
        Entry(team.email, link=f"mailto:{team.email}") if team.email else nothing,
    )


def _confirmed(teams: tuple[Team, ...], language: Language) -> str:
    """Who said so last when, in the order of the days; and from when a line stands faded."""
    said = sorted({(team.confirmed, supplier_name(team.supplier)) for team in teams}, reverse=True)
    by_day = [(day, [name for _, name in some]) for day, some in groupby(said, key=lambda one: one[0])]
    parts = [
        language.gettext("{names} on {day}", names=language.list(sorted(names)), day=language.date(day))
        for day, names in by_day
    ]
    return language.gettext(
        "As they say themselves: {said}. What was not confirmed for {days} days stands faded.",
        said="; ".join(parts),
        days=load_expected().templates["contacts"].due_days,
    )


def _dialled(phone: str) -> str:
    return "".join(sign for sign in phone if sign.isdigit() or sign == "+")
