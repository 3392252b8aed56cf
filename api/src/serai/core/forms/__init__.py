"""Forms: questions in versions that never change, and the answers that answer them."""
