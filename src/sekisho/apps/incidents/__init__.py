"""From findings to incidents: groups for triage, determinations, clocks, countermeasures."""
