"""Formats of the web that know nothing of this site: feeds, iCalendar, Markdown, HTML, text differences."""
