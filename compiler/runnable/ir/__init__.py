"""The intermediate representation: a closed set of small, immutable nodes between the SDK and targets and executors."""
