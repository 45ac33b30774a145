"""The agenda: every revision of every action, none ever overwritten or taken away; and the notes with figures."""

from sqlalchemy import JSON, Column, Date, DateTime, ForeignKey, Index, Integer, Table, Text

from monitor.store.published import IDENTITY
from monitor.store.schema import CODE, metadata

# An action is its last revision; its number and that of its revisions count from 1.
action_revisions = Table(
    "action_revisions",
    metadata,
    Column("action", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("changed_by", IDENTITY, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("region", CODE, nullable=False),
    Column("theme", CODE, nullable=False),
    Column("title", Text, nullable=False),
    Column("aim", Text, nullable=False),
    Column("owner", CODE, nullable=False),  # a role, never a person
    Column("start", Date, nullable=False),
    Column("status", CODE, nullable=False),
    Column("step", CODE, nullable=False),
    Column("direction", CODE, nullable=False),
    Column("milestones", JSON, nullable=False),
    Column("note", Text, nullable=False),
    Column("owned", JSON, nullable=False),
    Index("ix_action_revisions_region", "region"),
)

# A note, or an answer to one. Withdrawing empties its words; the row stays, so that its number and trace do.
notes = Table(
    "notes",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("answers", Integer, ForeignKey("notes.number")),
    Column("written_by", IDENTITY, nullable=False),
    Column("written_at", DateTime(timezone=True), nullable=False),
    Column("step", CODE, nullable=False),
    Column("region", CODE, nullable=False),
    Column("institution", CODE, nullable=False),
    Column("period", CODE, nullable=False),
    Column("kind", CODE, nullable=False),
    Column("words", Text, nullable=False),
    Column("owned", JSON, nullable=False),
    Column("withdrawn_by", IDENTITY),
    Column("withdrawn_at", DateTime(timezone=True)),
    Column("withdrawn_why", CODE),
)
