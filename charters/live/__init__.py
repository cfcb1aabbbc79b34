"""`make up` and `make down`: Airflow in its parts on this machine, without containers, on the demonstration.

`parts` starts and ends the processes, `database` is PostgreSQL from a package, `installation` says what runs, and
`__main__` is the command. All state is in `var/live` and in the agency's own folder; nothing listens but on loopback.
"""
