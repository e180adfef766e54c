"""What the pytest plugin does once a test uses it: recorded cases beside the tests."""
