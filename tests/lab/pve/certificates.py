# SPDX-License-Identifier: AGPL-3.0-or-later. This file belongs to what extends fakepve, which has that license; tests run it, no release has it.
"""A cluster's own CA, and the certificates of its node, as pmxcfs makes them: the CA signs, the leaf is none."""
import datetime
import ipaddress
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# What PVE's certificate of a node names beside the loopback: the node's address, name and, with a search domain, its FQDN.
ADDRESSES = ('127.0.0.1', '::1', '192.0.2.11')
NAMES = ('localhost', 'pve1', 'pve1.example.org')


def _written(path, data):
    # For this process and its owner only, whatever the umask.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'wb') as out:
        out.write(data)


def _builder(subject, issuer, key, is_ca):
    now = datetime.datetime.now(datetime.timezone.utc)
    return (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True))


def _name(common):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


class Authority:
    """A CA made anew, as pve-root-ca.pem in a folder; `issue` writes pve-ssl.pem and pve-ssl.key beside it."""

    def __init__(self, directory):
        self.directory = directory
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.subject = _name('Proxmox Virtual Environment')
        self.certificate = _builder(self.subject, self.subject, self.key, True).sign(self.key, hashes.SHA256())
        self.path = os.path.join(directory, 'pve-root-ca.pem')
        _written(self.path, self.certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self):
        """A certificate of the node: the paths of it and its key, and its SHA-256 fingerprint."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.IPAddress(ipaddress.ip_address(one)) for one in ADDRESSES] + [x509.DNSName(one) for one in NAMES]
        leaf = (_builder(_name('pve1.example.org'), self.subject, key, False)
                .add_extension(x509.SubjectAlternativeName(names), critical=False)
                .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
                .sign(self.key, hashes.SHA256()))
        cert, private = (os.path.join(self.directory, name) for name in ('pve-ssl.pem', 'pve-ssl.key'))
        _written(cert, leaf.public_bytes(serialization.Encoding.PEM))
        _written(private, key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
                                            serialization.NoEncryption()))
        return cert, private, ':'.join('{0:02X}'.format(b) for b in leaf.fingerprint(hashes.SHA256()))
