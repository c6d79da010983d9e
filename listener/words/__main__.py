"""`python -m listener.words`: bring the translations up to date, and say what is left to translate."""

from __future__ import annotations

import sys

from listener.words._catalogue import HERE, bring_up_to_date


def main() -> int:
    """Update every .po file; 1 where a person has to translate something."""
    left = [
        f"{path.name}: {problem}" for path in sorted(HERE.glob("*.po")) for problem in bring_up_to_date(path)
    ]
    sys.stdout.writelines(f"{line}\n" for line in left)
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
