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
    holidays         the law of national holidays and the table that is shipped (holiday_table)
    calendar         business days of the carrier, the banks, the partner
    plans            plans, security functions, access items: what may be combined
    entitlements     what one contract may have at one instant
    retention        how long a security log lives
    deadlines        how long a clock runs, and what "in time" means
    clocks           notices of incidents: when a clock starts, when it is due, the verdict
    redetermination  one incident determined more than once: its history replayed into clocks
    due              all other clocks, as one table
    minimum          minimum terms, and when an option's counts as served
    taxes            consumption tax by the day of supply
    early_charge     what an end inside the minimum term costs
    invoice          totals of an invoice, when debts arise and are due
    arrears          late interest and the surcharge
    credit           missed service levels: fault, claim, credit, caps; other damages
    adjustments      what a version that works backwards does to money
    ending           cancellation, option stop, end of the line, termination
    changes          who handles a policy change, by when, at which hours and cost
    options          portal accounts, what needs what, what a stop leaves behind
    grounds          the grounds that the terms list, as catalogues
    enforcement      what must come before interruption, suspension, measures and blocks
    applications     who may apply, what is complete, whose turn it is
    contract_states  the states of a contract, and what may follow what
    parties          joint contractors, assignment, succession, changes of name
    screening        antisocial forces: how far back, how long a result is good
    secrecy          what is confidential, to whom data may be given
    personal_data    when personal data is erased
    portal_accounts  how many people of a contractor come in, and who goes when there is no room
    registration     corporate numbers and invoice registration numbers
    eras             dates as Japanese forms write them
    switches         the switches of ``versions``, described for people
    errata           slips in the text and how each is read
    articles         every provision of the terms and the rule that keeps it
    asking           the rules by name, for the command line and the web form

Error policy: what the terms refuse is a ``Refusal``; what cannot be asked (an instant without an offset, a
negative amount) raises ``BadParameter``, which names the parameter. Nothing else is raised on purpose.
"""
