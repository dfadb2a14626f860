"""Text a model wrote, made safe and made visible."""

import re

from markupsafe import Markup, escape

__all__ = ["printable", "visible"]

# What prints as nothing, or turns the text around it: controls, lone surrogates, bidirectional and zero-width marks.
# The joiners U+200C and U+200D stay, since Persian, Hindi and emoji are spelt with them.
_HIDDEN = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_SPECIAL = "<(?:pad|unk|bos|eos)>"
_MARKED = re.compile(f"({_SPECIAL}|{_HIDDEN})")


def visible(text: str) -> Markup:
    """`text` as HTML: escaped, with special tokens and invisible characters set apart; newlines and tabs stay.

    Example:

    >>> print(visible("a < b<eos>\\x07"))
    a &lt; b<span class="token">&lt;eos&gt;</span><span class="token">U+0007</span>
    """
    html = Markup()
    for place, piece in enumerate(_MARKED.split(text)):
        # `split` puts what it matched at the odd places.
        html += Markup('<span class="token">{}</span>').format(_name(piece)) if place % 2 else escape(piece)
    return html


def printable(text: str) -> str:
    """`text` on one line, each invisible character named; plain text for labels in a drawing.

    Example:

    >>> printable("two\\nlines\\x00")
    'two linesU+0000'
    """
    return re.sub(_HIDDEN, lambda match: _name(match[0]), " ".join(text.split()))


def _name(piece: str) -> str:
    if len(piece) > 1:  # a special token has a name already
        return piece
    return f"U+{ord(piece):04X}"
