"""Policy -> Squid: web traffic of the inspected zones, read where it may be read. Pure but for the definitions.

A connection to port 443 is peeked at: exempt names and applications that pin their certificate pass unread (spliced),
refused names among them are cut off, everything else is read with the line's CA (bumped) while the origin's own
certificate must be good. Requests then meet the URL filter, whose refusals are a page, and our ICAP service.
"""

from __future__ import annotations

from sekisho_edge.applications import CatalogueError, read_catalogue
from sekisho_edge.daemons.frame import FOLDER, Daemon, Places
from sekisho_edge.icap import pages
from sekisho_edge.icap import settings as icap
from sekisho_edge.render.redirects import SQUID_HTTP_PORT, SQUID_TLS_PORT, takes_web
from sekisho_edge.render.site_names import URL_ALLOWED, NameList, category, name_lists, shortest
from sekisho_edge.render.url_parts import part_expression
from sekisho_wire.policy import SecurityPolicy

NAME = "squid"
FORWARD_PORT = 3131
USER = "proxy"
BLOCK_PAGE = "ERR_SEKISHO_SITE"
CERTIFICATE_PAGE = "ERR_SECURE_CONNECT_FAIL"
STALLS_BEFORE = (6, 13)
"""Squid's bug 5352, not met in 6.13: a scanned answer of more than 64 KB may stand still for ever."""

_LOG_FORMAT = (
    r"logformat sekisho %ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt"
    r' "%{Referer}>h" "%{User-Agent}>h" rule=%{rule}note sni=%ssl::>sni tls=%ssl::bump_mode'
)


def render(policy: SecurityPolicy, places: Places) -> Daemon | None:
    """Squid's files, or None where nothing of the web is inspected."""
    if not takes_web(policy):
        return None
    sites = _Sites(policy, places)
    message = policy.url.message
    files = {
        "squid.conf": "\n".join(_config(policy, places, sites)) + "\n",
        f"errors/{BLOCK_PAGE}": pages.squid_template(pages.SITE, message),
        f"errors/{CERTIFICATE_PAGE}": pages.squid_template(pages.CERTIFICATE, message),
        **sites.files,
    }
    failure = policy.malware.failure if policy.malware.mode != "off" else "open"
    return Daemon(NAME, files, failure=failure)


def _config(policy, places, sites):
    yield from _ground(places)
    yield from _ports(policy, places)
    yield from sites.lines
    yield from _access(policy, sites)
    if policy.tls.mode == "inspect":
        yield from _tls(places, sites)
    yield from _scanning(policy, places, sites)
    yield _LOG_FORMAT
    yield "access_log stdio:/dev/stdout logformat=sekisho !probe"


def _ground(places):
    resolvers = [f"dns_nameservers {' '.join(places.resolvers)}"] if places.resolvers else []
    return [
        "visible_hostname sekisho",
        f"cache_effective_user {USER}",
        "pid_filename none",
        "cache_log /dev/null",
        "debug_options ALL,0",
        f"coredump_dir {FOLDER}/run",
        "cache deny all",
        "cache_mem 8 MB",
        "shutdown_lifetime 1 second",
        "via off",
        "forwarded_for transparent",
        "httpd_suppress_version_string on",
        f"error_directory {FOLDER}/errors",
        "on_unsupported_protocol tunnel all",
        "connect_timeout 20 seconds",
        "reply_header_access X-Cache deny all",
        "reply_header_access X-Cache-Lookup deny all",
        *resolvers,
    ]


def _ports(policy, places):
    yield f"http_port 127.0.0.1:{FORWARD_PORT}"
    yield f"http_port {SQUID_HTTP_PORT} intercept"
    if policy.tls.mode != "inspect":
        return
    yield (
        f"https_port {SQUID_TLS_PORT} intercept name=tls ssl-bump generate-host-certificates=on"
        f" dynamic_cert_mem_cache_size=16MB tls-cert={places.ca_certificate} tls-key={places.ca_key}"
        " options=NO_SSLv3,NO_TLSv1,NO_TLSv1_1"
    )
    yield f"sslcrtd_program /usr/lib/squid/security_file_certgen -s {FOLDER}/run/ssl_db -M 16MB"
    yield "sslcrtd_children 8 startup=1 idle=1"


class _Sites:
    """Named lists of sites: their files, the lines that declare them, and what is done with each."""

    def __init__(self, policy: SecurityPolicy, places: Places) -> None:
        self.files: dict[str, str] = {}
        self.lines: list[str] = []
        self.logged: list[str] = []
        self.refused: list[str] = []
        self._catalogue = _catalogue(places.definitions)
        self.view_only = self._view_only(policy)
        self._exempt(policy, places)
        self._named("view_only", self.view_only)
        if "http" in policy.url.layers or policy.tls.mode == "inspect":
            self._filtered(policy, name_lists(policy, places.definitions))

    def _exempt(self, policy, places):
        pinned = (domain for item in self._catalogue.values() if item.pinned for domain in item.domains)
        names = {*policy.tls.exempt_domains, *pinned}
        for code in policy.tls.exempt_categories:
            names.update(category(places.definitions, code))
        self.exempt = self._declare("exempt", "ssl::server_name", shortest(names), "exempt.txt")

    def _view_only(self, policy):
        codes = {rule.name for rule in policy.applications.rules if rule.action == "view_only"} & set(self._catalogue)
        hosts = (host for code in codes for rule in self._catalogue[code].writes for host in rule.hosts)
        return shortest([*hosts, *(domain for code in codes for domain in self._catalogue[code].domains)])

    def _filtered(self, policy, lists):
        """Each list twice, by the name of a request and by the name that TLS announces; parts of sites by the URL."""
        allowed, self.allowed_sni = [], ""
        for one in lists:
            name = one.label.replace(".", "_")
            if one.label == URL_ALLOWED:
                whole = shortest(entry for entry in policy.url.allowed if "/" not in entry)
                allowed += self._both(name, NameList(one.label, one.action, whole))
            elif one.action == "log":
                self.logged += self._both(name, one)
            else:
                self.refused += self._both(name, one)
        allowed += self._parts("allowed_parts", policy.url.allowed)
        self.refused += self._parts("url_blocked_parts", policy.url.blocked)
        self.allowed = "allowed" if allowed else ""
        if allowed:
            self.lines.append(f"acl allowed any-of {' '.join(allowed)}")
        if any(name == "url_allowed" for name in allowed):
            self.allowed_sni = "sni_url_allowed"

    def _both(self, name, one):
        file = f"sites/{one.label}.txt"
        if not self._declare(name, "dstdomain -n", one.names, file):
            return []
        self._declare(f"sni_{name}", "ssl::server_name", one.names, file)
        self.lines.append(f"acl note_{name} annotate_transaction rule={one.label}")
        return [name]

    def _parts(self, name, entries):
        expressions = [part_expression(entry) for entry in entries if "/" in entry]
        if not expressions:
            return []
        self.files[f"sites/{name}.txt"] = "\n".join(expressions) + "\n"
        self.lines.append(f'acl {name} url_regex -i "{FOLDER}/sites/{name}.txt"')
        self.lines.append(f"acl note_{name} annotate_transaction rule={name.replace('_', '.')}")
        return [name]

    def _named(self, name, names):
        if names:
            self._declare(name, "dstdomain -n", names, f"{name}.txt")

    def _declare(self, name, kind, names, file):
        """Whether there is such a list now."""
        if not names:
            return False
        self.files[file] = "".join(f".{site}\n" for site in names)
        self.lines.append(f'acl {name} {kind} "{FOLDER}/{file}"')
        return True


def _catalogue(definitions):
    """One that can't be read is refused by the scanner's own check, before anything starts."""
    try:
        return read_catalogue(definitions)
    except CatalogueError:
        return {}


def _access(policy, sites):
    networks = [network for zone in policy.zones if zone.inside for network in zone.networks]
    yield f"acl inside src {' '.join(networks)}" if networks else "acl inside src 0.0.0.0/0"
    yield f"acl probe dstdomain -n {icap.PROBE_HOST}"
    yield f"acl forward_port localport {FORWARD_PORT}"
    yield f"cache_peer 127.0.0.1 parent {icap.PROBE_PORT} 0 no-query no-digest originserver name=scanner"
    yield "cache_peer_access scanner allow probe"
    yield "cache_peer_access scanner deny all"
    yield "never_direct allow probe"
    yield "http_access allow forward_port localhost probe"
    yield "http_access deny forward_port"
    yield "http_access deny !inside"
    yield "acl tls_door myportname tls"
    yield "http_access allow CONNECT tls_door"  # what Squid makes of a TLS connection, and nobody else's
    yield "http_access deny CONNECT"
    yield from (f"http_access deny {name} note_{name} !all" for name in sites.logged)
    if "http" in policy.url.layers:
        unless = f" !{sites.allowed}" if sites.allowed else ""
        for name in sites.refused:
            yield f"http_access deny {name}{unless} note_{name}"
            yield f"deny_info {BLOCK_PAGE} note_{name}"
    yield "http_access allow all"
    if sites.view_only:
        yield "http_upgrade_request_protocols websocket deny view_only"
    yield "http_upgrade_request_protocols websocket allow all"


def _tls(places, sites):
    """Peek at the name first; who is refused and can't be shown a page is cut off."""
    if places.upstream_roots:
        yield f"tls_outgoing_options min-version=1.2 cafile={places.upstream_roots}"
    else:
        yield "tls_outgoing_options min-version=1.2"
    yield "sslproxy_cert_error deny all"
    yield "acl first_look at_step SslBump1"
    yield "ssl_bump peek first_look"
    if sites.exempt:
        unless = f" !{sites.allowed_sni}" if sites.allowed_sni else ""
        for name in sites.refused:
            if not name.endswith("_parts"):
                yield f"ssl_bump terminate exempt sni_{name}{unless}"
        # Spliced after the second look only: after the first one Squid would look the announced name up and refuse a
        # connection to an address that it does not find there, as with every large site.
        yield "acl second_look at_step SslBump2"
        yield "ssl_bump peek second_look exempt"
        yield "ssl_bump splice exempt"
    yield "ssl_bump bump all"


def _scanning(policy, places, sites):
    """What our ICAP service sees: the watchdog's question, requests that send or write, answers that are scanned."""
    malware = policy.malware
    yield "icap_enable on"
    yield f"icap_preview_enable {'off' if places.squid < STALLS_BEFORE else 'on'}"
    if places.squid < STALLS_BEFORE:
        yield "reply_header_max_size 16 KB"
    yield "icap_send_client_ip on"
    yield "icap_service_failure_limit -1"
    yield "icap_service_revival_delay 1"
    yield "icap_connect_timeout 10 seconds"
    for name, point in (("request", "reqmod"), ("response", "respmod")):
        yield f"icap_service sekisho_{name} {point}_precache icap://127.0.0.1:{icap.PORT}/{name} bypass=off"
    yield "acl sends method POST PUT PATCH"
    yield "acl plain proto HTTP"
    yield "acl read proto HTTPS"
    yield "adaptation_access sekisho_request allow probe"
    yield "adaptation_access sekisho_response allow probe"
    if sites.view_only:
        yield "adaptation_access sekisho_request allow view_only"
    for scanned in _scanned(malware):
        yield f"adaptation_access sekisho_request allow sends {scanned}"
        yield f"adaptation_access sekisho_response allow {scanned}"
    yield "adaptation_access sekisho_request deny all"
    yield "adaptation_access sekisho_response deny all"
    if malware.mode == "prevent":  # what comes in pieces or packed by a method of its own can't be scanned
        yield "request_header_access Range deny all"
        yield "request_header_access If-Range deny all"
        yield "request_header_access Accept-Encoding deny all"


def _scanned(malware):
    names = {"http": "plain", "https": "read"}
    return [names[protocol] for protocol in malware.protocols] if malware.mode != "off" else []
