"""The main script of the screens, in a folder of its own.

Streamlit puts the folder of its main script before all that is installed. In ``monitor/`` that would hide packages with
the name of a folder there: spaCy's own `catalogue` behind ours.
"""

from pathlib import Path
from typing import Final

SCRIPT: Final = Path(__file__).with_name("script.py")
