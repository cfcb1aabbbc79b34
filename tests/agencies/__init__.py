"""Small agencies, each made for what it shows; its folder is all that it needs.

branches: slots, days and figures of each department for itself, with terms and a fiscal year of its own calendar.
desks: two sources in one table, whose keys are the same.
ferries: no tickets and no clocks; a zone west of Greenwich with half hours.
grants: one promise with two limits, each with a target of its own.
letters: results by month, quarter, fiscal year and rolling year.
parcels: one standard of one kind; what became of a case is told by its events alone.
permits: every form of a deadline, and clocks that stand still.
refunds: what is promised where a promise was broken.
town: a promise of every kind in plain words, of which the unit tests of dbt_project/models speak.
"""
