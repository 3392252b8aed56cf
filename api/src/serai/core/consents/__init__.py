"""What customers agreed to, and what they took back."""
