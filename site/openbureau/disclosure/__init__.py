"""What a file discloses: every text in its bytes, shown or hidden, and the personal data in them."""
