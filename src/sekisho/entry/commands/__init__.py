"""The subcommands of ``sekisho``: each module has ``add_arguments(parser)`` and ``run(arguments) -> exit code``."""
