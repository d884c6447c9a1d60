"""One request of S3 without boto3's machinery: putting a small object whose digest is known.

boto3 takes 4 ms of processor time for a megabyte, of which sending it is 0.4: rules, events, parsing, and digesting
the body twice more.  Here the request is made and signed by botocore's own parts, and what is not a plain success is
left to boto3, which knows about redirects, repetitions and reasons.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, quote, urlsplit

if TYPE_CHECKING:
    from botocore.httpsession import URLLib3Session
    from botocore.session import Session
    from types_boto3_s3 import S3Client

_TIMEOUT_S: Final = 60
_OK: Final = 200


class DirectPut:
    """Puts objects into one bucket; may be used from any thread.

    Args:
        session: Finds the credentials.
        client: Knows the address of the bucket and its region.
        bucket: The bucket.
        connections: Most connections that are kept.
    """

    def __init__(self, session: Session, client: S3Client, bucket: str, *, connections: int) -> None:
        self._session = session
        self._connections = connections
        self._lock = threading.Lock()
        self._http: URLLib3Session | None = None
        # an address that boto3 has made itself: its rules about regions, host names and paths stay its own
        known = client.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "x"})
        parts, given = urlsplit(known), parse_qs(urlsplit(known).query)
        self._address = f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix('x')}"
        scope = given.get("X-Amz-Credential", [""])[0].split("/")[2:]
        # buckets of S3 Express and access points of many regions are signed in other ways
        is_plain = given.get("X-Amz-Algorithm") == ["AWS4-HMAC-SHA256"] and scope[1:] == ["s3", "aws4_request"]
        self._region = scope[0] if is_plain else None

    def put(self, name: str, body: bytes, sha256: str, proof: dict[str, str]) -> bool:
        """Put an object.

        Args:
            name: Name of the object in the bucket.
            body: Its content.
            sha256: Digest of the content, hexadecimal; it is signed, so the server compares it.
            proof: Headers by which the server checks the content.

        Returns:
            False when it was not put, for whatever reason: ask boto3.
        """
        from botocore.awsrequest import AWSRequest
        from botocore.exceptions import BotoCoreError

        credentials: Any = self._session.get_credentials()
        if self._region is None or credentials is None:
            return False
        request = AWSRequest("PUT", self._address + quote(name, safe="/-_.~"), headers=dict(proof), data=body)
        _signer(sha256, credentials.get_frozen_credentials(), self._region).add_auth(request)
        try:
            answer = self._opened().send(request.prepare())
        except BotoCoreError:
            return False
        return bool(answer.status_code == _OK)

    def _opened(self) -> URLLib3Session:
        with self._lock:
            if self._http is None:
                from botocore.httpsession import URLLib3Session
                from botocore.utils import get_environ_proxies

                self._http = URLLib3Session(
                    verify=self._session.get_config_variable("ca_bundle") or True,
                    proxies=get_environ_proxies(self._address),
                    timeout=_TIMEOUT_S,
                    max_pool_connections=self._connections,
                )
            return self._http


def _signer(sha256: str, credentials: Any, region: str) -> Any:
    from botocore.auth import S3SigV4Auth

    class Signer(S3SigV4Auth):
        def payload(self, request: object) -> str:
            del request
            return sha256

    return Signer(credentials, "s3", region)
