"""The child that draws: a JSON list of specs comes in, PNGs go out, each after its length."""

from __future__ import annotations

import json
import struct
import sys

from listener.charts.spec import ChartError, from_json


def main() -> int:
    """Draw everything, or say in one line on standard error why not."""
    try:
        specs = [from_json(each) for each in json.load(sys.stdin.buffer)]
        from listener.charts.drawing import draw

        pictures = [draw(spec) for spec in specs]
    except (ChartError, ValueError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 1
    for picture in pictures:
        sys.stdout.buffer.write(struct.pack(">I", len(picture)) + picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
