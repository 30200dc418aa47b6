"""The UTM: what runs on the contractor's line, and a lab to run it in. Knows the platform only by ``sekisho_wire``."""
