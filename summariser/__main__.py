"""`python -m summariser`, and the command `summariser`: only what stops while it is loaded ends here."""

import sys

try:
    from summariser.cli import main
except KeyboardInterrupt:
    sys.stderr.write("Error: Stopped. What was written before stands.\n")
    sys.exit(130)

if __name__ == "__main__":
    main()
