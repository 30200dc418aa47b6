"""The only code of the edge that runs with privileges: a closed list of commands, standard library only.

It speaks JSON lines on its standard input and output and takes no paths, no addresses of programs and no
shell text from its caller: only the texts to load, and folders that were fixed when it was started.
"""
