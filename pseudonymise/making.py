"""From exports to a delivery in one go, for the command and for a screen that has them in memory alone."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from pseudonymise.agreement import Institution
from pseudonymise.delivery import Manifest, write_delivery
from pseudonymise.durations import Summary, summarise
from pseudonymise.errors import UserError
from pseudonymise.keys import InstitutionKeys
from pseudonymise.risk import Risk, measure_risk, refuse_when_too_narrow
from pseudonymise.sources import RawCases, read_sources
from pseudonymise.sources.mapping import Mapping
from pseudonymise.trajectories import Trajectories, build_trajectories, check_fields


@dataclass(frozen=True)
class Made:
    """What was made of exports: a delivery, what it says of itself, and what could still single someone out."""

    raw: RawCases
    trajectories: Trajectories
    summary: Summary
    risk: Risk
    manifest: Manifest


def make_delivery(
    exports: Sequence[Path],
    mapping: Mapping,
    party: Institution,
    until: date,
    keys: InstitutionKeys,
    target: Path | BinaryIO,
    progress: Callable[[str], None],
) -> Made:
    """Write the delivery to ``target``, once all of it is known to be right.

    UserError for everything that the institution can mend.
    """
    check_fields(mapping, party)
    raw = read_sources(mapping, exports, progress, keys.pseudonyms)
    progress("zaken ordenen")
    trajectories = build_trajectories(raw, mapping, party, until)
    summary = summarise(trajectories, keys.record, progress)
    progress("risico meten")
    risk = measure_risk(summary.tables, until, summary.delay.days)
    refuse_when_too_narrow(risk)
    progress("versleutelen en ondertekenen")
    manifest = write_delivery(
        target,
        institution=party.code,
        until=until,
        missing_milestones=trajectories.missing_milestones,
        registration_delay_days=summary.delay.days,
        registration_delays=summary.delay.measured,
        rows_read=trajectories.rows_read,
        rows_used=summary.rows_used,
        left_out=summary.left_out,
        tables=summary.tables,
        keys=keys,
    )
    return Made(raw, trajectories, summary, risk, manifest)


@contextmanager
def as_files(exports: Sequence[tuple[str, bytes]]) -> Iterator[list[Path]]:
    """Paths by which the exports can be read, while their content stands in memory alone.

    A link by the export's own name points to an anonymous file in memory, which the system lets go when this process
    ends, however it ends.
    """
    if sys.platform != "linux":
        raise UserError(
            "Een uitdraai in de browser verwerken kan alleen op Linux: elders zou zij op een schijf komen te staan. "
            "Gebruik het commando 'verbetermonitor deliver'."
        )
    names = [Path(name).name for name, _ in exports]
    if len(set(names)) < len(names):
        raise UserError("Twee uitdraaien hebben dezelfde naam. Geef elke uitdraai een eigen naam.")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        paths = []
        for name, (_, content) in zip(names, exports, strict=True):
            file = stack.enter_context(os.fdopen(os.memfd_create("export"), "wb"))
            file.write(content)
            file.flush()
            paths.append(folder / name)
            paths[-1].symlink_to(f"/proc/{os.getpid()}/fd/{file.fileno()}")
        yield paths
