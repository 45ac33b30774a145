"""While roles are chosen in sight, only invented data are shown."""

from datetime import UTC, datetime

import pytest

from monitor.release.confirm import check_invented, mark_demonstration
from monitor.serve import serve
from monitor.store.deliveries import insert_delivery
from monitor.store.engine import URL_SETTING, open_engine, writing
from monitor.store.migrations import upgrade
from pseudonymise.errors import UserError
from tests.monitor.deliveries import make_delivery

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def deliver(engine):
    with writing(engine) as connection:
        insert_delivery(connection, make_delivery("WSS"), NOW)


def test_a_store_with_a_real_delivery_is_not_served(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'store.db'}"
    engine = open_engine(url)
    upgrade(engine)
    deliver(engine)
    engine.dispose()
    monkeypatch.setenv(URL_SETTING, url)
    with pytest.raises(UserError, match=r"bevat aanleveringen die niet.*de monitor start niet"):
        serve(0)


def test_the_store_of_a_demonstration_is(engine):
    check_invented(engine)
    mark_demonstration(engine, NOW)
    deliver(engine)
    check_invented(engine)


def test_so_is_one_without_tables(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'store.db'}")
    check_invented(engine)
    engine.dispose()
