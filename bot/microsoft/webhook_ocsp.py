"""Asking a certificate's issuer about it (RFC 6960)."""

from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from bot.microsoft.webhook_crl import SOUND_HASHES, check_fresh
from bot.microsoft.webhook_files import extension, is_issued_by

MOST_RESPONDERS = 3


def question(certificate: x509.Certificate, issuer: x509.Certificate) -> ocsp.OCSPRequest:
    """SHA-1 only names the issuer here; it is what RFC 5019 has every responder know."""
    return ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, SHA1()).build()  # noqa: S303 - see above


def read_answer(
    content: bytes, *, asked: ocsp.OCSPRequest, issuer: x509.Certificate, at: datetime
) -> ocsp.OCSPSingleResponse:
    """
    Return what the issuer says about the certificate: `GOOD` or `REVOKED`, with `next_update_utc`.

    Raises `ValueError` for an answer that is not signed by the issuer or a responder it named for this, not
    about this certificate, not of this time, or that the responder does not know.
    """
    response = ocsp.load_der_ocsp_response(content)
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise ValueError(f"the responder answered {response.response_status.name}")
    try:
        signed = any(_is_signed_by(response, key) for key in _responders(response, issuer, at))
    except UnsupportedAlgorithm as error:
        raise ValueError(f"the answer cannot be read: {error}") from error
    if not signed:
        raise ValueError("the answer is not signed by the issuer")
    for single in response.responses:
        if _is_about(single, asked):
            check_fresh(single.this_update_utc, single.next_update_utc, at)
            if single.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
                raise ValueError("the responder does not know the certificate")
            return single
    raise ValueError("the answer is about another certificate")


def _is_about(single: ocsp.OCSPSingleResponse, asked: ocsp.OCSPRequest) -> bool:
    return (single.serial_number, single.issuer_name_hash, single.issuer_key_hash) == (
        asked.serial_number,
        asked.issuer_name_hash,
        asked.issuer_key_hash,
    )


def _responders(
    response: ocsp.OCSPResponse, issuer: x509.Certificate, at: datetime
) -> list[x509.Certificate]:
    named = response.certificates[:MOST_RESPONDERS]
    return [issuer, *(each for each in named if _may_answer(each, issuer, at))]


def _may_answer(responder: x509.Certificate, issuer: x509.Certificate, at: datetime) -> bool:
    """A responder is itself not asked about: the issuer has to have said so (`id-pkix-ocsp-nocheck`)."""
    usages = extension(responder, x509.ExtendedKeyUsage)
    return (
        usages is not None
        and ExtendedKeyUsageOID.OCSP_SIGNING in usages
        and extension(responder, x509.OCSPNoCheck) is not None
        and responder.not_valid_before_utc <= at <= responder.not_valid_after_utc
        and is_issued_by(responder, issuer)
    )


def _is_signed_by(response: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    key, algorithm = signer.public_key(), response.signature_hash_algorithm
    if algorithm is None or not isinstance(algorithm, SOUND_HASHES):
        raise ValueError("the answer's signature is of a weak kind")
    try:
        if isinstance(key, RSAPublicKey):
            key.verify(response.signature, response.tbs_response_bytes, PKCS1v15(), algorithm)
        elif isinstance(key, EllipticCurvePublicKey):
            key.verify(response.signature, response.tbs_response_bytes, ECDSA(algorithm))
        else:
            return False
    except InvalidSignature:
        return False
    return True
