//! `--traffic prometheus:URL?query=…&range=7d`: a rate that a real Prometheus has recorded.
//!
//! ```text
//! address::parse -> access::server -> remote::Prometheus -> rates::of -> Traffic
//!                     UPSWELL_PROMETHEUS_*                    | gaps: a warning
//! ```

mod access;
mod address;
mod faults;
mod rates;

use upswell_prometheus::remote::Prometheus;
use upswell_sim::Traffic;
use upswell_units::{Diagnostic, Sources, Timestamp};

use self::address::{Address, Grid};
use crate::login;

/// What the option starts with.
pub(super) const PREFIX: &str = "prometheus:";

/// What a Prometheus has recorded.
pub(super) struct Recorded {
    pub(super) traffic: Traffic,
    /// The option that yields the same traffic again, without a login.
    pub(super) source: String,
    pub(super) warnings: Vec<Diagnostic>,
}

/// Reads the traffic; the faults point into the text of the option.
pub(super) fn read(text: &str, sources: &mut Sources) -> Result<Recorded, Vec<Diagnostic>> {
    let file = sources.add("--traffic", text);
    if let Some(login) = login::place(text) {
        sources.mask(file, &[login]);
    }
    let address = address::parse(text, file)?;
    ask(&address).map_err(|fault| vec![*fault])
}

fn ask(address: &Address) -> Result<Recorded, Box<Diagnostic>> {
    let at_server = |fault: Box<Diagnostic>| Box::new(fault.at(address.url.span, "this server"));
    let server = access::server(&address.url, |name| std::env::var(name).ok());
    let server = server.map_err(at_server)?;
    let shown = server.to_string();
    let client = Prometheus::new(server).map_err(|error| at_server(access::refused(&error)))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| {
        let message = format!("the machine gives no way to speak to servers: {error}");
        Box::new(
            Diagnostic::error("recording-unread", message).help("raise its limit of open files"),
        )
    })?;
    let grid = address.grid(Timestamp::from_jiff(jiff::Timestamp::now()));
    runtime.block_on(read_rates(address, &shown, &client, &grid))
}

async fn read_rates(
    address: &Address,
    server: &str,
    client: &Prometheus,
    grid: &Grid,
) -> Result<Recorded, Box<Diagnostic>> {
    let answer = client.range(&address.query.value, grid.first, grid.last, grid.step).await;
    let answer = answer.map_err(|error| faults::unread(&error, address))?;
    let series = match answer.value.as_slice() {
        [series] => series,
        [] => {
            let names = client.label_values("__name__", grid.first, grid.last).await;
            let names = names.map(|names| names.value).unwrap_or_default();
            return Err(Box::new(faults::nothing(address, grid, &names)));
        }
        several => return Err(Box::new(faults::too_many(address, several))),
    };
    let rates = rates::of(&series.samples, grid);
    let traffic = Traffic::from_rates(grid.step, &rates.per_second)
        .map_err(|error| faults::not_a_rate(address, grid, error))?;
    if traffic.expected_requests() == 0.0 {
        return Err(Box::new(faults::silence(address, grid)));
    }
    let warnings = answer.warnings.iter().map(|said| faults::warned(server, said));
    let gaps = rates.gaps.map(|gaps| gaps.warning(address.query.span));
    let warnings = warnings.chain(gaps).collect();
    Ok(Recorded { traffic, source: address.source(server, grid.last), warnings })
}
