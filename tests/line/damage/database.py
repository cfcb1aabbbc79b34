"""Damage to the database of tickets and of what happened to them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

from hypothesis import strategies as st

from .files import NO_TEXT, bytes_of_no_text_stand, it_holds_something_else, it_is_cut_off, it_is_empty, it_is_gone
from .model import OTHER_CONTENT, UNREADABLE, Damage, Sort, Sources, a_row

_PATH = "voc.db"
ENTERED_LATE = "VOC-2026-950001"
_COLUMNS = {
    "tb_voc_rcpt": ("biz_gbn", "voc_gbn", "rcpt_path", "rcpt_dt", "charge_dept", "reg_dt"),
    "tb_voc_hist": ("hist_gbn", "proc_dt", "answer_pln_dt", "reg_dt"),
}
_KEYS = {"tb_voc_rcpt": ("rcpt_no",), "tb_voc_hist": ("hist_no", "rcpt_no")}
_NUMBER, _SHARE = st.integers(0, 200), st.floats(0.05, 0.95)
_TABLE = st.sampled_from(sorted(_COLUMNS))


def on_the_database(what: str, change: Callable[[sqlite3.Connection, Sources], None]) -> Damage:
    def do(sources: Sources) -> None:
        with closing(sqlite3.connect(sources.path(_PATH))) as database, database:
            change(database, sources)

    return Damage(what, do)


def a_ticket(database: sqlite3.Connection, sources: Sources, number: int) -> str:
    """The number of a ticket: of those on which a verdict hangs, where there are any."""
    tickets = [str(key) for (key,) in database.execute("SELECT rcpt_no FROM tb_voc_rcpt ORDER BY rcpt_no")]
    return a_row(tickets, sources.decisive.__contains__, number)


def a_ticket_is_entered_late(sources: Sources) -> None:
    """The last day's news, and no damage: a ticket of that week, answered after 80 hours, of which nobody knew."""
    received, answered, entered = (
        f"{sources.last - timedelta(days=days)} {clock}"
        for days, clock in [(4, "09:00:00"), (1, "17:00:00"), (0, "10:00:00")]
    )
    with closing(sqlite3.connect(sources.path(_PATH))) as database, database:
        database.execute(
            "INSERT INTO tb_voc_rcpt (rcpt_no, biz_gbn, voc_gbn, rcpt_path, rcpt_dt, charge_dept, reg_dt)"
            " VALUES (?, '지사화', '문의', '홈페이지', ?, '시드니무역관', ?)",
            (ENTERED_LATE, received, entered),
        )
        database.execute(
            "INSERT INTO tb_voc_hist (hist_no, rcpt_no, hist_gbn, proc_dt, proc_dept, reg_dt)"
            " VALUES (?, ?, '답변', ?, '시드니무역관', ?)",
            (f"H{ENTERED_LATE}-01", ENTERED_LATE, answered, entered),
        )


def that_ticket_is_left_out() -> Damage:
    """A deleted ticket is remembered; of this one the events alone tell."""
    return on_the_database(
        f"ticket {ENTERED_LATE} is left out from the first night on, and its events are kept",
        lambda database, sources: _run(database, f"DELETE FROM tb_voc_rcpt WHERE rcpt_no = '{ENTERED_LATE}'"),
    )


def a_ticket_stands_again_in_another_case(ticket: int) -> Damage:
    """With all that was done on it: of those on which no verdict hangs, whose copies would count as well done."""

    def change(database: sqlite3.Connection, sources: Sources) -> None:
        tickets = [str(key) for (key,) in database.execute("SELECT rcpt_no FROM tb_voc_rcpt ORDER BY rcpt_no")]
        chosen = a_row(tickets, lambda key: key not in sources.decisive, ticket)
        for table, keys in _KEYS.items():
            found = database.execute(f"SELECT * FROM {table} WHERE rcpt_no = ?", (chosen,))
            names = [column for column, *_ in found.description]
            for row in found.fetchall():
                cells = [cell.swapcase() if name in keys else cell for name, cell in zip(names, row, strict=True)]
                database.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(cells))})", cells)

    return on_the_database(f"ticket {ticket} stands again under its key in another case", change)


def cells_read(table: str, column: int, every: int, text: str) -> Damage:
    name = _COLUMNS[table][column % len(_COLUMNS[table])]

    def change(database: sqlite3.Connection, sources: Sources) -> None:
        database.execute(f"UPDATE {table} SET {name} = ? WHERE rowid % ? = 0", (text, every))

    return on_the_database(f"{table}.{name} of every {every}th row reads {text!r}", change)


def a_cell_of_a_ticket_reads(ticket: int, column: int, text: str) -> Damage:
    name = _COLUMNS["tb_voc_rcpt"][column % len(_COLUMNS["tb_voc_rcpt"])]

    def change(database: sqlite3.Connection, sources: Sources) -> None:
        chosen = a_ticket(database, sources, ticket)
        database.execute(f"UPDATE tb_voc_rcpt SET {name} = ? WHERE rcpt_no = ?", (text, chosen))

    return on_the_database(f"tb_voc_rcpt.{name} of ticket {ticket} reads {text!r}", change)


def a_ticket_is_deleted(ticket: int) -> Damage:
    def change(database: sqlite3.Connection, sources: Sources) -> None:
        database.execute("DELETE FROM tb_voc_rcpt WHERE rcpt_no = ?", (a_ticket(database, sources, ticket),))

    return on_the_database(f"ticket {ticket} is deleted from tb_voc_rcpt", change)


def a_ticket_is_received_after_the_night(ticket: int, days: int) -> Damage:
    def change(database: sqlite3.Connection, sources: Sources) -> None:
        database.execute(
            "UPDATE tb_voc_rcpt SET rcpt_dt = datetime(?, '+12 hours', ? || ' days') WHERE rcpt_no = ?",
            (str(sources.last), days, a_ticket(database, sources, ticket)),
        )

    return on_the_database(f"ticket {ticket} was received {days} days after the night", change)


def what_was_done_is_dated_before_the_ticket(ticket: int, days: int) -> Damage:
    def change(database: sqlite3.Connection, sources: Sources) -> None:
        chosen = a_ticket(database, sources, ticket)
        database.execute(
            "UPDATE tb_voc_hist SET proc_dt = (SELECT datetime(rcpt_dt, ? || ' days') FROM tb_voc_rcpt"
            " WHERE rcpt_no = ?), reg_dt = datetime(?, '+20 hours') WHERE rcpt_no = ?",
            (-days, chosen, str(sources.last), chosen),
        )

    return on_the_database(f"all that was done on ticket {ticket} is dated {days} days before it", change)


def keys_are_exchanged() -> Damage:
    def change(database: sqlite3.Connection, sources: Sources) -> None:
        database.execute("UPDATE tb_voc_hist SET hist_no = rcpt_no, rcpt_no = hist_no")

    return on_the_database("tb_voc_hist has its keys and those of the tickets exchanged", change)


def a_table_is_gone(table: str) -> Damage:
    return on_the_database(f"table {table} is gone", lambda database, sources: _run(database, f"DROP TABLE {table}"))


def a_table_is_empty(table: str) -> Damage:
    return on_the_database(f"table {table} is empty", lambda database, sources: _run(database, f"DELETE FROM {table}"))


def a_column_is_renamed(table: str, column: int) -> Damage:
    name = _COLUMNS[table][column % len(_COLUMNS[table])]
    rename = f"ALTER TABLE {table} RENAME COLUMN {name} TO {name}_new"
    return on_the_database(f"{table}.{name} has another name", lambda database, sources: _run(database, rename))


def _run(database: sqlite3.Connection, statement: str) -> None:
    database.execute(statement)


DATABASE: tuple[Sort, ...] = (
    st.builds(cells_read, _TABLE, _NUMBER, st.sampled_from([1, 2, 7]), st.sampled_from(UNREADABLE)),
    st.builds(a_cell_of_a_ticket_reads, _NUMBER, _NUMBER, st.sampled_from(UNREADABLE)),
    st.builds(a_ticket_is_deleted, _NUMBER),
    st.builds(a_ticket_is_received_after_the_night, _NUMBER, st.integers(1, 400)),
    st.builds(what_was_done_is_dated_before_the_ticket, _NUMBER, st.integers(2, 400)),
    st.just(that_ticket_is_left_out()),
    st.builds(a_ticket_stands_again_in_another_case, _NUMBER),
    st.just(keys_are_exchanged()),
    st.builds(a_table_is_gone, _TABLE),
    st.builds(a_table_is_empty, _TABLE),
    st.builds(a_column_is_renamed, _TABLE, _NUMBER),
    st.sampled_from([it_is_gone(_PATH), it_is_empty(_PATH)]),
    st.builds(it_is_cut_off, st.just(_PATH), _SHARE),
    st.builds(
        bytes_of_no_text_stand,
        st.just(_PATH),
        st.floats(0.0, 0.99),
        NO_TEXT,
        is_inserted=st.booleans(),
    ),
    st.builds(it_holds_something_else, st.just(_PATH), st.sampled_from(OTHER_CONTENT)),
)
