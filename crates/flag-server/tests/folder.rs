//! A folder of flags in place of those that are built in.

mod helper;

use flag_server::{Config, Flags};
use helper::TestServer;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use tempfile::{TempDir, tempdir};

/// A folder with some flags, which are no pictures.
fn folder(codes: &[&str]) -> TempDir {
    let folder = tempdir().unwrap();
    for cc in codes {
        write(folder.path(), &format!("{cc}/{cc}.gif"), &format!("flag of {cc}"));
    }
    folder
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn a_folder_is_served_instead_of_the_built_in_flags() {
    let folder = folder(&["br", "zz"]);
    write(folder.path(), "br/metadata.json", r#"{"country": "Brasil"}"#);
    write(folder.path(), "notes.txt", "not served");
    let flags = Flags::from_folder(folder.path()).unwrap();
    let server = TestServer::start(Config { flags, ..Config::local() });

    assert_eq!(server.get("/flags/br/br.gif").body, b"flag of br");
    assert_eq!(server.get("/flags/br/metadata.json").body, br#"{"country": "Brasil"}"#);
    assert_eq!(server.get("/flags/zz/metadata.json").body, br#"{"code":"ZZ","country":"ZZ"}"#);
    for absent in ["/flags/cn/cn.gif", "/flags/cn/metadata.json", "/notes.txt", "/flags/notes.txt"] {
        assert_eq!(server.get(absent).status, 404, "{absent}");
    }
    let manifest = server.manifest("");
    let codes: Vec<_> = manifest["flags"].as_array().unwrap().iter().map(|r| &r["code"]).collect();
    assert_eq!(codes, ["BR", "ZZ"]);
    assert_eq!(manifest["flags"][0]["size"], "flag of br".len());
}

#[test]
fn a_link_inside_the_folder_is_followed_and_one_that_leads_out_is_an_error() {
    let outside = folder(&["br"]);
    let inside = folder(&["cn"]);
    symlink("cn", inside.path().join("de")).unwrap();
    symlink("cn.gif", inside.path().join("cn/de.gif")).unwrap();
    Flags::from_folder(inside.path()).unwrap();

    symlink(outside.path().join("br"), inside.path().join("br")).unwrap();
    let error = Flags::from_folder(inside.path()).unwrap_err().to_string();
    assert!(error.contains("br.gif leads out of the folder"), "{error}");

    fs::remove_file(inside.path().join("br")).unwrap();
    fs::create_dir(inside.path().join("br")).unwrap();
    symlink("/etc/hostname", inside.path().join("br/br.gif")).unwrap();
    assert!(Flags::from_folder(inside.path()).is_err());
}

#[test]
fn a_folder_without_flags_or_none_at_all_is_an_error_that_names_it() {
    let empty = folder(&[]);
    write(empty.path(), "BR.gif", "laid out in another way");
    let error = Flags::from_folder(empty.path()).unwrap_err().to_string();
    assert!(error.contains(&empty.path().display().to_string()), "{error}");
    assert!(error.contains("br/br.gif"), "{error}");

    let error = Flags::from_folder(Path::new("/no/such/folder")).unwrap_err().to_string();
    assert!(error.contains("/no/such/folder"), "{error}");
}

#[test]
fn what_is_no_file_is_an_error_and_not_a_wait() {
    let folder = folder(&["cn"]);
    fs::create_dir_all(folder.path().join("br")).unwrap();
    nix::unistd::mkfifo(&folder.path().join("br/br.gif"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let error = Flags::from_folder(folder.path()).unwrap_err().to_string();
    assert!(error.contains("br.gif is no regular file"), "{error}");
}

#[test]
fn a_file_that_is_too_large_is_an_error_and_is_not_read_to_its_end() {
    for name in ["br/br.gif", "br/metadata.json"] {
        let folder = folder(&["br", "cn"]);
        write(folder.path(), name, "sparse");
        // More than this machine has memory; it takes no room on the disk.
        fs::File::options().write(true).open(folder.path().join(name)).unwrap().set_len(1 << 40).unwrap();
        let error = Flags::from_folder(folder.path()).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains("is larger than 16 MiB"), "{error}");
    }
}
