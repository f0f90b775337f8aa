"""Workbooks under the password that spreadsheet programs try by themselves."""
