"""Tag schemes: how spans of tokens are written as one tag a token, and read back."""

from collections.abc import Sequence
from typing import NamedTuple

from seqkit.checks import InputError, check_choice

__all__ = [
    "OUTSIDE",
    "SCHEMES",
    "Span",
    "TagError",
    "check_tags",
    "convert",
    "forbidden_transitions",
    "spans",
    "tags_of_spans",
]

# IOB1 begins a span with I- and uses B- only where two spans of one type touch; BIO (IOB2) begins each with B-; BIOES
# marks ends and single tokens as well.
SCHEMES = ("IOB1", "BIO", "BIOES")
OUTSIDE = "O"
PREFIXES = {"IOB1": ("B", "I"), "BIO": ("B", "I"), "BIOES": ("B", "I", "E", "S")}


class TagError(InputError):
    """A tag that a scheme does not have, or not at its place; a reader says in which line.

    Attributes:
        token: Number of the token, from 0.
        problem: What is wrong with its tag.
    """

    def __init__(self, token: int, problem: str) -> None:
        super().__init__(f"token {token}: {problem}")
        self.token = token
        self.problem = problem


class Span(NamedTuple):
    """Tokens `start` to `end`, the latter not included, that are together one thing of a type."""

    type: str
    start: int
    end: int


def parts(tag: str) -> tuple[str, str]:
    """Prefix and type of a tag: ('B', 'PER'); of 'O', ('O', '')."""
    prefix, _, kind = tag.partition("-")
    return prefix, kind


def begins(before: tuple[str, str], here: tuple[str, str]) -> bool:
    """Whether a span begins at a tag, given prefix and type of the tag before and of this one."""
    prefix, kind = here
    return prefix != OUTSIDE and (prefix in "BS" or before[0] in ("O", "E", "S") or kind != before[1])


def spans(tags: Sequence[str]) -> list[Span]:
    """The spans of a tag sequence as conlleval reads them, whatever the scheme, legal or not.

    A span begins at B- and S-, at any tag after O, E- or S-, and where the type changes; it ends before the next one
    or before O. So a sequence that starts with I- starts with a span.

    Args:
        tags: 'O', or a prefix of B, I, E, S, a hyphen and a type.

    Example:

    >>> spans(["I-PER", "I-PER", "B-PER", "O", "I-LOC", "I-ORG"])
    [Span(type='PER', start=0, end=2), Span(type='PER', start=2, end=3), Span(type='LOC', start=4, end=5), \
Span(type='ORG', start=5, end=6)]

    References: Tjong Kim Sang & De Meulder 2003, whose script `conlleval` is.
    """
    found: list[Span] = []
    start, before = None, (OUTSIDE, "")
    for t, tag in enumerate([*tags, OUTSIDE]):
        here = parts(tag)
        fresh = begins(before, here)
        if start is not None and (fresh or here[0] == OUTSIDE):
            found.append(Span(before[1], start, t))
            start = None
        if fresh:
            start = t
        before = here
    return found


def tags_of_spans(spans: Sequence[Span], length: int, scheme: str) -> list[str]:
    """The tags of `length` tokens in which these spans lie, in order and without overlap.

    Example:

    >>> tags_of_spans([Span("PER", 0, 2), Span("PER", 2, 3)], 4, "BIOES")
    ['B-PER', 'E-PER', 'S-PER', 'O']
    """
    check_choice("scheme", scheme, SCHEMES)
    tags, before = [OUTSIDE] * length, None
    for span in spans:
        for t in range(span.start, span.end):
            tags[t] = f"{_prefix(span, t, before, scheme)}-{span.type}"
        before = span
    return tags


def _prefix(span: Span, t: int, before: Span | None, scheme: str) -> str:
    first, last = t == span.start, t == span.end - 1
    if scheme == "IOB1":
        touches = before is not None and before.end == span.start and before.type == span.type
        return "B" if first and touches else "I"
    if scheme == "BIOES" and last:
        return "S" if first else "E"
    return "B" if first else "I"


def check_tags(tags: Sequence[str], scheme: str) -> None:
    """Refuses tags that the scheme does not have, or has not at that place.

    Raises:
        TagError: an `InputError` that names the number of the token, from 0, the tag and what is wrong with it.

    Example:

    >>> check_tags(["O", "I-PER"], "BIO")
    Traceback (most recent call last):
    ...
    seqkit.tagging.TagError: token 1: tag 'I-PER' begins a span, which in BIO begins with 'B-PER'.
    """
    check_choice("scheme", scheme, SCHEMES)
    for t, tag in enumerate(tags):
        _check_form(t, tag, scheme)
    legal = tags_of_spans(spans(tags), len(tags), scheme)
    for t, (tag, wanted) in enumerate(zip(tags, legal, strict=True)):
        if tag == wanted or (scheme == "IOB1" and tag[0] == "B"):  # a B- that is not needed says nothing wrong
            continue
        if wanted[0] in "BS" and tag[0] not in "BS":
            raise TagError(t, f"tag {tag!r} begins a span, which in {scheme} begins with {wanted!r}.")
        raise TagError(t, f"tag {tag!r} stands where {scheme} has {wanted!r}.")


def _check_form(t: int, tag: str, scheme: str) -> None:
    prefix, kind = parts(tag)
    if tag == OUTSIDE or (prefix in PREFIXES[scheme] and kind):
        return
    expected = " or ".join(["'O'", *(f"'{prefix}-TYPE'" for prefix in PREFIXES[scheme])])
    repaired = tag.replace("_", "-").upper()
    known = parts(repaired)[0] in PREFIXES[scheme] and parts(repaired)[1] and repaired != tag
    hint = f" Did you mean {repaired!r}?" if known else ""
    raise TagError(t, f"tag {tag!r} is not in the scheme {scheme}. Expected {expected}.{hint}")


def convert(tags: Sequence[str], source: str, target: str) -> list[str]:
    """The same spans written in another scheme; nothing is lost.

    Raises:
        TagError: if the tags are not legal in `source`.

    Example:

    >>> convert(["I-PER", "I-PER", "B-PER", "O"], "IOB1", "BIO")
    ['B-PER', 'I-PER', 'B-PER', 'O']
    """
    check_tags(tags, source)
    return tags_of_spans(spans(tags), len(tags), target)


def forbidden_transitions(tags: Sequence[str], scheme: str) -> list[tuple[int | None, int | None]]:
    """Which tag can never follow which in a scheme, for a CRF.

    Args:
        tags: Every tag, its place being its id.
        scheme: One of 'IOB1', 'BIO', 'BIOES'.

    Returns:
        Pairs of ids, first from then to; `None` as the first is the start of the sequence, as the second its end.

    Example:

    >>> forbidden_transitions(["O", "B-PER", "I-PER"], "BIO")
    [(None, 2), (0, 2)]
    """
    check_choice("scheme", scheme, SCHEMES)
    for t, tag in enumerate(tags):
        _check_form(t, tag, scheme)
    edge: list[tuple[int | None, str]] = [(None, OUTSIDE)]  # beyond both ends a sequence is outside of any span
    return [
        (i, j)
        for i, before in [*edge, *enumerate(tags)]
        for j, after in [*enumerate(tags), *edge]
        if (i, j) != (None, None) and not _may_follow(parts(before), parts(after), scheme)
    ]


def _may_follow(before: tuple[str, str], after: tuple[str, str], scheme: str) -> bool:
    prefix, kind = after
    same = kind == before[1]
    if scheme == "BIO":
        return prefix != "I" or (before[0] in ("B", "I") and same)
    if scheme == "IOB1":
        return prefix != "B" or (before[0] != OUTSIDE and same)  # B- only between two spans of a type
    inside = before[0] in ("B", "I")  # of BIOES: the span goes on
    return (prefix in ("I", "E") and same) if inside else prefix not in ("I", "E")
