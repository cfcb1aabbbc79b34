"""The lake: landed rows as files, one version per change, and the receipts that say what arrived."""
