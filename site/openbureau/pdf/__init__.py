"""PDF files: their text with its places on the page, and the tables that are drawn with it."""
