"""The national indicators of government sites: measured on records and pages, and reported each year."""
