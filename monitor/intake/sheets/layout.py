"""Where everything stands in a template, for who writes it and who reads it. A workbook speaks Dutch, as its reader."""

from monitor.catalogue.expected import Template

FILL_IN, EXPLANATION, LISTS = "Invullen", "Toelichting", "Lijsten"
SHEETS = (FILL_IN, EXPLANATION, LISTS)

# The labels in column A of the first rows, with what they are for in column B.
TEMPLATE_ROW, SUPPLIER_ROW, PERIOD_ROW = 1, 2, 3
LABELS = {TEMPLATE_ROW: "Sjabloon", SUPPLIER_ROW: "Aanleveraar", PERIOD_ROW: "Periode"}
HEADER_ROW = 5
FIRST_ROW = HEADER_ROW + 1
ROWS = 400  # more than the combinations of any template
LAST_ROW = FIRST_ROW + ROWS - 1
LONGEST = {"provider": 80, "team": 80, "person": 60, "phone": 20, "email": 80}  # letters in a cell of a kind


def mark(code: str, template: Template) -> str:
    """What tells a filled-in workbook by which template and version it was made."""
    return f"{code} {template.version}"
