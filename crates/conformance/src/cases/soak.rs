//! A handful of the runs of `scripts/soak`.

use flag_server::{Config, listen, serve_faults};

use crate::{
    flag_server::FlagServer,
    program::Program,
    soak::{Plan, Sites},
};

pub fn a_handful_of_random_runs_lose_nothing(program: &Program) {
    let local = FlagServer::local();
    let listener = listen(([127, 0, 0, 1], 0).into()).expect("a free port");
    let fault = listener.local_addr().expect("a bound socket has an address");
    serve_faults(listener, Config::fault(), Default::default()).expect("a listener");
    let sites = Sites { local: local.address(), fault };
    for number in 1..=4 {
        let plan = Plan::new(20, number, std::slice::from_ref(program));
        eprintln!("{plan}");
        plan.play(sites);
    }
}
