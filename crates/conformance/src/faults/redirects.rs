//! Redirects: followed to where we go, up to ten times, and refused elsewhere.

use super::Fault;
use crate::raw_server::{After, RawServer, Visit};

/// Redirects this often before it gives the flag.
fn steps(visit: &mut Visit, most: usize) -> std::io::Result<After> {
    let taken = visit.path().split_once("step=").and_then(|(_, step)| step.parse().ok()).unwrap_or(0);
    if taken == most {
        return visit.well();
    }
    let name = visit.path().split('?').next().unwrap_or_default().to_owned();
    visit.redirect(&format!("{name}?step={}", taken + 1))
}

macro_rules! refused {
    ($name:literal, $location:literal) => {
        Fault::new($name, "redirect", |visit| visit.redirect($location))
    };
}

pub(super) const FAULTS: &[Fault] = &[
    Fault::new("redirects_ten_times", "ok", |visit| steps(visit, 10)),
    Fault::new("redirects_eleven_times", "redirect", |visit| steps(visit, 11)),
    Fault::new("redirects_to_itself", "redirect", |visit| {
        let path = visit.path().to_owned();
        visit.redirect(&path)
    }),
    Fault::new("redirects_to_another_server", "ok", |visit| {
        let other = RawServer::start(|visit| visit.well());
        visit.redirect(&format!("http://{}{}", other.address, visit.path()))
    }),
    Fault::new("redirects_to_another_name", "ok", |visit| {
        if visit.path().starts_with("/named/") {
            return visit.well();
        }
        visit.redirect(&format!("http://localhost:{}/named/{}.gif", visit.server.port(), visit.code()))
    }),
    Fault::new("redirects_without_its_scheme", "ok", |visit| {
        if visit.path().starts_with("/elsewhere/") {
            return visit.well();
        }
        visit.redirect(&format!("//{}/elsewhere/{}.gif", visit.server, visit.code()))
    }),
    Fault::new("redirects_for_good", "ok", |visit| {
        if visit.path().starts_with("/moved/") {
            return visit.well();
        }
        visit.answer("308 Permanent Redirect", &format!("Location: /moved/{}.gif\r\n", visit.code()), b"moved")
    }),
    Fault::new("redirects_without_a_location", "redirect", |visit| visit.answer("302 Found", "", b"")),
    Fault::new("redirects_with_two_locations", "redirect", |visit| {
        visit.answer("302 Found", "Location: /a.gif\r\nLocation: /b.gif\r\n", b"")
    }),
    refused!("redirects_to_a_broken_location", "http://[broken"),
    refused!("redirects_to_no_host", "http://"),
    refused!("redirects_to_a_file", "file:///etc/passwd"),
    refused!("redirects_to_ftp", "ftp://127.0.0.1/flag.gif"),
    refused!("redirects_to_data", "data:image/gif;base64,R0lGODlhAQABAAAAADs="),
    refused!("redirects_to_gopher", "gopher://127.0.0.1:70/x"),
    Fault::new("redirects_to_a_name_that_leads_nowhere", "DNS", |visit| {
        visit.redirect("http://nonexistent.invalid/flag.gif")
    }),
    Fault::new("redirects_to_where_nobody_listens", "refused", |visit| visit.redirect("http://127.0.0.1:9/flag.gif")),
];
