"""The tip-off form and what follows it: receipts, progress, figures; opinions on consultations, too."""
