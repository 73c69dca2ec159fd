"""`python -m reverie`, the same as `reverie`."""

import signal
import sys


def main() -> int:
    """The command line. Ctrl-C never shows a traceback, as early or late as it may come."""
    try:
        from reverie.cli import main

        return main()
    except KeyboardInterrupt:
        return 130
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


if __name__ == "__main__":
    sys.exit(main())
