"""Mail on its way through the box: sessions of SMTP and POP3 are carried on to the server that was called.

A message is read, examined, changed or deleted by policy, and only then handed to the real server; the sender hears
that server's answer and no other. So the box never accepts a message, keeps none, and can lose none
(docs/adr/0013-mail-is-filtered-in-its-session.md).
"""
