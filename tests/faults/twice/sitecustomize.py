"""Every message twice (每条消息发两次): a process with this folder in PYTHONPATH does so."""

from typing import Any

from kombu import messaging

_publish = messaging.Producer.publish


def _publish_twice(self: messaging.Producer, *args: Any, **kwargs: Any) -> Any:
    _publish(self, *args, **kwargs)
    return _publish(self, *args, **kwargs)


messaging.Producer.publish = _publish_twice  # type: ignore[method-assign]
