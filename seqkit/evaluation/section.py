"""A part of the page that a recipe adds."""

from dataclasses import dataclass

__all__ = ["Section"]


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it, such as a confusion table.

    Args:
        title: Heading, plain text; the page escapes it.
        html: Body, put into the page as it is. It is made by code that escapes every string it did not write itself
            (`seqkit.evaluation.visible` does so), never by a model or a file.

    Example:

    >>> Section("Errors", "<p>none</p>").title
    'Errors'
    """

    title: str
    html: str
