from dataclasses import replace

import pytest

from monitor.reports.report import institution_report, overview_report, region_report
from monitor.views.institution import institution_model, institution_periods, step_followed
from monitor.views.overview import overview
from monitor.views.region import region_model
from tests.monitor.cells_fixture import cells_url, read_as

__all__ = ["cells_url", "read_as"]

PAGES = ("overview", "region", "region by year", "institution", "own figures")


@pytest.fixture
def made(read_as):
    """The model of a page and its report in a language; the release as ``changes`` make it."""

    def make(page, language, **changes):
        reader = read_as("institution-LDH" if page == "own figures" else "board")
        release = replace(reader.release, **changes)
        if page == "overview":
            model = overview(reader)
            return model, overview_report(model, release, language)
        if page.startswith("region"):
            model = region_model(reader, "JZ12", quarters=page == "region")
            return model, region_report(model, release, language)
        model = institution_model(reader, "LDH", step_followed("LDH"), institution_periods(reader, "LDH")[-1])
        return model, institution_report(model, release, language)

    return make
