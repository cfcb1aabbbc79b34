"""What each step of a night read and wrote, as OpenLineage events: which column comes from which, and what the checks
said. A step of the line says when it begins and how it ended; nothing here changes what it does."""
