"""One method per thing a person or the system can do. Each reads, asks the domain, and commits."""
