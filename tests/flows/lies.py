"""How each lie of the bank is typed, and how people settle it (谎言与处理)."""

TYPED_AS = {
    "WRONG_AMOUNT": "AMOUNT_DIFFERS",
    "DUPLICATE": "DUPLICATE",
    "MISSING": "SILENT",
    "NAME_DIFFERS": "NAME_DIFFERS",
    "LATE_RETURN": "LATE_RETURN",
    "EXTRA": "EXTRA",
    "OTHER_BATCH": "OTHER_BATCH",
}
SETTLED_AS = {
    "AMOUNT_DIFFERS": "PAID",
    "DUPLICATE": "PAID",
    "SILENT": "RETURNED",
    "NAME_DIFFERS": "RETURNED",
    "LATE_RETURN": "CLEARED",
    "EXTRA": "CLEARED",
    "OTHER_BATCH": "CLEARED",
}
