"""The files of one role, without the application."""

from collections.abc import Iterator
from pathlib import Path

from monitor.access.roles import Role, RoleKind
from monitor.locale import Language
from monitor.reports.files import KINDS, package_name, package_of
from monitor.reports.report import Report
from monitor.reports.screens import institution_report, overview_report, region_report
from monitor.views.institution import institution_model, institution_periods, step_followed
from monitor.views.overview import overview
from monitor.views.reading import Reader
from monitor.views.region import region_model


def write_all(reader: Reader, role: Role, language: Language, folder: Path) -> Iterator[Path]:
    """Each file of the page that ``role`` opens on, as ``reader`` may read it; yields it when it is whole."""
    report = report_for(reader, role, language)
    folder.mkdir(parents=True, exist_ok=True)
    for kind in KINDS:
        yield _whole(folder / f"{report.name}.{kind.ending}", kind.write(report))
    yield _whole(folder / package_name(report), package_of(reader, report))


def report_for(reader: Reader, role: Role, language: Language) -> Report:
    """Of the page that the role opens on, with nothing chosen there."""
    if role.region:
        return region_report(region_model(reader, role.region, quarters=True), reader.release, language)
    if role.institution:
        periods = institution_periods(reader, role.institution)
        model = institution_model(reader, role.institution, step_followed(role.institution), periods[0])
        return institution_report(model, reader.release, language)
    assert role.kind is RoleKind.BOARD
    return overview_report(overview(reader), reader.release, language)


def _whole(path: Path, content: bytes) -> Path:
    """Written beside its place and then put there: a file that was there stays until the new one is whole."""
    beside = path.with_name(f".{path.name}.part")
    beside.write_bytes(content)
    beside.replace(path)
    return path
