"""``python -m convcheck``."""

from convcheck.cli.main import run

if __name__ == "__main__":
    run()
