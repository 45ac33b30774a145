"""Who was given which role, and what was done: written by ``monitor.access``."""

from sqlalchemy import Column, Date, DateTime, Identity, Integer, String, Table, Text

from monitor.store.published import IDENTITY
from monitor.store.schema import BIG, CODE, metadata

# None is ever taken away: who could see what, and why, stays explained.
grants = Table(
    "grants",
    metadata,
    Column("id", BIG, Identity(), primary_key=True),
    Column("who", IDENTITY, nullable=False, index=True),  # the e-mail address of the sign-in, in small letters
    Column("role", CODE, nullable=False),  # board, quartermaster-JZ28, institution-WSS, steward
    Column("reason", Text, nullable=False),
    Column("until", Date, nullable=False),  # the last day
    Column("given_by", IDENTITY, nullable=False),
    Column("given_at", DateTime(timezone=True), nullable=False),
    Column("withdrawn_by", IDENTITY),
    Column("withdrawn_at", DateTime(timezone=True)),
    Column("withdrawn_why", Text),
)

# The trail (*logboek*). Each line holds the hash of the one before it in its chain.
trail = Table(
    "trail",
    metadata,
    Column("chain", CODE, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("who", IDENTITY, nullable=False),
    Column("act", CODE, nullable=False),
    Column("about", String(200), nullable=False),
    Column("hash", String(64), nullable=False),
)

# The two ends of each chain: without them, lines taken away at an end would leave no gap.
trail_ends = Table(
    "trail_ends",
    metadata,
    Column("chain", CODE, primary_key=True),
    Column("before", String(64), nullable=False),  # the hash of the last line that was erased by its term
    Column("first", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
)
