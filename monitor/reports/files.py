"""The kinds of file that can be taken along."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from monitor.locale import N_
from monitor.release.cell import SHARED, Cell
from monitor.reports.package import package
from monitor.reports.paper import paper
from monitor.reports.report import Report, file_name
from monitor.reports.slides import slides
from monitor.reports.workbook import workbook
from monitor.views.reading import Reader
from pseudonymise.agreement import load_agreement


@dataclass(frozen=True)
class Kind:
    """``label``: a message of the catalogue. ``media``: the type by which a browser knows it."""

    ending: str
    label: str
    media: str
    write: Callable[[Report], bytes]


OFFICE = "application/vnd.openxmlformats-officedocument"
KINDS = (
    Kind("pptx", N_("Slides (PPTX)"), f"{OFFICE}.presentationml.presentation", slides),
    Kind("pdf", N_("Paper (PDF)"), "application/pdf", paper),
    Kind("xlsx", N_("Workbook (XLSX)"), f"{OFFICE}.spreadsheetml.sheet", workbook),
)
PACKAGE_LABEL, PACKAGE_MEDIA = N_("All figures of the release (CSV, zipped)"), "application/zip"


def package_name(report: Report) -> str:
    code = report.language.gettext("figures")
    if report.own_code:
        code += f"-{report.own_code}"
    return f"{file_name(report.release, code, own=report.own_code is not None, language=report.language)}.zip"


def package_of(reader: Reader, report: Report) -> bytes:
    """Every cell for the audience of the report. Raises AccessDenied when the reader may not see them."""
    own = load_agreement().institution(report.own_code).name if report.own_code else None
    return package(report.release, _cells(reader, report.own_code or SHARED), report.language, own)


def _cells(reader: Reader, audience: str) -> Iterator[Cell]:
    for code in reader.codes(audience):
        yield from reader.everything(code, audience)
