"""Whether an outbox holds all that it must: every row is there, and its log tells where each message stands."""

from __future__ import annotations

import sqlite3

# What is wrong, and a query that has a row where it is. Ids are given without a gap and no row is ever deleted, so that
# a row that is missing, in the middle or at the end, shows by its number.
_FAULTS = (
    (
        "it has lost its identifier",
        """
        SELECT 1 FROM (SELECT count(*) AS identifiers, max(id) AS id FROM identity)
        WHERE identifiers <> 1 OR typeof(id) <> 'text' OR id = ''
        """,
    ),
    (
        "messages are missing",
        """
        SELECT 1 FROM (SELECT count(*) AS kept, max(id) AS last FROM messages)
        WHERE max(coalesce(last, 0), coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'messages'), 0)) <> kept
        """,
    ),
    (
        "lines of its log are missing",
        """
        SELECT 1 FROM (SELECT count(*) AS kept, max(id) AS last FROM attempts)
        WHERE max(coalesce(last, 0), coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'attempts'), 0)) <> kept
        """,
    ),
    (
        "departments of its digests are missing",
        """
        SELECT 1 FROM (SELECT count(*) AS kept, max(id) AS last FROM sections)
        WHERE max(coalesce(last, 0), coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'sections'), 0)) <> kept
        """,
    ),
    (
        "a digest tells of departments, and is not there",
        "SELECT 1 FROM sections WHERE NOT EXISTS (SELECT 1 FROM messages WHERE messages.id = sections.message)",
    ),
    (
        "its log tells of messages that it does not hold",
        "SELECT 1 FROM attempts WHERE NOT EXISTS (SELECT 1 FROM messages WHERE messages.id = attempts.message)",
    ),
    (
        "a message is not in the state that the log says",
        """
        SELECT 1 FROM messages
        LEFT JOIN (SELECT message, max(id) AS id FROM attempts GROUP BY message) AS newest
            ON newest.message = messages.id
        LEFT JOIN attempts ON attempts.id = newest.id
        WHERE attempts.to_state IS NOT messages.state
        """,
    ),
    (
        "a message's content is none",
        """
        SELECT 1 FROM messages
        WHERE typeof(mime) <> 'blob' OR typeof(sender) <> 'text' OR typeof(content_sha256) <> 'text'
            OR typeof(content_known) <> 'integer' OR typeof(dismissed) <> 'integer' OR typeof(signature) <> 'blob'
        """,
    ),
)


def fault_in(outbox: sqlite3.Connection) -> str | None:
    """The first thing that is wrong with the outbox's rows; None when they belong together.

    Raises sqlite3.DatabaseError when a table or a column is missing, or the file is damaged.
    """
    return next((fault for fault, query in _FAULTS if outbox.execute(f"{query} LIMIT 1").fetchone()), None)
