"""Passwords for a year in which staff sign hundreds of times: of the form that is promised, at the
least cost."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    """argon2id that nobody need wait for."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1
