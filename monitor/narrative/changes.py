"""What changed from one release to the next, in the words of who reads the figures."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from monitor.catalogue import load_catalogue
from monitor.locale import N_, Language
from monitor.narrative.figures import reason_words
from monitor.release.cell import ALL, ROAD
from monitor.release.changes import Change, What
from monitor.release.status import Kind, behind
from monitor.views.reading import Release
from pseudonymise.agreement import Flow, load_agreement

HEADINGS = {
    What.NEW: N_("New"),
    What.FINAL: N_("Became final"),
    What.SHOWN: N_("With a figure for the first time"),
    What.CORRECTED: N_("Corrected"),
    What.MISSING: N_("Without a figure"),
}
EVERY = "every"  # institution that delivers a figure, each of them
KINDS = {Kind.PROVISIONAL: N_("provisional"), Kind.FINAL: N_("final"), Kind.ERRATUM: N_("erratum")}


def release_name(release: Release, language: Language) -> str:
    """``3e kwartaal 2026, voorlopig``; errata with their number."""
    kind = language.gettext(KINDS[release.kind])
    if release.kind is Kind.ERRATUM:
        kind += f" {release.code.rpartition('-')[2]}"
    return f"{language.period(release.label)}, {kind}"


def release_sentences(release: Release, language: Language) -> list[str]:
    """On what every figure rests: the release, and until when was delivered; of an erratum, its reason."""
    sentences = [
        language.gettext(
            "Release {release}, made on {made}, with deliveries up to {until}. Figures of a quarter are provisional "
            "until the term has passed for every case, and final after that.",
            release=release_name(release, language),
            made=language.date(release.made_at.date()),
            until=language.date(min(release.deliveries.values())) if release.deliveries else "",
        )
    ]
    if release.reason:
        sentences.append(language.gettext("This release corrects the one before. {reason}", reason=release.reason))
    return sentences


def changes_sentences(changes: Sequence[Change], language: Language) -> list[tuple[str, str]]:
    """Pairs of what happened and to which figures, in the order new, final, first, corrected, missing."""
    if not changes:
        return [(language.gettext("Changes"), language.gettext("none"))]
    return [
        (language.gettext(heading), sentence)
        for what, heading in HEADINGS.items()
        for sentence in _sentences(what, [change for change in changes if change.what is what], language)
    ]


def _sentences(what: What, changes: list[Change], language: Language) -> list[str]:
    if what is What.NEW:  # a period is new for all figures alike
        return [_periods({change.period for change in changes}, language)] if changes else []
    if what is What.MISSING:
        return _missing(changes, language)
    return [
        language.gettext("{what}, {periods}", what=_names(indicators, language), periods=_periods(periods, language))
        for periods, indicators in _alike((change.period, change.indicator) for change in changes)
    ]


def _missing(changes: list[Change], language: Language) -> list[str]:
    """Whose figures are missing: what all together miss follows from that."""
    names = {one.code: one.name for one in load_agreement().institutions} | {
        EVERY: language.gettext("All institutions"),
        ALL: language.gettext("All together"),
    }
    whose = defaultdict(set)
    for change in changes:
        assert change.reason is not None
        whose[change.reason, change.period, change.indicator].add(change.institution)
    by_cause = defaultdict(list)
    for (reason, period, indicator), institutions in whose.items():
        if behind(indicator) <= institutions:
            institutions = {EVERY}
        for institution in sorted(institutions - {ALL} or institutions):
            by_cause[institution, reason].append((period, indicator))
    return [
        language.gettext(
            "{institution}, {periods}: {reason} ({what})",
            institution=names[institution],
            periods=_periods(periods, language),
            reason=reason_words(reason, language)[0],
            what=_all_or_names(institution, indicators, language),
        )
        for (institution, reason), pairs in by_cause.items()
        for periods, indicators in _alike(pairs)
    ]


def _alike(pairs: Iterable[tuple[str, str]]) -> list[tuple[frozenset[str], list[str]]]:
    """Indicators that have the same periods, together: pairs of periods and indicators."""
    periods = defaultdict(set)
    for period, indicator in pairs:
        periods[indicator].add(period)
    together = defaultdict(list)
    for indicator, its_periods in periods.items():
        together[frozenset(its_periods)].append(indicator)
    return sorted(together.items(), key=lambda pair: (sorted(pair[0]), pair[1]))


def _periods(periods: Iterable[str], language: Language) -> str:
    return language.list([language.period(period) for period in sorted(periods)])


def _all_or_names(institution: str, indicators: Sequence[str], language: Language) -> str:
    """The indicators, unless these are all that the institution delivers."""
    agreement = load_agreement()
    if institution not in (ALL, EVERY):
        kind = agreement.institution(institution).kind
        delivered = {one.code for one in (*agreement.clocks_of(kind), *agreement.steps_of(kind))}
        if delivered | (set(Flow) if kind == "gi" else set()) <= set(indicators):
            return language.gettext("all its figures")
    return _names(indicators, language)


def _names(indicators: Iterable[str], language: Language) -> str:
    agreement, catalogue = load_agreement(), load_catalogue()
    words = {one.code: language.of(one) for one in (*agreement.clocks, *agreement.steps)}
    words |= {code: language.of(flow).name or code for code, flow in catalogue.in_words.items()}
    words[ROAD] = language.gettext("From report to help")
    return language.list([words[code] for code in words if code in set(indicators)])
