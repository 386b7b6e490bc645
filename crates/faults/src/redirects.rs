//! Redirects: followed to where we go, up to ten times, and refused elsewhere.

use std::sync::LazyLock;

use crate::{After, Fault, RawServer, Visit};

/// A good server on another port. There is one for all visits, so that none of them leaves a server behind.
static OTHER: LazyLock<RawServer> = LazyLock::new(|| RawServer::start(|visit| visit.well()));

pub(super) fn prepare() {
    LazyLock::force(&OTHER);
}

/// Redirects this often before it gives the flag.
fn steps(visit: &mut Visit, most: usize) -> std::io::Result<After> {
    let taken = visit.path.split_once("step=").and_then(|(_, step)| step.parse().ok()).unwrap_or(0);
    if taken == most {
        return visit.well();
    }
    visit.redirect(&format!("{}{}?step={}", visit.root, visit.bare_path(), taken + 1))
}

macro_rules! refused {
    ($name:literal, $location:literal) => {
        Fault::new($name, concat!("redirects to ", $location), |visit| visit.redirect($location))
    };
}

pub(super) const FAULTS: &[Fault] = &[
    Fault::new("redirects_ten_times", "redirects ten times before a good answer", |visit| steps(visit, 10)),
    Fault::new("redirects_eleven_times", "redirects eleven times before a good answer", |visit| steps(visit, 11)),
    Fault::new("redirects_to_itself", "redirects to the same place", |visit| {
        visit.redirect(&format!("{}{}", visit.root, visit.path))
    }),
    Fault::new("redirects_to_another_server", "redirects to another port, where there is a good answer", |visit| {
        visit.redirect(&format!("http://{}{}", OTHER.address, visit.path))
    }),
    Fault::new("redirects_to_another_name", "redirects to localhost, where there is a good answer", |visit| {
        if visit.path.starts_with("/named/") {
            return visit.well();
        }
        let (port, root) = (visit.server.port(), &visit.root);
        visit.redirect(&format!("http://localhost:{port}{root}/named/{}.gif", visit.code()))
    }),
    Fault::new("redirects_without_its_scheme", "redirects to a Location that begins with two slashes", |visit| {
        if visit.path.starts_with("/elsewhere/") {
            return visit.well();
        }
        visit.redirect(&format!("//{}{}/elsewhere/{}.gif", visit.server, visit.root, visit.code()))
    }),
    Fault::new("redirects_for_good", "redirects with 308, to a good answer", |visit| {
        if visit.path.starts_with("/moved/") {
            return visit.well();
        }
        let location = format!("Location: {}/moved/{}.gif\r\n", visit.root, visit.code());
        visit.answer("308 Permanent Redirect", &location, b"moved")
    }),
    Fault::new("redirects_without_a_location", "redirects with no Location", |visit| {
        visit.answer("302 Found", "", b"")
    }),
    Fault::new("redirects_with_two_locations", "redirects with two Locations", |visit| {
        visit.answer("302 Found", "Location: /a.gif\r\nLocation: /b.gif\r\n", b"")
    }),
    refused!("redirects_to_a_broken_location", "http://[broken"),
    refused!("redirects_to_no_host", "http://"),
    refused!("redirects_to_a_file", "file:///etc/passwd"),
    refused!("redirects_to_ftp", "ftp://127.0.0.1/flag.gif"),
    refused!("redirects_to_data", "data:image/gif;base64,R0lGODlhAQABAAAAADs="),
    refused!("redirects_to_gopher", "gopher://127.0.0.1:70/x"),
    Fault::new("redirects_to_a_name_that_leads_nowhere", "redirects to nonexistent.invalid", |visit| {
        visit.redirect("http://nonexistent.invalid/flag.gif")
    }),
    Fault::new("redirects_to_a_closed_port", "redirects to port 9 of this machine", |visit| {
        visit.redirect("http://127.0.0.1:9/flag.gif")
    }),
];
