"""Waiting events carried over to a new key of the pseudonym, so that they meet those that were made under it."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Engine

from monitor.access.trail import Act, write
from monitor.store.deliveries import scrub
from monitor.store.engine import writing
from monitor.store.linked import linked_events, read_events, replace_pseudonyms, waiting_files
from pseudonymise.errors import UserError


def waiting_under(engine: Engine, version: int) -> list[str]:
    """The distinct pseudonyms that wait under a version of the key; UserError when there are none."""
    with engine.connect() as connection:
        files = [file for file in waiting_files(connection) if file.key_version == version]
        found = {one for file in files for one in read_events(connection, file.id)["pseudonym"] if one}
    if not found:
        raise UserError(f"Er wachten geen gebeurtenissen onder versie {version} van de sleutel van het pseudoniem.")
    return sorted(found)


def carry_over(engine: Engine, old: int, new: int, found: Mapping[str, str], by: str, now: datetime) -> list[str]:
    """Put the new pseudonym in the place of each old one; whose events these are comes back. ``now`` in UTC.

    UserError, with the store as it was, when other events wait by now than were asked for.
    """
    with writing(engine) as connection:
        files = [file for file in waiting_files(connection) if file.key_version == old]
        waiting = {one for file in files for one in read_events(connection, file.id)["pseudonym"] if one}
        if not files or not waiting <= found.keys():
            raise UserError(
                "Er wachten andere gebeurtenissen dan waarvoor dit antwoord is gevraagd. Begin opnieuw met "
                "'verbetermonitor roads ask'; er is niets veranderd."
            )
        for file in files:
            replace_pseudonyms(connection, file.id, found, new)
            write(connection, Act.LINK, by, f"{file.institution} {file.period} sleutel {new}", now)
    scrub(engine, [linked_events])
    return [file.institution for file in files]
