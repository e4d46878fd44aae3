"""``python -m npsolver``."""

from npsolver.cli import main

if __name__ == "__main__":
    main()
