"""Policy -> text for one engine a file. Pure: equal policies give equal texts, and golden files show every change."""

from sekisho_wire.policy import Powers

RENDERED = Powers(
    features=frozenset(
        {
            "schedules",
            "rule_logs",
            "negated_addresses",
            "source_ports",
            "icmp_types",
            "forward_ranges",
            "source_nat",
            "static_nat",
            "quic_block",
            "logging",
            "signature_exceptions",
            "signature_profiles",
            "dns_filter",
            "sni_filter",
            "applications",
            "http_filter",
            "tls_inspection",
            "malware_scan",
            "sandbox",
            "bandwidth",
            "mail",
        }
    )
)
"""What these renderers enforce of a policy, by the codes of ``sekisho_wire.policy.powers.FEATURES``.

Whoever renders one more adds its code; a policy that uses another is refused instead of half enforced.
"""
