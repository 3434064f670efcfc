"""``python -m kapstone.science``: the science core without the clinic."""

import sys

from kapstone.science.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
