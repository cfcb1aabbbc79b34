"""make up and make down: processes that are found again, ended as each wants it, and never mistaken for others."""
