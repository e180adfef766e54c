"""What looks at an observation and yields findings: one file a kind of finding."""
