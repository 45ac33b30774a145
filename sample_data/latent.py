"""What truly happened in the sample: every case and its milestones, without registration errors.

One table for each kind of institution, one case a row. The exports are written from them and the monitor can
be tested against them. They hold dates after the extract: what an observer at the extract cannot know yet.
"""

import numpy as np
import pandas as pd

from pseudonymise.agreement import InstitutionKind
from sample_data.chain import join_chain
from sample_data.inflow import reports, requests
from sample_data.measures import institution_shares, measures
from sample_data.parameters import load_parameters

DEFAULT_SEED = load_parameters().period.seed


def truth(seed: int = DEFAULT_SEED, scale: float = 1.0) -> dict[InstitutionKind, pd.DataFrame]:
    """The true cases of each kind: ``case``, ``institution``, ``region``, ``municipality``, ``measure_type``,
    ``person``, ``family``, ``birth_date``, a ``datetime64[s]`` column per milestone (for GI's also
    ``court_order``, ``transferred_in`` and ``transferred_out``), ``ended`` and ``end_reason``.

    A milestone that never happens, because the case ended or moved on first, is not-a-time. ``person`` and
    ``family`` are numbers unique over the three tables, but for the children who had an investigation at Veilig Thuis
    before they got a measure: these have one number in both. ``scale`` multiplies the number of cases.
    """
    gi_rng, vt_rng, council_rng = np.random.default_rng(seed).spawn(3)
    tables: dict[InstitutionKind, pd.DataFrame] = {
        "gi": measures(gi_rng, scale, institution_shares()),
        "council": requests(council_rng, scale),
        "vt": reports(vt_rng, scale),
    }
    people = families = 0
    for table in tables.values():
        table["person"] += people
        table["family"] += families
        people, families = table["person"].max() + 1, table["family"].max() + 1
    join_chain(np.random.default_rng([seed, 3]), tables["vt"], tables["gi"])
    return tables
