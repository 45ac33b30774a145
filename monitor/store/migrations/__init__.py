"""The versions of the store, and the road from one to the next (Alembic)."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from monitor.store.engine import writing
from pseudonymise.errors import UserError


def upgrade(engine: Engine) -> None:
    """Bring the store to the version of this software, wholly or not at all. Does nothing when it is there.

    Raises UserError when the store was made by a newer version.
    """
    config = Config()
    config.set_main_option("script_location", "monitor.store:migrations")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    with writing(engine) as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        if current is not None and current not in known:
            raise UserError(
                f"{engine.url}: de opslag heeft versie {current}, van nieuwere programmatuur dan deze. "
                "Werk het programma bij; er is niets gewijzigd."
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
