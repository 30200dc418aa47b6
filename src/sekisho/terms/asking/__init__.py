"""Asking the rules by name: one catalogue, from which the command line and the web form are both made.

    kinds      what a parameter's text may look like, and how it is read
    settings   the terms a question is asked under: version, switches, what a form agreed on
    rule       a rule with its parameters; asking one with texts; an answer as plain data
    calendar_rules, contract_rules, service_rules, money_rules, party_rules
               the rules, in the order of the terms' chapters
    catalogue  all of them by name

Error policy: as in ``terms``. A text that cannot be read raises ``BadParameter``, which names the parameter.
"""
