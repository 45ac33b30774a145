"""The screens. A file here only defines functions: run by itself it draws nothing."""

from collections.abc import Callable

from monitor.access.permissions import Page
from pages import (
    access,
    accountability,
    agenda,
    contacts,
    contract_results,
    data_quality,
    definitions,
    deliver,
    flow,
    institution,
    lead_times,
    learning,
    linking,
    notes,
    overview,
    places,
    region,
    room,
)

SHOW: dict[Page, Callable[[], None]] = {
    Page.OVERVIEW: overview.show,
    Page.REGION: region.show,
    Page.INSTITUTION: institution.show,
    Page.LEAD_TIMES: lead_times.show,
    Page.CONTRACT_RESULTS: contract_results.show,
    Page.FLOW: flow.show,
    Page.DEFINITIONS: definitions.show,
    Page.DATA_QUALITY: data_quality.show,
    Page.ACCOUNTABILITY: accountability.show,
    Page.DELIVER: deliver.show,
    Page.AGENDA: agenda.show,
    Page.NOTES: notes.show,
    Page.ACCESS: access.show,
    Page.LINKING: linking.show,
    Page.LEARNING: learning.show,
    Page.ROOM: room.show,
    Page.PLACES: places.show,
    Page.CONTACTS: contacts.show,
}
