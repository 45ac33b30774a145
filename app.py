"""The application object: ``uvicorn app:app``, or ``verbetermonitor serve``.

The main script lies in ``monitor/``, away from ``pages/``: Streamlit serves a ``pages`` folder beside the main script
by itself, past every check.
"""

from pathlib import Path

import streamlit as st

import monitor
from monitor import web

app = st.App(Path(monitor.__file__).with_name("shell.py"), middleware=web.middleware(), routes=web.routes())
