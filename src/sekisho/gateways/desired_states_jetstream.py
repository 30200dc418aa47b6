"""The bucket of desired states on NATS JetStream. See ``desired_states`` for what it promises."""

from __future__ import annotations

import nats.errors
from nats.aio.client import Client
from nats.js import api
from nats.js.client import JetStreamContext
from nats.js.errors import APIError, KeyNotFoundError, NoKeysError, NotFoundError
from nats.js.kv import KeyValue

from . import desired_states
from .bus import MESSAGE_BYTES_MAX, BusUnavailable
from .bus_jetstream import PUBLISH_SECONDS_MAX, connect_client, unavailable
from .desired_states import CHANGES_MAX, Changes

_STREAM = f"KV_{desired_states.BUCKET}"
_SUBJECTS = f"$KV.{desired_states.BUCKET}.>"
_AWAY = (APIError, nats.errors.Error, OSError, TimeoutError)


class JetStreamDesiredStates:
    """Make it with ``connect``; any number of readers and writers."""

    def __init__(self, client: Client, context: JetStreamContext, bucket: KeyValue) -> None:
        self._client = client
        self._js = context
        self._kv = bucket

    @classmethod
    async def connect(cls, url: str, *, replicas: int = 1) -> JetStreamDesiredStates:
        """Connect and lay the bucket. The server's sync is the log bus's to ask for; lost states are put anew."""
        client = await connect_client(url)
        try:
            context = client.jetstream(timeout=PUBLISH_SECONDS_MAX)
            config = api.KeyValueConfig(
                bucket=desired_states.BUCKET,
                history=1,
                max_value_size=MESSAGE_BYTES_MAX,
                max_bytes=desired_states.BUCKET_BYTES_MAX,
                storage=api.StorageType.FILE,
                replicas=replicas,
                direct=True,
            )
            return cls(client, context, await context.create_key_value(config))
        except _AWAY as error:
            await client.close()
            raise unavailable("the bucket of desired states can't be laid", error) from error
        except BaseException:
            await client.close()
            raise

    async def put(self, device: str, kind: str, text: bytes) -> int:
        try:
            return await self._kv.put(f"{device}.{kind}", text)
        except _AWAY as error:
            raise unavailable("a desired state was not acknowledged", error) from error

    async def get(self, device: str, kind: str) -> bytes | None:
        try:
            return (await self._kv.get(f"{device}.{kind}")).value
        except KeyNotFoundError:
            return None
        except _AWAY as error:
            raise unavailable("a desired state can't be read", error) from error

    async def last(self) -> int:
        try:
            return (await self._js.stream_info(_STREAM)).state.last_seq
        except NotFoundError as error:
            raise BusUnavailable("the bucket of desired states is gone; it is laid at the next start") from error
        except _AWAY as error:
            raise unavailable("the bucket did not say where it is", error) from error

    async def changes(self, since: int) -> Changes:
        newest = await self.last()
        at = 0 if since > newest else since
        keys: dict[tuple[str, str], None] = {}
        while at < newest and len(keys) < CHANGES_MAX:
            message = await self._next(at + 1)
            if message is None:
                return Changes(tuple(keys), newest)
            at = message.seq or newest
            device, _, kind = (message.subject or "").removeprefix(_SUBJECTS[:-1]).partition(".")
            keys[device, kind] = None
        return Changes(tuple(keys), at)

    async def devices(self) -> set[str]:
        try:
            return {key.partition(".")[0] for key in await self._kv.keys()}
        except NoKeysError:
            return set()
        except _AWAY as error:
            raise unavailable("the bucket did not say what it holds", error) from error

    async def close(self) -> None:
        await self._client.close()

    async def _next(self, sequence: int) -> api.RawStreamMsg | None:
        """The first message at or after the sequence: older ones of a key are gone."""
        try:
            return await self._js.get_msg(_STREAM, sequence, subject=_SUBJECTS, next=True, direct=True)
        except NotFoundError:
            return None
        except _AWAY as error:
            raise unavailable("a change can't be read", error) from error
