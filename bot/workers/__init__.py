"""What has to happen after a commit: post, send, read back, remind."""
