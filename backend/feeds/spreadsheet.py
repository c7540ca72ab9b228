"""Texts for a spreadsheet (电子表格中的文字): never taken for a formula (公式注入)."""

FORMULA = ("=", "+", "-", "@", "\t")


def as_text(text: str) -> str:
    """Give the text, quoted where a spreadsheet would reckon instead of showing it."""
    return f"'{text}" if text.startswith(FORMULA) else text
