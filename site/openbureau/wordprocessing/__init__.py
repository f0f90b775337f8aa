"""Papers written with a word processor (.docx, WordprocessingML of ISO/IEC 29500): their words and tables."""
