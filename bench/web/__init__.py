"""How fast the pages of both doors are while 200 people use them, with 10,000 contracts in the database."""
