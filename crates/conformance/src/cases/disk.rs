//! Folders and files that are not as one wishes.

use std::{
    ffi::OsStr,
    fs,
    os::unix::{
        ffi::OsStrExt,
        fs::{PermissionsExt, symlink},
    },
    sync::{Arc, Mutex},
};

use faults::RawServer;

use crate::{
    flag_server::FlagServer,
    program::{Program, files},
    verify::{number, text},
};

pub fn a_folder_that_does_not_exist_is_made(program: &Program) {
    let server = FlagServer::local();
    let ended = program.flags(&server.base(), "br --dest a/b/c").end().ends_with(0);
    assert_eq!(files(&ended.home.path().join("a/b/c")).len(), 1);
}

pub fn a_folder_that_cannot_be_made_is_a_usage_error_before_the_run_starts(program: &Program) {
    let server = RawServer::start(|visit| visit.well());
    let run = program.flags(&server.base(), "br --dest file/folder");
    fs::write(run.home.path().join("file"), "in the way").expect("a fresh folder");
    let ended = run.end().ends_with(2);
    assert!(ended.stderr.starts_with("error: failed to open the folder file/folder: "), "{}", ended.stderr);
    assert_eq!(server.requests(), 0);
}

pub fn a_folder_that_takes_no_files_is_an_error_for_each(program: &Program) {
    // Not even the superuser makes files there.
    let server = FlagServer::local();
    let told = program.flags(&server.base(), "br cn zz --dest /proc").told().counts(0, 1, 2).ends_with(1);
    assert_eq!(told.ending("BR"), "save failed");
    assert!(text(&told.row("BR")["cause"]).starts_with("failed to save BR.gif in /proc: "), "{}", told.row("BR"));
}

pub fn a_folder_where_a_flag_should_go_is_left_alone(program: &Program) {
    let server = FlagServer::local();
    let run = program.flags(&server.base(), "br cn");
    let folder = run.dest().join("BR.gif");
    fs::create_dir_all(&folder).expect("a fresh folder");
    let told = run.told().counts(1, 0, 1).ends_with(1);
    assert_eq!(told.ending("BR"), "save failed");
    assert!(told.ended.home.path().join("downloaded/BR.gif").is_dir());
}

pub fn a_link_where_a_flag_should_go_is_replaced_and_not_followed(program: &Program) {
    let server = FlagServer::local();
    let run = program.flags(&server.base(), "br cn");
    let (dest, precious) = (run.dest(), run.home.path().join("precious"));
    fs::create_dir(&dest).expect("a fresh folder");
    fs::write(&precious, "kept").expect("a fresh folder");
    symlink(&precious, dest.join("BR.gif")).expect("a fresh folder");
    symlink("/nowhere/at/all", dest.join("CN.gif")).expect("a fresh folder");
    let told = run.told().counts(2, 0, 0).ends_with(0);
    assert_eq!(fs::read(told.ended.home.path().join("precious")).expect("it is still there"), b"kept");
}

pub fn an_older_flag_stays_unless_a_whole_new_one_comes(program: &Program) {
    let server = RawServer::start(|visit| match visit.code().as_str() {
        "BR" => visit.answer("200 OK", "", &visit.gif()[..100]),
        _ => visit.well(),
    });
    let run = program.flags(&server.base(), "br cn");
    fs::create_dir(run.dest()).expect("a fresh folder");
    for name in ["BR.gif", "CN.gif"] {
        fs::write(run.dest().join(name), "older").expect("a fresh folder");
    }
    let ended = run.end().ends_with(1);
    assert_eq!(ended.files["BR.gif"], b"older");
    assert_eq!(ended.files["CN.gif"], flag_images::find("CN").expect("China has a flag").gif);
}

pub fn a_folder_removed_in_the_middle_is_an_error_for_each_flag_after(program: &Program) {
    let dest = Arc::new(Mutex::new(None));
    let folder = dest.clone();
    let server = RawServer::start(move |visit| {
        if let Some(folder) = folder.lock().expect("no holder of this lock panics").take() {
            fs::remove_dir_all::<std::path::PathBuf>(folder)?;
        }
        visit.well()
    });
    let run = program.flags(&server.base(), "br cn fr");
    *dest.lock().expect("no holder of this lock panics") = Some(run.dest());
    // A worker in a process of its own, which opens the folder only now, does not make it again either.
    let told = run.told().counts(0, 0, 3).ends_with(1);
    assert_eq!(number(&told.json["errors"]["save failed"]), 3, "{}", told.json["samples"]);
}

pub fn a_disk_that_is_full_costs_what_does_not_fit(program: &Program) {
    // Brazil's flag takes 5.6 KB, China's 3 KB.
    let server = FlagServer::local();
    let told = program.flags(&server.base(), "br cn").limited("--fsize=4096").told().counts(1, 0, 1).ends_with(1);
    assert_eq!(told.ending("BR"), "save failed");
}

pub fn two_runs_in_one_folder_do_not_disturb_each_other(program: &Program) {
    let server = FlagServer::delay(0, 3);
    let folder = tempfile::tempdir().expect("a fresh folder");
    let start = || program.flags(&server.base(), "-a -m 8 --dest").arg(folder.path()).start();
    let runs = [start(), start()];
    for run in runs {
        let ended = run.wait().ends_with(0);
        assert!(ended.stdout.contains("\n194 flags downloaded.\n"), "{}", ended.stdout);
    }
    let files = files(folder.path());
    assert_eq!(files.len(), 194);
    for flag in flag_images::all() {
        assert!(files[&format!("{}.gif", flag.code)] == flag.gif, "{} is not whole", flag.code);
    }
}

pub fn a_path_need_not_be_utf8(program: &Program) {
    let server = FlagServer::local();
    let name = OsStr::from_bytes(b"d\xff");
    let told = program.flags(&server.base(), "br cn --json --dest").arg(name).end().ends_with(0);
    assert_eq!(files(&told.home.path().join(name)).len(), 2);
    assert!(told.stdout.contains("\"dest\":\"d\u{fffd}\""), "{}", told.stdout);
    let traced = program.flags(&server.base(), "br --trace").arg(name).end().ends_with(0);
    assert!(traced.home.path().join(name).is_file());
    let missing = program.flags(&server.base(), "br --ca-cert").arg(name).end().ends_with(2);
    assert!(missing.stderr.contains("failed to read root certificates from d\u{fffd}"), "{}", missing.stderr);
}

pub fn a_folder_that_is_made_can_be_saved_in_whatever_the_umask(program: &Program) {
    let server = FlagServer::local();
    let run = program.flags(&server.base(), "br --dest a/b").after("umask 777");
    let ended = run.end().ends_with(0);
    for folder in ["a", "a/b"] {
        let mode = fs::metadata(ended.home.path().join(folder)).expect("it was made").permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{folder}");
    }
}
