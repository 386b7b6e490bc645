//! Who may do what: logins, TLS, and the sample of permissions.

use std::fs;

use async_nats::{ConnectOptions, jetstream};
use executor::Executor;
use libtest_mimic::Trial;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use task_queue::queue::{Login, QueueError, Server, TaskQueue};

use crate::{
    support::{NatsServer, Process},
    tasks::Square,
};

pub fn trials() -> Vec<Trial> {
    crate::trials![
        a_worker_with_the_sample_permissions_works_and_can_neither_submit_nor_delete,
        a_token_opens_the_door,
        tls_needs_a_root_that_is_trusted,
        a_file_that_cannot_be_read_is_named,
    ]
}

fn worker_of(server: &NatsServer, login: &Login) -> Process {
    let Login::Password(user, password) = login else { panic!("workers of these tests have passwords") };
    let urls = server.address().urls.replace("nats://", &format!("nats://{user}:{password}@"));
    Process::start("worker", &[&urls, "2"], |_| ())
}

fn a_worker_with_the_sample_permissions_works_and_can_neither_submit_nor_delete() {
    let sample = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/worker-permissions.conf")).unwrap();
    let sample = sample.replace("$CALLER_PASSWORD", "one").replace("$WORKER_PASSWORD", "two");
    let login = |user: &str, password: &str| Login::Password(user.to_owned(), password.to_owned());
    let (caller, worker) = (login("caller", "one"), login("worker", "two"));
    let server = NatsServer::with(caller, &sample);
    let _worker = worker_of(&server, &worker);
    let queue = server.queue().build().unwrap();
    assert_eq!(queue.map(Square, 0..20).sum::<Result<u64, _>>(), Ok(2470));
    let cancelled = queue.submit(Square(1));
    _ = cancelled.cancel();

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = ConnectOptions::with_user_and_password("worker".to_owned(), "two".to_owned());
        let client = options.custom_inbox_prefix("_INBOX.worker").connect(server.address().urls).await.unwrap();
        let mut context = jetstream::new(client);
        context.set_timeout(std::time::Duration::from_millis(500));
        assert!(context.delete_stream("side-by-side-tasks").await.is_err());
        assert!(context.delete_stream("side-by-side-results").await.is_err());
        context.get_stream("side-by-side-tasks").await.unwrap_err();
        context
            .create_stream(jetstream::stream::Config { name: "mine".to_owned(), ..Default::default() })
            .await
            .unwrap_err();
        let submitted = context.publish("side-by-side.tasks.0000000000000000.mine", "a task".into()).await.unwrap();
        assert!(submitted.await.is_err(), "a worker cannot submit");
    });
    // The streams are there, and the worker works on.
    assert_eq!(queue.submit(Square(9)).result(), Ok(81));
}

fn a_token_opens_the_door() {
    let server = NatsServer::with(Login::Token("sesame".to_owned()), "authorization { token: sesame }");
    server.queue().build().unwrap();
    let closed = TaskQueue::builder().server(Server { login: Login::None, ..server.address() }).workers(0).build();
    assert!(matches!(closed, Err(QueueError::Refused { .. })));
}

fn tls_needs_a_root_that_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    fs::write(path("root"), issuer.as_ref().pem()).unwrap();
    fs::write(path("certificate"), certificate.pem()).unwrap();
    fs::write(path("key"), key.serialize_pem()).unwrap();
    let configuration = format!("tls {{ cert_file: {:?}, key_file: {:?} }}", path("certificate"), path("key"));
    let server = NatsServer::with(Login::None, &configuration);
    let at = |roots: Option<String>| {
        let server = Server { roots: roots.map(Into::into), ..server.address() };
        TaskQueue::builder().server(server).workers(0).build()
    };
    at(Some(path("root"))).unwrap();
    assert!(matches!(at(None), Err(QueueError::Unreachable { .. })), "nobody vouches for it");
}

fn a_file_that_cannot_be_read_is_named() {
    let server = NatsServer::start();
    let at = |server: Server| TaskQueue::builder().server(server).workers(0).build().unwrap_err().to_string();
    let missing = || "/nonexistent/file".into();
    for error in [
        at(Server { login: Login::Credentials(missing()), ..server.address() }),
        at(Server { roots: Some(missing()), ..server.address() }),
    ] {
        assert_eq!(error, "failed to read /nonexistent/file: No such file or directory (os error 2)");
    }
}
