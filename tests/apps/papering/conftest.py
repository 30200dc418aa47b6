from ..conftest import hand, seeing_all, world  # noqa: F401 - fixtures
