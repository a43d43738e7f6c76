"""What each construct means when it runs, without starting anything: scopes, order, how composites end."""
