"""What several tests share: programs, rigs, and what they compare with."""
