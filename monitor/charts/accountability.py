"""The tables of the accountability page."""

from monitor.charts.table import Table
from monitor.locale import Language
from monitor.narrative.accountability import ATTACKERS, ATTACKS, COLUMNS, TABLES
from monitor.narrative.figures import Entry, Kind, Reason, reason_words
from monitor.release.attack.report import SMALL, Finding
from monitor.release.cell import MissingReason
from monitor.release.policies import NOISE
from monitor.release.price import prices
from monitor.views.accountability import Accountability
from pseudonymise import delivery
from pseudonymise.agreement import load_agreement


def delivery_tables(language: Language) -> tuple[Table, ...]:
    """Every table of a delivery with every column in plain words."""
    return tuple(
        Table(
            caption=language.gettext(TABLES[name]),
            head=(language.gettext("Column"), language.gettext("What it says")),
            rows=tuple((Entry(column), Entry(language.gettext(COLUMNS[column]))) for column in columns),
        )
        for name, columns in delivery.TABLES.items()
    )


def tally_table(model: Accountability, language: Language) -> Table:
    """How many figures are published, hidden and missing, and why."""

    def row(words: Entry, sentence: str, count: int) -> tuple[Entry, ...]:
        percent = round(100 * count / model.total)
        share = language.percent(percent) if percent else language.gettext("less than {percent}", percent="1%")
        return words, Entry(sentence), Entry(language.number(count), Kind.PUBLISHED), Entry(share)

    published = row(
        Entry(language.gettext("published"), Kind.PUBLISHED),
        language.gettext("A figure that everyone with a role can see."),
        model.published,
    )
    counted: list[tuple[Reason, int]] = [*model.suppressed.items(), *model.missing.items()]
    others = [
        row(
            Entry(
                reason_words(reason, language)[0],
                Kind.ABSENT if isinstance(reason, MissingReason) else Kind.HIDDEN,
            ),
            reason_words(reason, language)[1],
            count,
        )
        for reason, count in counted
        if count
    ]
    return Table(
        caption=language.gettext("All shared figures of this release, curves left aside"),
        head=(
            language.gettext("Shown as"),
            language.gettext("What that means"),
            language.gettext("Figures"),
            language.gettext("Share"),
        ),
        rows=(published, *others),
    )


def attack_table(findings: tuple[Finding, ...], language: Language) -> Table:
    """What each attacker learned at most."""

    def proved(finding: Finding) -> Entry:
        detail = language.percent(round(100 * finding.share, 1))
        return Entry(language.number(finding.proved), Kind.PUBLISHED, (detail,) if finding.small else ())

    return Table(
        caption=language.gettext("What each attacker learns at most of groups of 1 to {largest}", largest=SMALL),
        head=(
            language.gettext("Attack"),
            language.gettext("By whom"),
            language.gettext("Small groups"),
            language.gettext("Found exactly"),
            language.gettext("Proved to be below {limit}", limit=SMALL + 1),
            language.gettext("Limit"),
        ),
        rows=tuple(
            (
                Entry(language.gettext(ATTACKS[one.idea])),
                Entry(language.gettext(ATTACKERS[len(one.institutions)])),
                Entry(language.number(one.small), Kind.PUBLISHED),
                Entry(language.number(one.exact), Kind.PUBLISHED),
                proved(one),
                Entry("" if one.largest_share is None else language.percent(round(100 * one.largest_share, 1))),
            )
            for one in findings
        ),
    )


def price_table(language: Language) -> Table:
    """What protection adds to the error of a share, beside chance."""

    def points(value: float) -> Entry:
        return Entry(language.number(round(value, 1)))

    return Table(
        caption=language.gettext("How far protection moves a share of 50%, in percentage points"),
        head=(
            language.gettext("Cases"),
            language.gettext("Half of the time at most"),
            language.gettext("95% of the time at most"),
            language.gettext("Chance, 95% margin"),
        ),
        rows=tuple(
            (Entry(language.number(one.cases)), points(one.median), points(one.largest), points(one.chance))
            for one in prices(NOISE)
        ),
    )


def deliveries_table(model: Accountability, language: Language) -> Table:
    agreement = load_agreement()
    return Table(
        caption=language.gettext("Deliveries in this release"),
        head=(language.gettext("Institution"), language.gettext("Delivered up to")),
        rows=tuple(
            (
                Entry(agreement.institution(code).name),
                Entry(language.date(until))
                if until
                else Entry(
                    reason_words(MissingReason.NOT_DELIVERED, language)[0],
                    Kind.ABSENT,
                    reasons=(MissingReason.NOT_DELIVERED,),
                ),
            )
            for code, until in model.deliveries.items()
        ),
    )
