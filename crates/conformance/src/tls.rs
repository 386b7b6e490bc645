//! Servers that speak TLS, with certificates of a root of the test's own.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    sync::{Arc, LazyLock},
};

use faults::{After, RawServer, Stream, Visit};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::{ServerConfig, ServerConnection, StreamOwned, crypto::ring, pki_types::PrivateKeyDer};

/// The root, as PEM: what `--ca-cert` is given.
pub static ROOT: LazyLock<String> = LazyLock::new(|| TRUSTED.as_ref().pem());

static TRUSTED: LazyLock<CertifiedIssuer<'static, KeyPair>> = LazyLock::new(|| new_root("A root that is trusted"));
static UNKNOWN: LazyLock<CertifiedIssuer<'static, KeyPair>> = LazyLock::new(|| new_root("An unknown root"));

/// What a server shows of itself.
#[derive(Clone, Copy, Debug)]
pub enum Certificate {
    /// For `localhost`, by the trusted root.
    Good,
    /// By a root that the client does not have.
    UnknownRoot,
    /// For another name.
    WrongName,
    /// For a time that has passed.
    Expired,
    /// For a time to come.
    NotYetValid,
}

/// A server within TLS.
pub fn start(
    certificate: Certificate,
    play: impl Fn(&mut Visit) -> io::Result<After> + Send + Sync + 'static,
) -> RawServer {
    let config = Arc::new(config(certificate));
    let wrap = move |stream| {
        let connection = ServerConnection::new(config.clone()).map_err(io::Error::other)?;
        Ok(Tls(StreamOwned::new(connection, stream)))
    };
    RawServer::start_within(wrap, play)
}

/// A connection within TLS.
struct Tls(StreamOwned<ServerConnection, TcpStream>);

impl Stream for Tls {
    fn tcp(&self) -> &TcpStream {
        &self.0.sock
    }

    fn close(&mut self) -> io::Result<()> {
        self.0.conn.send_close_notify();
        self.flush()
    }
}

impl Read for Tls {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Tls {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn new_root(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    KeyPair::generate().and_then(|key| CertifiedIssuer::self_signed(params, key)).expect("a root of our own")
}

fn config(certificate: Certificate) -> ServerConfig {
    let name = match certificate {
        Certificate::WrongName => "elsewhere.example",
        _ => "localhost",
    };
    let mut params = CertificateParams::new([name.to_owned()]).expect("a plain name");
    match certificate {
        Certificate::Expired => params.not_after = date_time_ymd(2001, 1, 1),
        Certificate::NotYetValid => params.not_before = date_time_ymd(2999, 1, 1),
        _ => {}
    }
    let root = match certificate {
        Certificate::UnknownRoot => &UNKNOWN,
        _ => &TRUSTED,
    };
    let key = KeyPair::generate().expect("a key of our own");
    let signed = params.signed_by(&key, root).expect("a root of our own");
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![signed.der().clone()], key))
        .expect("a certificate and its key")
}
