"""The tables of the outbox, and what each release added to them."""

from __future__ import annotations

LAYOUT = 4
SCHEMA = (
    """
    CREATE TABLE messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        report TEXT NOT NULL, period TEXT NOT NULL, revision INTEGER NOT NULL CHECK (revision >= 1),
        recipient TEXT NOT NULL,
        department_id TEXT NOT NULL, subject TEXT NOT NULL, fingerprint TEXT NOT NULL,
        as_of TEXT NOT NULL, sender TEXT NOT NULL, message_id TEXT NOT NULL,
        content_sha256 TEXT NOT NULL, mime BLOB NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('queued', 'claimed', 'sent', 'refused', 'unknown', 'failed')),
        claim TEXT, attempts INTEGER NOT NULL DEFAULT 0, server_reply TEXT NOT NULL DEFAULT '',
        UNIQUE (report, period, revision, recipient),
        CHECK (state <> 'claimed' OR claim IS NOT NULL)
    )
    """,
    "CREATE INDEX messages_by_state ON messages (state, id)",
    """
    CREATE TABLE attempts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        message INTEGER NOT NULL REFERENCES messages (id),
        at TEXT NOT NULL, from_state TEXT NOT NULL, to_state TEXT NOT NULL, by TEXT NOT NULL, detail TEXT NOT NULL
    )
    """,
    "CREATE TRIGGER attempts_unchanged BEFORE UPDATE ON attempts"
    " BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END",
    "CREATE TRIGGER attempts_kept BEFORE DELETE ON attempts BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END",
    "CREATE TRIGGER messages_kept BEFORE DELETE ON messages BEGIN SELECT RAISE(ABORT, 'messages are kept'); END",
    "CREATE TRIGGER content_unchanged BEFORE UPDATE OF report, period, revision, recipient, mime, content_sha256,"
    " fingerprint ON messages BEGIN SELECT RAISE(ABORT, 'a message does not change'); END",
)
# What each layout added to the one before; an outbox of an earlier release is brought up when it is opened.
UPGRADES = {
    2: (
        "ALTER TABLE messages ADD COLUMN handed_over_at TEXT",
        "ALTER TABLE messages ADD COLUMN dismissed INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE messages ADD COLUMN content_known INTEGER NOT NULL DEFAULT 1",
        "CREATE TABLE identity (id TEXT NOT NULL)",
        "INSERT INTO identity (id) VALUES (lower(hex(randomblob(16))))",
    ),
    3: (
        """
        CREATE TABLE sections (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            message INTEGER NOT NULL REFERENCES messages (id),
            department_id TEXT NOT NULL CHECK (department_id <> ''), revision INTEGER NOT NULL CHECK (revision >= 1),
            fingerprint TEXT NOT NULL,
            UNIQUE (message, department_id)
        )
        """,
        "CREATE TRIGGER sections_unchanged BEFORE UPDATE ON sections"
        " BEGIN SELECT RAISE(ABORT, 'a message does not change'); END",
        "CREATE TRIGGER sections_kept BEFORE DELETE ON sections BEGIN SELECT RAISE(ABORT, 'messages are kept'); END",
    ),
    4: ("ALTER TABLE messages ADD COLUMN signature BLOB NOT NULL DEFAULT x''",),
}
