"""What docker-compose.yml, systemd and the Helm example start: run and asked, as far as that goes without an engine."""
