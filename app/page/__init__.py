"""What the page inside Stash asks: small operations over the database, answered in the time that Python takes to start."""
