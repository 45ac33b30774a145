"""What the rules have in common: columns, and values of the agreement by the code of a step."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from monitor.intake.rule import Words
from pseudonymise.agreement import load_agreement

GROUP = ["region", "measure_group", "quarter"]
MANIFEST = "manifest"

# The software makes the tables, not the supplier: what contradicts itself there was damaged or made by another version.
REMAKE_NL = (
    "Maak de aanlevering opnieuw met de geldende versie van verbetermonitor; blijft dit, geef dan de code tussen "
    "haken door aan de beheerder van de programmatuur."
)
REMAKE_EN = (
    "Make the delivery again with the current version of verbetermonitor; if this stays, tell the maintainer of the "
    "software the code in brackets."
)


def remake(nl: str, en: str) -> dict[str, Words]:
    """The words of a rule that only other software can mend."""
    return {"nl": Words(nl, REMAKE_NL), "en": Words(en, REMAKE_EN)}


def quarter_numbers(quarters: pd.Series) -> npt.NDArray[np.int64]:
    """Quarters as numbers in a row, so that a difference is a number of quarters."""
    names = quarters.astype("str").to_list()
    return np.array([pd.Period(name, "Q").ordinal for name in names], dtype=np.int64)


def step_values(field: str) -> dict[str, object]:
    return {step.code: getattr(step, field) for step in load_agreement().steps}
