"""Answers by mail: signed addresses that plugins put into their mails, and the listener that takes what is sent to them.

`replies.Inbound` is what plugins meet. Nothing is imported here, since the child that reads a mail imports this package too.
"""
