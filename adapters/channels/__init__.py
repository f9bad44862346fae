"""Ways to reach somebody: mail, and the web services that config.toml names."""
