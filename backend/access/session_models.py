"""Open sessions of staff (登录会话), one row each; ``sessions.py`` opens, reads and ends them."""

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


class StaffSession(AbstractBaseSession):
    """A session under a digest of its key; what it holds is signed by this host.

    Whose it is stands beside, for one statement to read both: the signed content must say the same.
    """

    staff = models.ForeignKey(  # nobody's, until who opens it is known
        "access.Staff", models.PROTECT, null=True, db_index=False, verbose_name="工作人员"
    )

    class Meta(AbstractBaseSession.Meta):
        verbose_name = "登录会话"
