"""What each construct of the IR means when it runs: scopes, order, how composites end. Nothing is started here."""
