"""Meaning beside words, where an encoder is installed: vectors of lines, and how near a question is."""
