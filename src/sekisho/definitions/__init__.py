"""Definitions at the centre: gathered, tested by the engines that will use them, signed, and given to boxes in steps.

``gather`` makes one set of many sources, ``building`` has it tested and compared with what is in force, ``repository``
signs and publishes it by The Update Framework. ``DefinitionsError`` of the wire: nothing was published.
"""
