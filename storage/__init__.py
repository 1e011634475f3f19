"""What is remembered: SQLite or PostgreSQL, one SQL text for both."""
