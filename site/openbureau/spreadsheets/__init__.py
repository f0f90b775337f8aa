"""Spreadsheets that strangers made (.xlsx, .xls, .ods, .csv): read, noted and handed back with marks."""
