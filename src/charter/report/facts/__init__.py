"""What reports and pages say, as figures: read from the warehouse, compared with what was reported."""
