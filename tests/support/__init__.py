"""Makers, visitors and servers that tests share; measurements use some of them, too."""
