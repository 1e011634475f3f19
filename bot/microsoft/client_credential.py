"""What our application proves itself with."""

from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key


@dataclass(frozen=True)
class ClientCredential:
    """The app in the partner tenant: with a secret, or with a certificate and its key as PEM."""

    client_id: str
    secret: str | None = field(default=None, repr=False)
    certificate_pem: str | None = field(default=None, repr=False)

    def for_msal(self) -> str | dict[str, str]:
        """Return it as MSAL takes it. Raises `ValueError` for neither, both, or an unreadable PEM."""
        if bool(self.secret) == bool(self.certificate_pem):
            raise ValueError("give either a client secret or a client certificate")
        if self.secret:
            return self.secret
        pem = (self.certificate_pem or "").encode()
        load_pem_private_key(pem, password=None)
        x509.load_pem_x509_certificate(pem)
        # MSAL computes the thumbprint (x5t#S256) from the certificate.
        return {"private_key": pem.decode(), "public_certificate": pem.decode()}
