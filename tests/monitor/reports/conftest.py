from dataclasses import replace

import pytest

from monitor.reports.learning import learning_report, room_report
from monitor.reports.screens import (
    contract_results_report,
    data_quality_report,
    flow_report,
    institution_report,
    lead_times_report,
    overview_report,
    region_report,
)
from monitor.views.data_quality import data_quality
from monitor.views.institution import institution_model, institution_periods, step_followed
from monitor.views.lead_times import Split, lead_times
from monitor.views.learning import learning_model, room_model
from monitor.views.overview import overview
from monitor.views.reading import Group
from monitor.views.region import region_model
from monitor.views.reported import contract_results, flow_model, result_periods
from tests.monitor.cells_fixture import cells_url, read_as

__all__ = ["cells_url", "read_as"]

PAGES = (
    "overview",
    "region",
    "region by year",
    "institution",
    "own figures",
    "own figures by year",
    "lead times",
    "contract results",
    "flow",
    "own flow",
    "data quality",
    "own data quality",
    "learning",
    "own learning",
    "room",
)


@pytest.fixture
def made(read_as):
    """The model of a page and its report in a language; the release as ``changes`` make it."""

    def make(page, language, **changes):
        reader = read_as("institution-LDH" if page.startswith("own ") else "board")
        release = replace(reader.release, **changes)
        if page == "overview":
            model = overview(reader)
            return model, overview_report(model, release, language)
        if page.startswith("region"):
            model = region_model(reader, "JZ12", quarters=page == "region")
            return model, region_report(model, release, language)
        if page == "lead times":
            model = lead_times(reader, "worker_assigned", Split.REGION, Group(region="JZ12"), "2025")
            return model, lead_times_report(model, release, language)
        if page == "contract results":
            model = contract_results(reader, "caseload", "JZ12", result_periods(reader)[0])
            return model, contract_results_report(model, release, language)
        if page.endswith("flow"):
            model = flow_model(reader, Group(institution="LDH"))
            return model, flow_report(model, release, language)
        if page.endswith("learning"):
            model = learning_model(reader, Group(institution="LDH") if page.startswith("own") else Group(region="JZ12"))
            return model, learning_report(model, release, language)
        if page == "room":
            model = room_model(reader, Group(region="JZ12"))
            return model, room_report(model, release, language)
        if page.endswith("data quality"):
            model = data_quality(reader, "2025", "2025Q4")
            return model, data_quality_report(model, release, language)
        period = "2025" if page.endswith("by year") else institution_periods(reader, "LDH")[-1]
        model = institution_model(reader, "LDH", step_followed("LDH"), period)
        return model, institution_report(model, release, language)

    return make
