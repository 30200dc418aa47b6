"""Registers beside a contract: prohibited acts, damage, disputes, secrets, disclosures, end users, purposes of data."""
