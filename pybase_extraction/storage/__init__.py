"""Where files live: a local folder, S3."""
