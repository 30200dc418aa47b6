"""National holidays 2016 to 2035, frozen: ``holidays`` reads it, tests compare it with the law and two libraries."""

TABLE: dict[int, str] = {
    2016: (
        "01-01=new_year, 01-11=coming_of_age, 02-11=foundation, 03-20=vernal, 03-21=substitute, 04-29=showa, "
        "05-03=constitution, 05-04=greenery, 05-05=children, 07-18=marine, 08-11=mountain, 09-19=aged, "
        "09-22=autumnal, 10-10=health, 11-03=culture, 11-23=labour, 12-23=emperor"
    ),
    2017: (
        "01-01=new_year, 01-02=substitute, 01-09=coming_of_age, 02-11=foundation, 03-20=vernal, 04-29=showa, "
        "05-03=constitution, 05-04=greenery, 05-05=children, 07-17=marine, 08-11=mountain, 09-18=aged, "
        "09-23=autumnal, 10-09=health, 11-03=culture, 11-23=labour, 12-23=emperor"
    ),
    2018: (
        "01-01=new_year, 01-08=coming_of_age, 02-11=foundation, 02-12=substitute, 03-21=vernal, 04-29=showa, "
        "04-30=substitute, 05-03=constitution, 05-04=greenery, 05-05=children, 07-16=marine, 08-11=mountain, "
        "09-17=aged, 09-23=autumnal, 09-24=substitute, 10-08=health, 11-03=culture, 11-23=labour, 12-23=emperor, "
        "12-24=substitute"
    ),
    2019: (
        "01-01=new_year, 01-14=coming_of_age, 02-11=foundation, 03-21=vernal, 04-29=showa, 04-30=between, "
        "05-01=accession, 05-02=between, 05-03=constitution, 05-04=greenery, 05-05=children, 05-06=substitute, "
        "07-15=marine, 08-11=mountain, 08-12=substitute, 09-16=aged, 09-23=autumnal, 10-14=health, "
        "10-22=enthronement, 11-03=culture, 11-04=substitute, 11-23=labour"
    ),
    2020: (
        "01-01=new_year, 01-13=coming_of_age, 02-11=foundation, 02-23=emperor, 02-24=substitute, 03-20=vernal, "
        "04-29=showa, 05-03=constitution, 05-04=greenery, 05-05=children, 05-06=substitute, 07-23=marine, "
        "07-24=sports, 08-10=mountain, 09-21=aged, 09-22=autumnal, 11-03=culture, 11-23=labour"
    ),
    2021: (
        "01-01=new_year, 01-11=coming_of_age, 02-11=foundation, 02-23=emperor, 03-20=vernal, 04-29=showa, "
        "05-03=constitution, 05-04=greenery, 05-05=children, 07-22=marine, 07-23=sports, 08-08=mountain, "
        "08-09=substitute, 09-20=aged, 09-23=autumnal, 11-03=culture, 11-23=labour"
    ),
    2022: (
        "01-01=new_year, 01-10=coming_of_age, 02-11=foundation, 02-23=emperor, 03-21=vernal, 04-29=showa, "
        "05-03=constitution, 05-04=greenery, 05-05=children, 07-18=marine, 08-11=mountain, 09-19=aged, "
        "09-23=autumnal, 10-10=sports, 11-03=culture, 11-23=labour"
    ),
    2023: (
        "01-01=new_year, 01-02=substitute, 01-09=coming_of_age, 02-11=foundation, 02-23=emperor, 03-21=vernal, "
        "04-29=showa, 05-03=constitution, 05-04=greenery, 05-05=children, 07-17=marine, 08-11=mountain, "
        "09-18=aged, 09-23=autumnal, 10-09=sports, 11-03=culture, 11-23=labour"
    ),
    2024: (
        "01-01=new_year, 01-08=coming_of_age, 02-11=foundation, 02-12=substitute, 02-23=emperor, 03-20=vernal, "
        "04-29=showa, 05-03=constitution, 05-04=greenery, 05-05=children, 05-06=substitute, 07-15=marine, "
        "08-11=mountain, 08-12=substitute, 09-16=aged, 09-22=autumnal, 09-23=substitute, 10-14=sports, "
        "11-03=culture, 11-04=substitute, 11-23=labour"
    ),
    2025: (
        "01-01=new_year, 01-13=coming_of_age, 02-11=foundation, 02-23=emperor, 02-24=substitute, 03-20=vernal, "
        "04-29=showa, 05-03=constitution, 05-04=greenery, 05-05=children, 05-06=substitute, 07-21=marine, "
        "08-11=mountain, 09-15=aged, 09-23=autumnal, 10-13=sports, 11-03=culture, 11-23=labour, 11-24=substitute"
    ),
    2026: (
        "01-01=new_year, 01-12=coming_of_age, 02-11=foundation, 02-23=emperor, 03-20=vernal, 04-29=showa, "
        "05-03=constitution, 05-04=greenery, 05-05=children, 05-06=substitute, 07-20=marine, 08-11=mountain, "
        "09-21=aged, 09-22=between, 09-23=autumnal, 10-12=sports, 11-03=culture, 11-23=labour"
    ),
    2027: (
        "01-01=new_year, 01-11=coming_of_age, 02-11=foundation, 02-23=emperor, 03-21=vernal, 03-22=substitute, "
        "04-29=showa, 05-03=constitution, 05-04=greenery, 05-05=children, 07-19=marine, 08-11=mountain, "
        "09-20=aged, 09-23=autumnal, 10-11=sports, 11-03=culture, 11-23=labour"
    ),
    2028: (
        "01-01=new_year, 01-10=coming_of_age, 02-11=foundation, 02-23=emperor, 03-20=vernal, 04-29=showa, "
        "05-03=constitution, 05-04=greenery, 05-05=children, 07-17=marine, 08-11=mountain, 09-18=aged, "
        "09-22=autumnal, 10-09=sports, 11-03=culture, 11-23=labour"
    ),
    2029: (
        "01-01=new_year, 01-08=coming_of_age, 02-11=foundation, 02-12=substitute, 02-23=emperor, 03-20=vernal, "
        "04-29=showa, 04-30=substitute, 05-03=constitution, 05-04=greenery, 05-05=children, 07-16=marine, "
        "08-11=mountain, 09-17=aged, 09-23=autumnal, 09-24=substitute, 10-08=sports, 11-03=culture, 11-23=labour"
    ),
    2030: (
        "01-01=new_year, 01-14=coming_of_age, 02-11=foundation, 02-23=emperor, 03-20=vernal, 04-29=showa, "
        "05-03=constitution, 05-04=greenery, 05-05=children, 05-06=substitute, 07-15=marine, 08-11=mountain, "
        "08-12=substitute, 09-16=aged, 09-23=autumnal, 10-14=sports, 11-03=culture, 11-04=substitute, "
        "11-23=labour"
    ),
    2031: (
        "01-01=new_year, 01-13=coming_of_age, 02-11=foundation, 02-23=emperor, 02-24=substitute, 03-21=vernal, "
        "04-29=showa, 05-03=constitution, 05-04=greenery, 05-05=children, 05-06=substitute, 07-21=marine, "
        "08-11=mountain, 09-15=aged, 09-23=autumnal, 10-13=sports, 11-03=culture, 11-23=labour, 11-24=substitute"
    ),
    2032: (
        "01-01=new_year, 01-12=coming_of_age, 02-11=foundation, 02-23=emperor, 03-20=vernal, 04-29=showa, "
        "05-03=constitution, 05-04=greenery, 05-05=children, 07-19=marine, 08-11=mountain, 09-20=aged, "
        "09-21=between, 09-22=autumnal, 10-11=sports, 11-03=culture, 11-23=labour"
    ),
    2033: (
        "01-01=new_year, 01-10=coming_of_age, 02-11=foundation, 02-23=emperor, 03-20=vernal, 03-21=substitute, "
        "04-29=showa, 05-03=constitution, 05-04=greenery, 05-05=children, 07-18=marine, 08-11=mountain, "
        "09-19=aged, 09-23=autumnal, 10-10=sports, 11-03=culture, 11-23=labour"
    ),
    2034: (
        "01-01=new_year, 01-02=substitute, 01-09=coming_of_age, 02-11=foundation, 02-23=emperor, 03-20=vernal, "
        "04-29=showa, 05-03=constitution, 05-04=greenery, 05-05=children, 07-17=marine, 08-11=mountain, "
        "09-18=aged, 09-23=autumnal, 10-09=sports, 11-03=culture, 11-23=labour"
    ),
    2035: (
        "01-01=new_year, 01-08=coming_of_age, 02-11=foundation, 02-12=substitute, 02-23=emperor, 03-21=vernal, "
        "04-29=showa, 04-30=substitute, 05-03=constitution, 05-04=greenery, 05-05=children, 07-16=marine, "
        "08-11=mountain, 09-17=aged, 09-23=autumnal, 09-24=substitute, 10-08=sports, 11-03=culture, 11-23=labour"
    ),
}
