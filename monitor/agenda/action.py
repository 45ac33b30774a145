"""An improvement action (*verbeteractie*) as it is written down: what, where, in which role, what it should move."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, Literal

from monitor.locale import DUTCH, N_, Language
from monitor.release.cell import Statistic
from pseudonymise.agreement import Record, load_agreement, region_names
from pseudonymise.errors import UserError

LONGEST_TITLE: Final = 80  # stands beside a chart
LONGEST_TEXT: Final = 600  # an agenda is read in a meeting


class Theme(StrEnum):
    """The four themes of the agenda."""

    VISION = "vision"  # gezamenlijke visie
    CONTRACTS = "contracts"
    MONITORING = "monitoring"
    PRACTICE = "practice"  # samenwerken in de praktijk


class Owner(StrEnum):
    """In which role an action is carried; an action has no place for a person."""

    QUARTERMASTER = "quartermaster"
    INSTITUTION = "institution"  # the manager of a certified institution
    VEILIG_THUIS = "veilig_thuis"
    COUNCIL = "council"
    MUNICIPALITY = "municipality"
    PROVIDER = "provider"  # zorgaanbieder


class Status(StrEnum):
    PLANNED = "planned"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


CLOSED: Final = frozenset({Status.DONE, Status.STOPPED})
Direction = Literal["higher", "lower"]


class Milestone(Record):
    """``reached``: the day on which it was there, None until then."""

    what: str
    due: date
    reached: date | None = None


class Action(Record):
    """``aim``: what will be done. ``step`` and ``direction``: which step of the chain it should move, and which way.
    ``note``: what is new in this revision. ``start``: its planned or true first day.
    """

    region: str
    theme: Theme
    title: str
    aim: str
    owner: Owner
    start: date
    status: Status
    step: str
    direction: Direction
    milestones: tuple[Milestone, ...] = ()
    note: str = ""

    @property
    def statistic(self) -> Statistic:
        """The indicator it should move, as charts draw the step: the share within the norm, or the median."""
        return Statistic.SHARE if load_agreement().step(self.step).norm else Statistic.MEDIAN

    @property
    def closed(self) -> bool:
        return self.status in CLOSED

    @property
    def begun(self) -> bool:
        return self.status is not Status.PLANNED

    def late(self, today: date) -> tuple[Milestone, ...]:
        """The milestones of an open action whose day has passed."""
        if self.closed:
            return ()
        return tuple(one for one in self.milestones if one.reached is None and one.due < today)

    def overdue_start(self, today: date) -> bool:
        """Planned for a day that has passed."""
        return self.status is Status.PLANNED and self.start < today

    def texts(self) -> Iterator[tuple[str, str]]:
        """Every free text, with what it is."""
        yield TITLE, self.title
        yield AIM, self.aim
        yield from ((MILESTONE, one.what) for one in self.milestones)
        yield NOTE, self.note


TITLE, AIM, MILESTONE, NOTE = N_("Title"), N_("What will be done"), N_("Milestone"), N_("What is new")


@dataclass(frozen=True)
class Fault:
    """``message``: of the catalogue. ``what``: which text, also of the catalogue."""

    message: str
    what: str = ""
    longest: int = 0

    def say(self, language: Language) -> str:
        what = language.gettext(self.what) if self.what else ""
        return language.gettext(self.message, what=what, longest=self.longest)


class Incomplete(UserError):
    """An action that cannot be stored as it is, with every fault."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(" ".join(fault.say(DUTCH) for fault in faults))


def check_complete(action: Action, today: date) -> None:
    """Raises Incomplete with everything that lacks, is too long or cannot be."""
    faults: list[Fault] = []
    for what, words in action.texts():
        if not words.strip() and what != NOTE:
            faults.append(Fault(N_("{what}: this is empty. Write it in a few words."), what))
        longest = LONGEST_TITLE if what == TITLE else LONGEST_TEXT
        if len(words) > longest:
            faults.append(Fault(N_("{what}: longer than {longest} characters. Shorten it."), what, longest))
    if action.region not in region_names() or action.step not in {step.code for step in load_agreement().steps}:
        faults.append(Fault(N_("The region or the step does not exist. Choose one from the list.")))
    if action.status is not Status.PLANNED and action.start > today:
        faults.append(Fault(N_("It starts after today: that is planned, not under way or closed.")))
    if any(one.reached is not None and one.reached > today for one in action.milestones):
        faults.append(Fault(N_("A milestone is reached after today: leave that day empty until then.")))
    if faults:
        raise Incomplete(faults)
