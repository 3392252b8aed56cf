"""What staff notes down about customers."""
