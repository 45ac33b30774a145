"""Trajectories (*trajecten*): the one shape of a case inside the institution, and what makes it implausible.

This is the last place where dates and case keys exist.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from pseudonymise.agreement import (
    Clock,
    Institution,
    load_agreement,
    municipality_changes,
    municipality_regions,
    region_names,
)
from pseudonymise.delivery import LeftOut
from pseudonymise.errors import UserError
from pseudonymise.problems import Problems
from pseudonymise.sources import RawCases
from pseudonymise.sources.mapping import BORN, CASE_DATES, Mapping, registered_field

CONVERTED = "07"  # end reason of a provisional order that became a supervision order (Beleidsinformatie v7, §5)
NO_GROUP = "none"  # Veilig Thuis and the council work before there is a measure


@dataclass(frozen=True)
class Trajectories:
    """One row for each case that can count.

    ``frame`` holds ``case`` (text), ``source`` and ``row`` (where it came from; the header is row 1),
    ``region``, ``measure_group`` (categorical); for each milestone of the institution's kind a datetime64[s]
    column, ``<milestone>_undated`` (it happened, the date is unknown), ``<milestone>_implausible`` and
    ``<milestone>_registered`` (datetime64[s]: when it was entered, as far as the source says);
    ``ended``, ``transferred_in``, ``transferred_out`` (datetime64[s]) and ``converted`` (bool).
    ``left_out`` counts by reason the rows that are not in the frame.
    """

    frame: pd.DataFrame
    institution: Institution
    until: date
    rows_read: int
    left_out: dict[str, int]
    missing_milestones: tuple[str, ...]

    @property
    def implausible(self) -> int:
        """The number of dates that cannot be."""
        return int(self.frame.filter(regex="_implausible$").to_numpy().sum())


def check_fields(mapping: Mapping, institution: Institution) -> None:
    """UserError when the mapping names what this kind of institution does not hold, or lacks what it must."""
    held = set(load_agreement().milestones_in(institution.kind))
    other = {"case", "municipality", BORN}
    if institution.kind == "gi":
        other |= {"measure_type", "end_reason", *CASE_DATES}
        if not mapping.has("measure_type"):
            raise UserError("Koppeling: geen bron heeft 'measure_type'; zonder soort maatregel is er geen groep.")
    else:
        other |= {"ended"}
    strange = sorted({field for source in mapping.sources for field in source.columns} - held - other)
    if strange:
        raise UserError(
            f"Koppeling: {', '.join(strange)} hoort niet bij {institution.code}. "
            f"Haal het uit de koppeling; bekend zijn {', '.join(sorted(held | other))}."
        )
    for clock in load_agreement().clocks_of(institution.kind):
        if not mapping.has(clock.anchor) and not (clock.proxy and mapping.has(clock.proxy)):
            raise UserError(f"Koppeling: geen bron heeft '{clock.anchor}', waar de klok mee begint.")


def build_trajectories(raw: RawCases, mapping: Mapping, institution: Institution, until: date) -> Trajectories:
    """Cases with region, group and plausibility; UserError for an unknown municipality or type of measure."""
    problems = Problems()
    region = _regions(raw, mapping.policies.other_municipality == "leave_out", problems)
    if institution.kind == "gi":
        group, left_out_types = _groups(raw, problems)
    else:
        group = np.full(len(raw.frame), NO_GROUP, dtype=object)
        left_out_types = np.full(len(raw.frame), "", dtype=object)
    problems.raise_if_any()

    place = raw.places["case"]
    frame = pd.DataFrame(
        {
            "case": raw.frame["case"],
            "source": place.files,
            "row": place.rows,
            "region": pd.Categorical(pd.Series(region).where(region != ELSEWHERE), categories=list(region_names())),
            "measure_group": pd.Categorical(
                group, categories=[group.code for group in load_agreement().measure_groups]
            ),
        }
    )
    milestones = load_agreement().milestones_in(institution.kind)
    nothing = np.full(len(frame), np.datetime64("NaT", "s"))
    for milestone in (*milestones, *CASE_DATES):
        frame[milestone] = raw.frame.get(milestone, nothing)
    for milestone in milestones:
        frame[registered_field(milestone)] = raw.frame.get(registered_field(milestone), nothing)
        frame[f"{milestone}_undated"] = raw.frame.get(f"{milestone}_undated", False)
    clock = load_agreement().clocks_of(institution.kind)[0]  # the clocks of a kind start at one milestone
    for milestone in milestones:
        frame[f"{milestone}_implausible"] = _implausible(frame, milestone, clock, until)
    reason = raw.frame.get("end_reason", pd.Series("", index=frame.index)).str.zfill(2)
    frame["converted"] = (reason == CONVERTED) & (frame["measure_group"] == "vots") & frame["ended"].notna()

    not_served = ~np.isin(region, institution.regions)
    end_unknown = np.zeros(len(frame), dtype=bool)
    for name in (f"{name}_undated" for name in CASE_DATES):
        if name in raw.frame:
            end_unknown |= raw.frame[name].to_numpy(dtype=bool)
    reasons = np.select(
        [left_out_types != "", not_served, end_unknown],
        [left_out_types, LeftOut.REGION_NOT_SERVED, LeftOut.UNKNOWN_END],
        "",
    ).astype(object)
    return Trajectories(
        frame=frame.loc[reasons == ""].reset_index(drop=True),
        institution=institution,
        until=until,
        rows_read=len(frame),
        left_out={str(word): int((reasons == word).sum()) for word in np.unique(reasons) if word},
        missing_milestones=tuple(milestone for milestone in milestones if not mapping.has(milestone)),
    )


def anchor_dates(frame: pd.DataFrame, clock: Clock) -> tuple[pd.Series, npt.NDArray[np.bool_]]:
    """The date that starts a clock (NaT: none), and whether it is that of the proxy."""
    anchor = frame[clock.anchor]
    if clock.proxy is None:
        return anchor, np.zeros(len(frame), dtype=bool)
    proxied = (anchor.isna() & frame[clock.proxy].notna()).to_numpy()
    return anchor.where(~proxied, frame[clock.proxy]), proxied


def _implausible(frame: pd.DataFrame, milestone: str, clock: Clock, until: date) -> pd.Series:
    """Whether the date cannot be: after the extract, or before the clock started.

    The milestone that can stand in for the start comes before it, and cannot be later.
    """
    dates = frame[milestone]
    after_extract = dates > pd.Timestamp(until)
    if milestone == clock.anchor:
        return after_extract
    if milestone == clock.proxy:
        return after_extract | (dates > frame[clock.anchor])
    return after_extract | (dates < anchor_dates(frame, clock)[0])


MUNICIPALITY = re.compile(r"(?:GM)?\d{3,4}", re.IGNORECASE)
ELSEWHERE = "elsewhere"  # a municipality that is in none of the regions


def _regions(raw: RawCases, elsewhere_too: bool, problems: Problems) -> npt.NDArray[np.object_]:
    """Region of each municipality code: "GM0202", "0202" and "202" are one, and an old code is that which it became.

    A code of none of the regions is a problem, unless the institution says that it works ``elsewhere_too``.
    """
    known, changed = municipality_regions(), municipality_changes()
    codes = raw.frame["municipality"]

    def region(text: str) -> str:
        code = f"GM{text.upper().removeprefix('GM').zfill(4)}"
        return known.get(changed.get(code, code), ELSEWHERE if elsewhere_too and MUNICIPALITY.fullmatch(text) else "")

    def describe(code: str) -> str:
        if MUNICIPALITY.fullmatch(code):  # quoted only when it can be nothing but a code
            return (
                f"gemeente {code} ligt niet in de zeven regio's van de overeenkomst. Verbeter de code, of zet in de "
                'koppeling other_municipality = "leave_out" als u ook elders werkt.'
            )
        return (
            "hier staat geen gemeentecode; verwacht GM0202, 0202 of 202, of een postcode die in een tabel van "
            "[postcodes] staat. Verbeter de rij in het bronsysteem of de koppeling."
        )

    return _looked_up(raw, codes, "municipality", region, describe, problems)


def _groups(raw: RawCases, problems: Problems) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.object_]]:
    """Measure group of each type, and for types without a clock the reason to leave the row out."""
    agreement = load_agreement()
    types = raw.frame["measure_type"]
    group_or_type = _looked_up(
        raw,
        types,
        "measure_type",
        lambda code: (
            agreement.measure_types.get(code) or (code if code in agreement.measure_types_without_clock else "")
        ),
        lambda _: (
            "de soort maatregel is onbekend; verwacht een code van Beleidsinformatie Jeugd. Vul "
            "[sources.values.measure_type] in de koppeling aan of verbeter de rij."
        ),
        problems,
    )
    without = np.isin(group_or_type, list(agreement.measure_types_without_clock))
    left_out = np.where(without, "measure_type_" + group_or_type, "")
    groups = group_or_type.copy()
    groups[without] = None
    return groups, left_out


def _looked_up(
    raw: RawCases,
    texts: pd.Series,
    field: str,
    lookup: Callable[[str], str],
    describe: Callable[[str], str],
    problems: Problems,
) -> npt.NDArray[np.object_]:
    """Each distinct text looked up once; a row whose text is unknown ("") becomes a problem."""
    codes, distinct = pd.factorize(texts)
    found = np.array([lookup(str(text)) for text in distinct], dtype=object)[codes]
    place = raw.places[field]
    problems.add_rows(
        found == "",
        lambda index: f"{place.of(index)}: {describe(str(texts.iloc[index]))}",
    )
    return found
