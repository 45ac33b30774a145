"""Writes the sample: the raw exports of eight institutions, all invented, with their mappings."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from pseudonymise.agreement import load_agreement
from sample_data.chain import chain_events, write_chain
from sample_data.exports import CHAIN, EXPORTS, PERSONAL, mapping, write_csv, write_exports, write_index
from sample_data.flaws import Recorded, record
from sample_data.latent import DEFAULT_SEED, truth
from sample_data.measures import measures
from sample_data.parameters import load_parameters
from sample_data.people import invent

__all__ = ["DEFAULT_SEED", "chain", "generate", "recorded", "truth", "write_examples", "write_large_csv"]


def generate(
    out: Path,
    seed: int = DEFAULT_SEED,
    progress: Callable[[str], None] = lambda message: None,
    scale: float = 1.0,
) -> None:
    """Writes all exports, mappings and ``sample.json`` in ``out``: same seed and scale, same bytes.

    Files of an earlier run are replaced; ``sample.json`` comes last, so where it is, the rest is complete.
    ``progress`` gets a line in Dutch before each institution.
    """
    tables = recorded(seed, scale)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as folder:
        for code, (of, people) in tables.items():
            progress(f"{code}: {len(people)} zaken")
            write_exports(Path(folder), code, of, people)
        for code, events in chain(tables, seed).items():
            write_chain(Path(folder) / CHAIN[code], events)
        write_index(Path(folder))
        for path in sorted(Path(folder).iterdir(), key=lambda path: path.name == "sample.json"):
            path.replace(out / path.name)


def write_examples(out: Path, rows: int = 40) -> None:
    """Writes the same files with ``rows`` cases of each institution, spread over the period."""
    out.mkdir(parents=True, exist_ok=True)
    for code, (of, people) in recorded().items():
        some = np.linspace(0, len(people) - 1, rows).astype(int)
        write_exports(out, code, of.take(some), people.iloc[some].reset_index(drop=True))
    write_index(out, chain=False)


def recorded(seed: int = DEFAULT_SEED, scale: float = 1.0) -> dict[str, tuple[Recorded, pd.DataFrame]]:
    """For each institution its cases as recorded at the extract, and the people behind them."""
    people_rng, flaws_rng = np.random.default_rng([seed, 1]).spawn(2)
    tables = truth(seed, scale)
    people = invent(people_rng, pd.concat(tables.values(), ignore_index=True))
    found: dict[str, tuple[Recorded, pd.DataFrame]] = {}
    for code, rng in zip(EXPORTS, flaws_rng.spawn(len(EXPORTS)), strict=True):
        cases = tables[load_agreement().institution(code).kind]
        cases = cases[cases["institution"] == code]
        of = record(rng, cases, day_unknown=code == "LDH")
        found[code] = of, people.set_index("case").loc[of.cases["case"]].reset_index(drop=True)
    return found


def chain(tables: dict[str, tuple[Recorded, pd.DataFrame]], seed: int = DEFAULT_SEED) -> dict[str, pd.DataFrame]:
    """What each institution of which anything is linked has to link by; ``tables`` as `recorded` has them."""
    rngs = np.random.default_rng([seed, 4]).spawn(len(CHAIN))
    kinds = {code: load_agreement().institution(code).kind for code in CHAIN}
    return {code: chain_events(rng, kinds[code], *tables[code]) for code, rng in zip(CHAIN, rngs, strict=True)}


def write_large_csv(path: Path, rows: int, seed: int = DEFAULT_SEED) -> None:
    """Writes ``rows`` measures of one institution as an export of JBGLD, for measuring speed.

    Test BSN's are used more than once: there are fewer than 91,000.
    """
    rng = np.random.default_rng([seed, 2])
    regions = load_parameters().regions.weights
    scale = rows / 12_500 + 0.05  # enough: at scale 1 there are about 14,000 measures
    cases = measures(rng, scale, {region: {"JBGLD": 1.0} for region in regions})
    of = record(rng, cases, day_unknown=False)
    of = of.take(np.linspace(0, len(of.cases) - 1, rows).astype(int))
    headers = PERSONAL[EXPORTS["JBGLD"][0]]
    source = mapping("JBGLD")["sources"][0]
    write_csv(path, headers, source, of, invent(rng, of.cases), "onbekend")
