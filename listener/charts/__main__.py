"""The child that draws: a JSON list of specs comes in, pictures go out, each after its length."""

from __future__ import annotations

import json
import struct
import sys

from listener.charts.spec import ChartError, from_json


def main() -> int:
    """Draw everything, or say in one line on standard error why not."""
    try:
        asked = json.load(sys.stdin.buffer)
        forms = [each.pop("form", "png") if isinstance(each, dict) else "" for each in asked]
        specs = [from_json(each) for each in asked]
        from listener.charts.drawing import draw

        pictures = [draw(spec, form) for spec, form in zip(specs, forms, strict=True)]
    except (ChartError, ValueError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 1
    for picture in pictures:
        sys.stdout.buffer.write(struct.pack(">I", len(picture)) + picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
