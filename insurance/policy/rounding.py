"""To the fen where no text says how (四舍五入到分). Pure. Why no parameter: docs/adr/0041.

Where a text says how, or places differ, the rounding is a dated parameter:
``pension.component_rounding``, ``resident_pension.component_rounding``, ``pension.adjust``,
``collection.share_rounding``, ``collection.employer_share_rounding``.
"""

from backend.kernel.money import Rounding

TO_FEN = Rounding.HALF_UP_FEN
