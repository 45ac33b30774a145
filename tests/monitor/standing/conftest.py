from tests.monitor.cells_fixture import cells_url, read_as

__all__ = ["cells_url", "read_as"]
