"""What an auditor asks for, computed from the charter's folder, the published warehouse and the evidence."""
