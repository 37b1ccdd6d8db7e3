"""What AWS's answers mean for the caller: one table for all services, over whichever client they came."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from shared.domain.errors import HubError, Misconfigured, Permanent, Transient

PASSING = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "KMS.ThrottlingException",
        "KmsThrottled",
        "LimitExceededException",
        "OverLimit",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
    }
)
"""The service stumbles or wants us slower."""

MISCONFIGURED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AWS.SimpleQueueService.NonExistentQueue",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "KMS.AccessDeniedException",
        "KmsAccessDenied",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "NoSuchBucket",
        "NotAuthorized",
        "OptInRequired",
        "QueueDoesNotExist",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "ResourceNotFoundException",
        "SignatureDoesNotMatch",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
    }
)
"""Our credentials, permissions or settings are wrong."""

_XML_CODE = re.compile(rb"<Code>([^<]+)</Code>")
_NOT_IN_A_CODE = re.compile(r"[^A-Za-z0-9_.-]")


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """AWS's error code, without what some protocols put around it. Empty when there is none."""
        return clean_code(self.headers.get("x-amzn-errortype") or self._code_in_body())

    def _code_in_body(self) -> str:
        if self.body.lstrip()[:1] == b"<":
            found = _XML_CODE.search(self.body)
            return found[1].decode("ascii", "replace") if found else ""
        try:
            content = json.loads(self.body)
        except ValueError:
            return ""
        return str(content.get("__type") or content.get("code") or "") if isinstance(content, dict) else ""

    @property
    def request_id(self) -> str:
        headers = self.headers
        found = headers.get("x-amzn-requestid") or headers.get("x-amz-request-id") or "-"
        return _NOT_IN_A_CODE.sub("", found)[:80]


def clean_code(text: str) -> str:
    """`com.amazonaws.sqs#QueueDoesNotExist:http://…` is `QueueDoesNotExist`."""
    return _NOT_IN_A_CODE.sub("", text.rsplit("#", 1)[-1].split(":", 1)[0])[:80]


def is_passing(answer: Answer) -> bool:
    """A refusal that the next try may not meet."""
    if answer.status < 400:
        return False
    return answer.status >= 500 or answer.status == 429 or answer.code in PASSING


def error_for(answer: Answer, service: str) -> HubError:
    """The error that says what to do about this answer."""
    return error_of(service, answer.status, answer.code, answer.request_id)


def error_of(service: str, status: int, code: str, request_id: str) -> HubError:
    """As `error_for`, from the parts: one row per outcome, the first that fits."""
    reason = f"{service}: {code or 'no code'} (HTTP {status}, request {request_id})"
    if code in PASSING or status >= 500 or status == 429:
        return Transient(reason)
    if code in MISCONFIGURED or status in {401, 403}:
        return Misconfigured(reason)
    return Permanent(reason)
