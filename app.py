"""The application object: ``uvicorn app:app``, or ``verbetermonitor serve``.

The main script lies in ``monitor/shell/``, away from ``pages/``: Streamlit serves a ``pages`` folder beside the main
script by itself, past every check.
"""

import streamlit as st

from monitor import entrance, web
from monitor.shell import SCRIPT

app = st.App(SCRIPT, middleware=web.middleware(), routes=web.routes(), secrets=entrance.secrets())
