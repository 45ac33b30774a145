"""Plain counting on the truth, by other means than the generator's."""

import holidays
import numpy as np
import pandas as pd

FREE = np.array(
    sorted(holidays.country_holidays("NL", years=range(2000, 2060), categories=("public", "optional"))),
    dtype="datetime64[D]",
)


def working_days(start: pd.Series, end: pd.Series) -> pd.Series:
    """Working days after the start, up to and including the end; missing where either is."""
    both = start.notna() & end.notna()
    found = pd.Series(np.nan, index=start.index)
    first, last = (dates[both].to_numpy().astype("datetime64[D]") + 1 for dates in (start, end))
    found[both] = np.busday_count(first, last, holidays=FREE)
    return found


def on_time(measures: pd.DataFrame) -> pd.DataFrame:
    """For each measure whether each milestone was reached within its term."""
    received = measures["order_received"]
    return pd.DataFrame(
        {
            "first_contact": working_days(received, measures["first_contact"]) <= 5,
            "worker_assigned": working_days(received, measures["worker_assigned"]) <= 5,
            "plan_established": (measures["plan_established"] - received).dt.days <= 42,
            "help_started": measures["help_started"] <= received + pd.DateOffset(months=3),
        }
    )


def measures_received(true_cases: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The measures that a GI received in the period; preventive work is none."""
    gi = true_cases["gi"]
    return gi[(gi["order_received"] >= "2020-10-01") & (gi["measure_type"] != "31")]
