"""What tests of several parts borrow from those of one."""

from tests.notifications.test_push import service

__all__ = ["service"]
