"""A distribution that adds a target, an executor, a store of records and a catalog. See docs/extending.md."""
