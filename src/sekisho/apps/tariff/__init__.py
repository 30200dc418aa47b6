"""What the services cost: versioned price lists, quotes for the premium plan, and the monthly fee as a pure rule."""
