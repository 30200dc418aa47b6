"""What looks into web traffic for Squid: an ICAP service (RFC 3507) of our own.

``protocol`` and ``replies`` are the wire, without I/O. ``server`` does all sockets. ``service`` decides what becomes of
one request or response; whom it asks is in ``examine`` (hash list, YARA, ClamAV), ``archives``, ``writes`` and
``sandbox``. Nothing here needs privileges: it runs as Squid's own user.
"""
