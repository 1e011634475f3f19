"""Modals and the App Home, one file per conversation. Pure functions: words first, a view out."""
