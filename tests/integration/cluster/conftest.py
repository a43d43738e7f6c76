"""The order of the tests on a cluster."""


def pytest_collection_modifyitems(items):
    """The longest first, which would be the last to end: tests run side by side."""
    items.sort(key=lambda item: "/test_story.py" not in item.nodeid)
