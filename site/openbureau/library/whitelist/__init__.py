"""The whitelist of training institutions: workbooks read, editions compared, institutions followed."""
