"""A page of this stack with nothing of ours: 5 metrics, 3 charts and a table of 200 rows; the peer of bench_load.

Tuned as ours are: figures as plain dictionaries, no collection after each run, no theme of Streamlit.
"""

import gc
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from monitor.serve import settings


def serve(port: int) -> None:
    gc.collect()
    gc.freeze()
    st.App(Path(__file__)).run(config=settings() | {"server.port": port})


def page() -> None:
    draw = np.random.default_rng()
    st.title("A page")
    for column, value in zip(st.columns(5), draw.integers(100, size=5), strict=True):
        column.metric("Share", f"{value}%")
    for number in range(3):
        lines = [{"type": "scatter", "x": list(range(20)), "y": draw.random(20).tolist()} for _ in range(4)]
        st.plotly_chart(go.Figure({"data": lines}, skip_invalid=True), theme=None, key=f"chart {number}")
    rows = "".join(f"<tr><td>{number}</td><td>{value:.3f}</td></tr>" for number, value in enumerate(draw.random(200)))
    st.html(f"<table>{rows}</table>")


if __name__ == "__main__":
    page()
