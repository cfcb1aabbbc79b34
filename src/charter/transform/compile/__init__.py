"""From the charter folder to what SQL takes: rules, calendars, organisation, one model per declared table."""
