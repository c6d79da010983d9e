"""What emoji and emoticons weigh, and how they are found in a text."""

from __future__ import annotations

import re

_EMOJI: dict[str, float] = (
    dict.fromkeys("❤♥💕💖💗💓💞💘💝😍🥰😻🫶💟", 2.6)
    | dict.fromkeys("💙💚💛💜🧡🤍🤎🩷🩵😘😗😙😚😇💋🫂🤩🥳🏆🥇💯🎉🎊", 2.2)
    | dict.fromkeys("😀😃😄😁😊🙂☺🤗😌😸😺👏👌👍💪🌟⭐✨🔥🎂🎁🎈🥂🍾🍻👑💎", 1.5)
    | dict.fromkeys("🌞🌈🌹🌷🌸🌺💐🍀🤝🙌✌🫡🤞🤟🤘👊✊🏅🎖", 1.5)
    | dict.fromkeys("😋😎😜😝😛🤪😉🙏😏🤭🤠🥂☀😹😅😂🤣😆💃🕺", 1.0)
    | {"🖤": 1.0, "✅": 0.4, "⚠": -0.8}
    | dict.fromkeys("😕🙁☹😟😔😞😬😐😑🤨😓😥🥺😶🫤🤔😯😮😳🥴😵😴🥱🤷🫠😲", -0.8)
    | dict.fromkeys("😒🙄🤦😿💔😪😰😨😱😧😦😩😫😖😣👎❌🚫⛔😢😭😷🤒🤕🤧🤥☠💀🥀🆘", -1.6)
    | dict.fromkeys("😤😡😠🤬👿😈💩🖕🤮🤢🤡🐍🐷🪦⚰🙃", -2.4)
    | {"❤‍🔥": 2.6, "❤‍🩹": 0.8, "😶‍🌫": -0.8, "😮‍💨": -1.0, "😵‍💫": -1.2, "🏴‍☠": -1.0,
       "🙅": -1.2, "🙆": 0.8, "🤙": 1.0}
)  # fmt: skip
# Parts of what looks like one sign: how it is shown, the colour of the skin, what joins several.
_SHOWN = "\ufe0e\ufe0f\U0001f3fb-\U0001f3ff\u20e3"
_PICTURE = (
    "[\u203c\u2049\u2139\u2194-\u21aa\u231a-\u27bf\u2934\u2935\u2b05-\u2b55\u3030\U0001f000-\U0001faff]"
)
EMOJI = f"{_PICTURE}[{_SHOWN}]*(?:\u200d{_PICTURE}[{_SHOWN}]*){{0,6}}"
# A face needs something before it that is no letter, figure or stroke, and no letter after it.
_EYES = r"(?<![\w:/.])[:;=][-'^o]?"
EMOTICON = (
    rf"{_EYES}(?:\)+|\(+|\]+|\[+|[*]+|[/\\|]+|(?:D+|[dPpoOcCxX3])(?!\w))|(?<![\w:])[:;] \)+"
    r"|</?3(?!\d)|\^_*\^|-[_.]+-|;_+;|(?<!\w)(?:[TtQ]_+[TtQ]|[oO][_.]+[oO])(?!\w)"
)
_MOUTHS = {
    ")": 1.7, "]": 1.5, "d": 2.0, "p": 1.0, "*": 2.2, "3": 1.6, "(": -2.0, "[": -1.6, "/": -1.3, "\\": -1.3,
    "|": -0.8, "c": -1.4, "x": -0.8, "o": -0.2,
}  # fmt: skip
_OTHER = {"<3": 2.6, "</3": -2.2, "^^": 1.5, "-": -1.3, ";;": -1.8, "tt": -1.8, "qq": -1.8, "oo": -0.4}
_NOT_SHOWN = re.compile(f"[{_SHOWN}]")


def weight(sign: str) -> float:
    """Return what an emoji or emoticon weighs; 0 for one that is not known."""
    if sign[0] > "\x7f":
        bare = _NOT_SHOWN.sub("", sign)
        return _EMOJI.get(bare, _EMOJI.get(bare[:1], 0.0))
    small = sign.lower()
    if small[0] in ":;=":
        crying = "'" in small and small[-1] in "(["
        valence = _MOUTHS.get(small[-1], 0.0)
        return -2.3 if crying else min(valence, 1.2) if small[0] == ";" else valence
    return _OTHER.get(small) or _OTHER.get(re.sub("[_.]", "", small).replace("--", "-"), 0.0)
