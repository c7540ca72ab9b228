"""Property tests run alike on every machine: the same examples, no deadline on a busy one."""

from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=True, database=None)
settings.load_profile("steady")
