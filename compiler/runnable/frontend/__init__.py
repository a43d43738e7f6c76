"""From a user's file, or an object of the SDK, to the IR."""
