"""What the pages about the terms show, worked out of the pure rules: the views only ask and render.

    wording   codes, articles, figures and answers in the reader's language
    faults    why a question cannot be asked, in the reader's language
    question  a form made from a rule of the catalogue, and its answer
    versions  the versions of the terms side by side
    year      a year of business days, closures and report deadlines

Error policy: nothing here raises for what a person typed; it becomes words beside the field.
"""
