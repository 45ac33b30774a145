"""A query on a database of the institution, through SQLAlchemy.

The one module here that knows of databases. SQLAlchemy comes with the base install, a driver does not: SQLite needs
none, and for another database the institution installs its own. Imported only when a mapping asks for it.
"""

import os
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from math import isfinite

import pandas as pd
from sqlalchemy import Connection, column, create_engine, false, make_url, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from pseudonymise.errors import UserError
from pseudonymise.sources.header import check_header
from pseudonymise.sources.mapping import SqlSource

ROWS_AT_ONCE = 10_000


def read_sql(source: SqlSource) -> pd.DataFrame:
    """One row for each row of the result, from 1, in the form of `read_csv`; the mapped columns alone are fetched.

    The query stands within a selection of ours, so it can read and nothing else. UserError with the remedy when the
    database cannot be reached, the query fails or a column is not in its result. No error quotes the database: its
    own messages can hold values, and the address a password.
    """
    address = os.environ.get(source.setting)
    if not address:
        raise UserError(f"{source.name}: zet het adres van de database in de omgevingsvariabele {source.setting}.")
    try:
        engine = create_engine(make_url(address), hide_parameters=True)
    except (ArgumentError, NoSuchModuleError):
        raise UserError(
            f"{source.name}: {source.setting} is geen adres dat SQLAlchemy kent. "
            "Verwacht bijvoorbeeld postgresql+psycopg://gebruiker:wachtwoord@server/database."
        ) from None
    except ModuleNotFoundError as error:
        raise UserError(
            f"{source.name}: het stuurprogramma '{error.name}' voor deze database ontbreekt. Installeer het."
        ) from None
    try:
        with engine.connect() as connection:
            return _fetch(connection, source)
    except DBAPIError as error:
        raise UserError(
            f"{source.name}: de database weigert ({type(error.orig).__name__}). Controleer {source.setting}, en draai "
            "de query van de koppeling in de database zelf; zij moet als tabel te gebruiken zijn: FROM (query)."
        ) from None
    except SQLAlchemyError as error:
        raise UserError(
            f"{source.name}: de query is niet uit te voeren ({type(error).__name__}). Controleer de koppeling."
        ) from None
    except UnicodeError:
        raise UserError(
            f"{source.name}: de database geeft tekst in een andere codering dan zij zegt. Herstel de codering daar."
        ) from None
    finally:
        engine.dispose()


def _fetch(connection: Connection, source: SqlSource) -> pd.DataFrame:
    # A colon in the query is part of it, never the place of a parameter.
    query = text(source.query.strip().rstrip(";").replace(":", r"\:"))
    whole = query.columns().subquery("uitdraai")
    header = list(connection.execute(select(text("*")).select_from(whole).where(false())).keys())
    wanted = list(dict.fromkeys(source.fields.values()))
    check_header(source.name, header, wanted)
    table = query.columns(*(column(name) for name in wanted)).subquery("uitdraai")
    texts: dict[str, list[str]] = {name: [] for name in wanted}
    with connection.execution_options(yield_per=ROWS_AT_ONCE).execute(select(table)) as result:
        for rows in result.partitions():
            for name, values in zip(wanted, zip(*rows, strict=True), strict=True):
                texts[name] += _as_texts(values, source.forms[0])
    (count,) = {len(values) for values in texts.values()}
    if not count:
        raise UserError(f"{source.name}: de query geeft geen rijen. Controleer haar voorwaarden.")
    return pd.DataFrame(
        {
            field: pd.Series(texts[name], dtype="str" if field == "case" else "category")
            for field, name in source.fields.items()
        }
    ).set_axis(pd.RangeIndex(1, count + 1))


def _as_texts(values: Sequence[object], form: str) -> list[str]:
    """Real dates in the form that the mapping names, so that all sources parse dates in one way."""
    return [
        value.strip()
        if isinstance(value, str)  # nearly all
        else ""
        if value is None
        else value.strftime(form)
        if isinstance(value, date)  # a datetime is one too
        else str(int(value))
        if isinstance(value, Decimal | float) and isfinite(value) and value == int(value)
        else str(value).strip()
        for value in values
    ]
