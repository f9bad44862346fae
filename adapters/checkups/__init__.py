"""What `rowpact doctor` can try, one file for each kind of thing; see `runner.ports.checkup`."""
