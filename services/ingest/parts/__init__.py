"""What several layouts share, or one of them is made of."""
