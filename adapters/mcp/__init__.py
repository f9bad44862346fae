"""Servers of tools that speak the Model Context Protocol: sessions with them, and what their tools say of themselves."""
