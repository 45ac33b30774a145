"""Times lifelines on the cases that bench_lead_times made. Runs in an environment that has lifelines.

``python lifelines_peer.py CASES.npz HORIZON`` prints JSON: the seconds of Kaplan-Meier for every group, from
single cases (already split by group) and from counts by day as weights, and the curves of the first on every
day. Reading, splitting and a first fit that warms up are not timed.
"""

import json
import sys
import time

import numpy as np
from lifelines import KaplanMeierFitter

REACHED = 0


def main() -> None:
    cases = np.load(sys.argv[1])
    order = np.argsort(cases["group"], kind="stable")
    starts = np.flatnonzero(np.diff(cases["group"][order], prepend=-1))
    days, reached = (np.split(values[order], starts[1:]) for values in (cases["day"], cases["kind"] == REACHED))

    KaplanMeierFitter().fit([1, 2, 3])
    begin = time.perf_counter()
    fits = [KaplanMeierFitter().fit(*group) for group in zip(days, reached, strict=True)]
    from_cases = time.perf_counter() - begin

    weighted = [
        (*np.unique(np.stack([group_days, group_reached]), axis=1, return_counts=True),)
        for group_days, group_reached in zip(days, reached, strict=True)
    ]
    begin = time.perf_counter()
    for (distinct_days, distinct_reached), counts in weighted:
        KaplanMeierFitter().fit(distinct_days, distinct_reached, weights=counts)
    from_counts = time.perf_counter() - begin
    curves = [fit.survival_function_at_times(range(int(sys.argv[2]) + 1)).tolist() for fit in fits]
    print(json.dumps({"seconds": {"from cases": from_cases, "from counts": from_counts}, "curves": curves}))


if __name__ == "__main__":
    main()
