"""The result of an attack on a release: what each attacker learned at most, and whether that is within the limits.

Names tables and indicators, never a value: the result may be read by everyone.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from monitor.release.carry import Key

Idea = Literal["bounds", "finer", "averaging", "time", "durations"]

SMALL: Final = 4  # a group of 1 to so many is small
EXAMPLES = 5  # tables named of each finding


class Finding(BaseModel):
    """What one attacker (none: an outsider; else the institutions whose exact counts are known) learned by one idea.

    ``small``: groups of 1 to 4 that the idea was tried on. ``exact``: of these, found exactly. ``proved``: proved to
    be below five. ``narrowest``: how many values are left, at least, of the group of which most is known. ``tables``:
    where it was proved, most often first. ``largest_share``: the limit, a share of ``small``; None: told, not judged.
    ``given_away``: the published groups of those found exactly; for who makes the release, and kept nowhere.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    idea: Idea
    institutions: tuple[str, ...]
    small: int
    exact: int
    proved: int
    narrowest: int | None
    tables: tuple[str, ...]
    largest_share: float | None
    given_away: tuple[Key, ...] = Field(default=(), exclude=True)

    @property
    def share(self) -> float:
        """The share of the small groups that were proved to be small."""
        return self.proved / self.small if self.small else 0.0

    @property
    def passed(self) -> bool:
        if self.largest_share is None:
            return True
        return self.exact == 0 and self.share <= self.largest_share


class Audit(BaseModel):
    """``failures``: why nothing can be said, or which rule is broken where. ``older``: conditions left aside because
    they speak of earlier deliveries. ``relations``: what was used besides the tables."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    findings: tuple[Finding, ...]
    failures: tuple[str, ...]
    older: int = 0

    @property
    def passed(self) -> bool:
        return not self.failures and all(finding.passed for finding in self.findings)

    @property
    def given_away(self) -> frozenset[Key]:
        """The published groups that gave a small group away exactly."""
        return frozenset(key for finding in self.findings if not finding.passed for key in finding.given_away)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it did not pass, naming the tables that gave it away."""
        exceeded = (_reason(finding) for finding in self.findings if not finding.passed)
        return (*self.failures, *exceeded)


def _reason(finding: Finding) -> str:
    limit = f"{100 * (finding.largest_share or 0):.0f} %"
    return (
        f"{describe_attacker(finding.institutions)} ({IDEAS[finding.idea]}): van {finding.small} kleine groepen "
        f"{finding.exact} precies gevonden (grens 0) en {finding.proved} bewezen onder 5 (grens {limit}); "
        f"door {', '.join(finding.tables)}"
    )


IDEAS: Mapping[Idea, str] = {
    "bounds": "optellingen",
    "finer": "optellingen, fijner dan de tabellen",
    "averaging": "middelen",
    "time": "opeenvolgende uitgaven",
    "durations": "duren van anderen",
}


def describe_attacker(institutions: tuple[str, ...]) -> str:
    if not institutions:
        return "buitenstaander"
    return f"wie de cijfers van {' en '.join(institutions)} kent"


def most_often(tables: Iterable[str]) -> tuple[str, ...]:
    """The tables that come most often, each once."""
    return tuple(name for name, _ in Counter(tables).most_common(EXAMPLES))


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings of an attacker by an idea taken together over kinds of institution and years."""
    by_attacker: dict[tuple[Idea, tuple[str, ...]], list[Finding]] = {}
    for finding in sorted(findings, key=lambda one: (len(one.institutions), list(IDEAS).index(one.idea))):
        by_attacker.setdefault((finding.idea, finding.institutions), []).append(finding)
    return tuple(
        Finding(
            idea=idea,
            institutions=institutions,
            small=sum(one.small for one in group),
            exact=sum(one.exact for one in group),
            proved=sum(one.proved for one in group),
            narrowest=min((one.narrowest for one in group if one.narrowest is not None), default=None),
            tables=most_often(name for one in group for name in one.tables),
            largest_share=group[0].largest_share,
            given_away=tuple(dict.fromkeys(key for one in group for key in one.given_away)),
        )
        for (idea, institutions), group in by_attacker.items()
    )


WHO: Final = (
    "Een buitenstaander",
    "Een instelling of regio die haar eigen cijfers kent",
    "Twee die elk hun eigen cijfers kennen",
)


def in_words(audit: Audit) -> list[str]:
    """For an outsider, an institution and a pair: what the one who learned most learned, in a sentence each."""
    sentences = []
    for number, who in enumerate(WHO):
        findings = [finding for finding in audit.findings if len(finding.institutions) == number and finding.small]
        if not findings:
            continue
        exact = max(finding.exact for finding in findings)
        most = max(findings, key=lambda finding: finding.share)
        whose = f" ({' en '.join(most.institutions)})" if most.institutions else ""
        verb = "vindt" if number < 2 else "vinden"
        shows = "bewijst" if number < 2 else "bewijzen"
        sentences.append(
            f"{who} {verb} van {'geen enkele kleine groep' if not exact else f'{exact} kleine groepen'} het juiste "
            f"aantal, en {shows} van hoogstens {percent(most.share)} dat ze onder {SMALL + 1} liggen{whose}."
        )
    return sentences


def percent(share: float) -> str:
    """In Dutch, with one decimal."""
    return f"{100 * share:.1f} %".replace(".", ",")


def to_markdown(audit: Audit) -> str:
    """The result in plain Dutch."""
    verdict = "binnen de grenzen" if audit.passed else "NIET binnen de grenzen: deze uitgave mag niet naar buiten"
    lines = [f"# Toetsing van uitgave {audit.label}", "", f"Uitkomst: {verdict}.", ""]
    lines += [f"- {reason}" for reason in audit.reasons]
    lines += [
        *([""] if audit.reasons else []),
        *(f"- {sentence}" for sentence in in_words(audit)),
        "",
        "Een kleine groep telt 1 tot en met 4. Geteld is wat er op zijn meest over te bewijzen is.",
        "",
        "| aanvaller | aanval | kleine groepen | precies gevonden | bewezen onder 5 | grens | minste waarden over |",
        "|---|---|---|---|---|---|---|",
    ]
    for finding in audit.findings:
        limit = "geen" if finding.largest_share is None else f"{100 * finding.largest_share:.0f} %"
        narrowest = "-" if finding.narrowest is None else str(finding.narrowest)
        lines.append(
            f"| {describe_attacker(finding.institutions)} | {IDEAS[finding.idea]} | {finding.small} | {finding.exact} "
            f"| {finding.proved} ({percent(finding.share)}) | {limit} | {narrowest} |"
        )
    if audit.older:
        lines += ["", f"{audit.older} gegevens gaan over eerdere aanleveringen en zijn niet gebruikt."]
    return "\n".join(lines) + "\n"
