"""What is not there (未知地址): a stranger must log in even to learn that."""

from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView


class Nowhere(APIView):
    """Answers under /api/v1/ for addresses without a route."""

    permission_classes = (IsAuthenticated,)
    schema = None

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Refuse whatever the method."""
        super().initial(request, *args, **kwargs)
        raise NotFound
