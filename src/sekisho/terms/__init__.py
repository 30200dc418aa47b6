"""What is promised: every rule of the service terms as a pure function. Standard library only, no I/O, no clock.

Time is always an argument, records are immutable, and a refusal is a value with its reason. Modules, each
importing only those above it:

    words            one text in Japanese and English
    values           what a rule answers: Value or Refusal; BadParameter for input that makes no sense
    moments          instants and Tokyo dates
    yen              whole yen, exact inside, truncated once
    versions         the six versions of the terms as data: parameters, switches
    applicable       which version binds a contract on a day, and what its form changed
    periods          days, weeks, months and years as the Civil Code counts them
    holidays         the law of national holidays and the table that is shipped
    calendar         business days of the carrier, the banks, the partner
    plans            plans, security functions, access items: what may be combined
    entitlements     what one contract may have at one instant
    retention        how long a security log lives
    deadlines        how long a clock runs, and what "in time" means
    clocks           notices of incidents: when a clock starts, when it is due, the verdict
    redetermination  one incident determined more than once: its history replayed into clocks
    due              all other clocks, as one table

Error policy: what the terms refuse is a ``Refusal``; what cannot be asked (an instant without an offset, a
negative amount) raises ``BadParameter``, which names the parameter. Nothing else is raised on purpose.
"""
