"""Signatures against AWS's published examples and against botocore's signer."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.aws.sigv4 import Credentials, Request, Scope, encode_query, presigned, sign

SUITE = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
SUITE_SCOPE = Scope("us-east-1", "service")
SUITE_DATE = "20150830T123600Z"
HOST = {"Host": "example.amazonaws.com"}

# From AWS's Signature Version 4 test suite.
SUITE_VECTORS = {
    "get-vanilla": (
        Request("GET", "/", headers=HOST),
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    ),
    "post-vanilla": (
        Request("POST", "/", headers=HOST),
        "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    ),
    "get-vanilla-query-order-key-case": (
        Request("GET", "/", query=[("Param2", "value2"), ("Param1", "value1")], headers=HOST),
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ),
    "get-utf8": (
        Request("GET", "/ሴ", headers=HOST),
        "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
    ),
    "get-vanilla-utf8-query": (
        Request("GET", "/", query=[("ሴ", "bar")], headers=HOST),
        "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
    ),
    "get-header-value-trim": (
        Request("GET", "/", headers={**HOST, "My-Header1": " value1", "My-Header2": ' "a   b   c"'}),
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    ),
    "post-x-www-form-urlencoded": (
        Request(
            "POST",
            "/",
            headers={**HOST, "Content-Type": "application/x-www-form-urlencoded"},
            body=b"Param1=value1",
        ),
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ),
    "get-relative": (
        Request("GET", "/example/..", headers=HOST),
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    ),
    "get-slashes": (
        Request("GET", "//example//", headers=HOST),
        "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
    ),
}

S3 = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
S3_SCOPE = Scope("us-east-1", "s3")
S3_DATE = "20130524T000000Z"
S3_HOST = {"Host": "examplebucket.s3.amazonaws.com"}

# From "Signature Calculations for the Authorization Header" in the S3 API reference.
S3_VECTORS = {
    "get-object": (
        Request("GET", "/test.txt", headers={**S3_HOST, "Range": "bytes=0-9"}),
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    ),
    "put-object": (
        Request(
            "PUT",
            "/test%24file.text",
            headers={
                **S3_HOST,
                "Date": "Fri, 24 May 2013 00:00:00 GMT",
                "x-amz-storage-class": "REDUCED_REDUNDANCY",
            },
            body=b"Welcome to Amazon S3.",
        ),
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    ),
    "get-bucket-lifecycle": (
        Request("GET", "/", query=[("lifecycle", "")], headers=S3_HOST),
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    ),
    "list-objects": (
        Request("GET", "/", query=[("max-keys", "2"), ("prefix", "J")], headers=S3_HOST),
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    ),
}


def signature(headers: dict[str, str]) -> str:
    return headers["Authorization"].rsplit("Signature=", 1)[1]


@pytest.mark.parametrize("name", SUITE_VECTORS)
def test_it_signs_as_the_suite_says(name: str) -> None:
    request, expected = SUITE_VECTORS[name]
    assert signature(sign(request, SUITE, SUITE_SCOPE, SUITE_DATE)) == expected


@pytest.mark.parametrize("name", S3_VECTORS)
def test_it_signs_s3_as_the_documentation_says(name: str) -> None:
    request, expected = S3_VECTORS[name]
    assert signature(sign(request, S3, S3_SCOPE, S3_DATE)) == expected


def test_the_whole_header_is_as_the_suite_says() -> None:
    request, expected = SUITE_VECTORS["get-vanilla"]
    assert sign(request, SUITE, SUITE_SCOPE, SUITE_DATE)["Authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders=host;x-amz-date, Signature={expected}"
    )


def test_credentials_do_not_show_their_secrets() -> None:
    assert "hidden" not in repr(Credentials("AKIDEXAMPLE", "hidden", "hidden too"))


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
TOKEN = st.text("ABCDEFabcdef0123456789/+=", min_size=1, max_size=40)
HEADER_VALUE = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    names = draw(st.lists(st.sampled_from(["X-Amz-Target", "Content-Type", "x-custom", "Range"]), unique=True))
    return Request(
        method=draw(st.sampled_from(["GET", "PUT", "POST", "DELETE"])),
        path="/" + "/".join(quote(part, safe="-_.~") for part in draw(st.lists(TEXT, max_size=4))),
        query=draw(st.lists(st.tuples(TEXT, TEXT), max_size=4)),
        headers={"Host": "example.amazonaws.com", **{name: draw(HEADER_VALUE) for name in names}},
        body=draw(st.binary(max_size=64)),
    )


@settings(max_examples=150, deadline=None)
@given(
    request=requests(),
    service=st.sampled_from(["sqs", "secretsmanager", "s3"]),
    region=st.sampled_from(["us-east-1", "sa-east-1", "cn-north-1"]),
    key=TOKEN,
    secret=TOKEN,
    token=st.none() | TOKEN,
)
def test_it_signs_as_botocore_does(
    request: Request, service: str, region: str, key: str, secret: str, token: str | None
) -> None:
    date = "20261122T101500Z"
    ours = sign(request, Credentials(key, secret, token), Scope(region, service), date)

    class Signer(S3SigV4Auth if service == "s3" else SigV4Auth):  # type: ignore[misc]
        def _modify_request_before_signing(self, theirs: Any) -> None:
            super()._modify_request_before_signing(theirs)
            del theirs.headers["X-Amz-Date"]
            theirs.headers["X-Amz-Date"] = theirs.context["timestamp"] = date

    query = encode_query(request.query)
    theirs = AWSRequest(
        method=request.method,
        url=f"https://example.amazonaws.com{request.path}" + (f"?{query}" if query else ""),
        headers=dict(request.headers),
        data=request.body,
    )
    if service == "s3":
        theirs.context["payload_signing_enabled"] = True
    Signer(BotoCredentials(key, secret, token), service, region).add_auth(theirs)
    assert ours["Authorization"] == theirs.headers["Authorization"]


def test_a_presigned_url_is_that_of_the_published_example() -> None:
    """ "Authenticating Requests: Using Query Parameters" in S3's API reference."""
    credentials = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    request = Request("GET", "/test.txt", headers={"Host": "examplebucket.s3.amazonaws.com"})
    query = presigned(request, credentials, Scope("us-east-1", "s3"), "20130524T000000Z", 86400)
    assert query.endswith("&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")
