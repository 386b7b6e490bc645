//! The root certificates that both clients trust, and what is wrong with those of a server.

use std::{ffi::OsStr, path::PathBuf};

use rustls::{CertificateError, Error};
use rustls_pki_types::{CertificateDer, pem, pem::PemObject};

use crate::run::{Class, Failure};

/// A file of root certificates that is of no use.
#[derive(Debug, thiserror::Error)]
#[error("failed to read root certificates from {}: {why}", path.display())]
pub struct BadRoots {
    path: PathBuf,
    why: String,
}

/// The bundled root certificates, and those in the PEM file `ca_cert`. To be asked for only when there is an https URL: a run over
/// plain http does not pay for them.
///
/// # Errors
/// The file cannot be read, or holds no certificate.
pub fn roots(ca_cert: Option<&OsStr>) -> Result<Vec<CertificateDer<'static>>, BadRoots> {
    let mut roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS.to_vec();
    if let Some(path) = ca_cert {
        let bad = |why: String| BadRoots { path: path.into(), why };
        let more = CertificateDer::pem_file_iter(path)
            .and_then(|certificates| certificates.collect::<Result<Vec<_>, pem::Error>>())
            .map_err(|error| bad(error.to_string()))?;
        if more.is_empty() {
            return Err(bad("it holds no PEM certificate".into()));
        }
        roots.extend(more);
    }
    Ok(roots)
}

/// The failure of an https connection, in the same words whichever client saw it.
pub fn failure(error: &Error) -> Failure {
    let what = match error {
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "the server's certificate is not signed by a root that is trusted here; --ca-cert FILE trusts one more".to_owned()
        }
        Error::InvalidCertificate(CertificateError::Other(other)) if other.to_string().contains("CaUsedAsEndEntity") => {
            "the server's certificate is a root's own (CA:TRUE), which no server may show: make the server one of its own, signed with \
             that root"
                .to_owned()
        }
        Error::InvalidCertificate(CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }) => {
            "the server's certificate is for another name than that in the URL".to_owned()
        }
        Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "the server's certificate has expired, or the clock of this machine is wrong".to_owned()
        }
        Error::InvalidCertificate(CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. }) => {
            "the server's certificate is not valid yet, or the clock of this machine is wrong".to_owned()
        }
        Error::InvalidMessage(_) => "the server does not speak TLS: is its URL one for http?".to_owned(),
        other => other.to_string(),
    };
    Failure::new(Class::Tls, format!("TLS: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_certificate_is_said_in_plain_words() {
        let words = |error| failure(&Error::InvalidCertificate(error)).to_string();
        assert!(words(CertificateError::UnknownIssuer).contains("--ca-cert"));
        let own = std::sync::Arc::new(std::io::Error::other("CaUsedAsEndEntity"));
        let own = words(CertificateError::Other(rustls::OtherError(own)));
        assert!(own.contains("signed with that root") && !own.contains("Other"), "{own}");
        assert!(words(CertificateError::Expired).contains("expired"));
        assert!(words(CertificateError::NotValidForName).contains("another name"));
    }

    #[test]
    fn the_bundled_roots_are_many_and_a_file_without_certificates_is_refused() {
        assert!(roots(None).unwrap().len() > 50);
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(roots(Some(file.path().as_os_str())).unwrap_err().to_string().contains("it holds no PEM certificate"));
        roots(Some(OsStr::new("/nowhere/at/all.pem"))).unwrap_err();
    }
}
