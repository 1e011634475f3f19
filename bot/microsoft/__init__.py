"""Entra, Partner Center, Graph and mail, and the signatures on Partner Center's webhooks."""
