"""One HTTP request whose every phase is known: where it may go, how far it got, what its answer means."""
