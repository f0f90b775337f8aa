"""Documents that editors write: policies, notices, announcements, consultations, and what connects them."""
