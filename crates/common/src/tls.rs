//! The root certificates that both clients trust.

use std::path::{Path, PathBuf};

use rustls_pki_types::{CertificateDer, pem, pem::PemObject};

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
pub fn roots(ca_cert: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, BadRoots> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_roots_are_many_and_a_file_without_certificates_is_refused() {
        assert!(roots(None).unwrap().len() > 50);
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(roots(Some(file.path())).unwrap_err().to_string().contains("it holds no PEM certificate"));
        roots(Some(Path::new("/nowhere/at/all.pem"))).unwrap_err();
    }
}
