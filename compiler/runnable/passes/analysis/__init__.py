"""What is known of a pipeline before it runs: where values come from, which types they have, what may be skipped."""
