"""Ready texts as mail, PDF and HTML."""
