"""What every step stands on: errors, moments, settings, files, locks. It knows nothing of charters."""
