"""Lists (名单、清单) in whatever file they come: workbooks, and tables inside office papers."""
