"""Find the view of an address (接口地址): among those alone that begin with the same word."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property

from django.urls import Resolver404, ResolverMatch, URLPattern, URLResolver


class ByFirstWord(URLResolver):
    """The addresses of all capabilities under one start. They are hundreds, tried one after the
    other, at each call; those that begin with another word need no trying."""

    def resolve(self, path: str) -> ResolverMatch:
        """Give the view of a path.

        Raises:
            Resolver404.
        """
        word = path.removeprefix(str(self.pattern)).partition("/")[0]
        if word not in self._by_word:
            raise Resolver404({"path": path})
        return self._by_word[word].resolve(path)

    @cached_property
    def _by_word(self) -> dict[str, URLResolver]:
        found = defaultdict(list)
        for one in _each(self.url_patterns):
            word = str(one.pattern).removeprefix("^").partition("/")[0]
            assert "<" not in word, f"{one.pattern} begins with no word"
            found[word].append(one)
        return {word: URLResolver(self.pattern, some) for word, some in found.items()}


def _each(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for one in patterns:
        if isinstance(one, URLPattern):
            yield one
        else:
            assert not str(one.pattern), f"{one.pattern} is no list of one's own"
            yield from _each(one.url_patterns)
