"""What can be wrong with linked events beside those that wait already. All of these block.

What is wrong with a file by itself `pseudonymise.linked.events` finds; its supplier is told as of a delivery.
"""

from datetime import date, datetime

from sqlalchemy import Connection

from monitor.intake.rule import Finding, Rule, Severity, Words
from monitor.store.linked import erase_events, find_file, insert_file, newest_run, waiting_files
from pseudonymise.linked.events import TABLE, EventsFile
from pseudonymise.linked.keys import linked_terms

AGAIN_NL = "Maak de aanvraag en de gebeurtenissen opnieuw met 'verbetermonitor link'."
AGAIN_EN = "Make the request and the events again with 'verbetermonitor link'."


def _error(code: str, nl: tuple[str, str], en: tuple[str, str]) -> Rule:
    return Rule(code, Severity.ERROR, (), Words(*nl), Words(*en))


REPLAYED = _error(
    "linked_replayed",
    ("deze gebeurtenissen zijn al eerder verwerkt en gewist; ze tellen niet opnieuw", AGAIN_NL),
    ("these events were counted and erased before; they do not count again", AGAIN_EN),
)
OTHER_PERIOD = _error(
    "linked_other_period",
    ("deze gebeurtenissen zijn van voor wat er al is aangeleverd of geteld", AGAIN_NL),
    ("these events are of before what was sent or counted already", AGAIN_EN),
)
OLD_KEY = _error(
    "linked_old_key",
    ("deze gebeurtenissen zijn gemaakt onder een sleutel die is vervangen", AGAIN_NL),
    ("these events were made under a key that was replaced", AGAIN_EN),
)
TERM_OVER = _error(
    "linked_term_over",
    (
        "de termijn waarvoor de overeenkomst koppeling toestaat, is voorbij",
        "Stuur geen gekoppelde gebeurtenissen meer: eerst moeten de partijen een nieuwe termijn afspreken.",
    ),
    (
        "the term for which the agreement allows linking is over",
        "Send no linked events any more: the parties have to agree a new term first.",
    ),
)
RULES = (REPLAYED, OTHER_PERIOD, OLD_KEY, TERM_OVER)


def check(connection: Connection, events: EventsFile, today: date) -> list[Finding]:
    """What of the events cannot be, beside what is in the store."""
    header, waiting, run = events.header, waiting_files(connection), newest_run(connection)
    known = find_file(connection, header.institution, events.sha256)
    own = [file.until for file in waiting if file.institution == header.institution]
    counted = [] if run is None else [run.period]
    wrong = {
        REPLAYED: known is not None and known.erased_at is not None,
        OTHER_PERIOD: header.period < max([*counted, *(file.period for file in waiting)], default="")
        or header.until < max(own, default=header.until),
        OLD_KEY: header.key_version < max((file.key_version for file in waiting), default=0)
        or header.offset_version < max((file.offset_version for file in waiting), default=0),
        TERM_OVER: today > linked_terms().until,
    }
    return [Finding(rule, TABLE, (), ()) for rule, broken in wrong.items() if broken]


def receive(connection: Connection, events: EventsFile, by: str, received_at: datetime) -> bool:
    """Store the events in the place of those of the same institution; False when they wait there already."""
    header = events.header
    if find_file(connection, header.institution, events.sha256):
        return False
    for file in waiting_files(connection):
        if file.institution == header.institution:
            erase_events(connection, file.id, "superseded", by, received_at)
    insert_file(connection, events, received_at)
    return True
