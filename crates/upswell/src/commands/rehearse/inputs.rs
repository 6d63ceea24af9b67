//! What arrives and what the cloud takes: patterns and recordings of the command line.

use std::path::Path;
use std::str::FromStr;

use clap::Args;
use upswell_sim::{
    Interruptions, Scale, Speed, Traffic, Transform, Window, parse_interruptions, parse_pattern,
    parse_trace,
};
use upswell_units::{Diagnostic, Sources};

use super::recorded;
use crate::recordings;

/// The options that say what arrives and what the cloud takes.
#[derive(Args)]
pub(super) struct Inputs {
    /// What arrives: a file, or a pattern as in "10/s for 2m, to 100/s over 3m, for 5m"
    ///
    /// A file has one request a row, `timestamp_s,prompt_tokens,output_tokens`, or one minute a
    /// row, `minute,requests,mean_prompt_tokens,mean_output_tokens`. A pattern has steps with
    /// commas between them: `RATE for DURATION`, `for DURATION`, `to RATE over DURATION`; the word
    /// `constant` before the first spaces requests evenly.
    ///
    /// Or what a Prometheus has recorded, in requests a second: `prometheus:URL?query=QUERY&range=7d`,
    /// with `&step=1m` and `&end=TIME` where they are others. A login stands in the URL or in
    /// UPSWELL_PROMETHEUS_TOKEN, or in _USERNAME and _PASSWORD; _TENANT, _CA_FILE, _CERT_FILE and
    /// _KEY_FILE say the rest.
    #[arg(long, value_name = "FILE|PATTERN|prometheus:URL")]
    traffic: String,

    /// Plays only this part of the traffic, as in `8h..9h`
    #[arg(long, value_name = "FROM..TO", value_parser = parse::<Window>)]
    #[arg(allow_hyphen_values = true)]
    window: Option<Window>,

    /// Plays the traffic so many times as fast
    #[arg(long, value_name = "FACTOR", value_parser = parse::<Speed>)]
    #[arg(allow_hyphen_values = true)]
    speed: Option<Speed>,

    /// Sends so many times the requests in the same time
    #[arg(long, value_name = "FACTOR", value_parser = parse::<Scale>)]
    #[arg(allow_hyphen_values = true)]
    scale_traffic: Option<Scale>,

    /// How spot nodes are lost: a recording, or `none`; as `upswell.yaml` says unless given
    ///
    /// A recording has one change a row, `timestamp_s,running_nodes` or `timestamp_s,event,node`.
    #[arg(long, value_name = "FILE|none")]
    interruptions: Option<String>,
}

/// What the options lead to.
pub(super) struct Read {
    pub(super) traffic: Traffic,
    /// The traffic in words.
    pub(super) source: String,
    pub(super) interruptions: Option<Interruptions>,
    /// What is wrong with the traffic and does not stop it.
    pub(super) warnings: Vec<Diagnostic>,
}

/// Traffic before it is transformed.
struct Source {
    traffic: Traffic,
    name: String,
    warnings: Vec<Diagnostic>,
}

impl Inputs {
    /// Reads all of it; the faults point into the sources.
    pub(super) fn read(&self, sources: &mut Sources) -> Result<Read, Vec<Diagnostic>> {
        let transform = Transform {
            window: self.window,
            speed: self.speed.unwrap_or_default(),
            scale: self.scale_traffic.unwrap_or_default(),
        };
        let traffic = self.read_traffic(sources).and_then(|Source { traffic, name, warnings }| {
            let transformed = traffic.transformed(&transform).map_err(|fault| vec![*fault])?;
            Ok((transformed, transform.describe(&name), warnings))
        });
        let interruptions = self.read_interruptions(sources);
        match (traffic, interruptions) {
            (Ok((traffic, source, warnings)), Ok(interruptions)) => {
                Ok(Read { traffic, source, interruptions, warnings })
            }
            (traffic, interruptions) => {
                Err(traffic.err().into_iter().chain(interruptions.err()).flatten().collect())
            }
        }
    }

    fn read_traffic(&self, sources: &mut Sources) -> Result<Source, Vec<Diagnostic>> {
        if self.traffic.starts_with(recorded::PREFIX) {
            let recorded::Recorded { traffic, source, warnings } =
                recorded::read(&self.traffic, sources)?;
            return Ok(Source { traffic, name: source, warnings });
        }
        let traffic = self.read_own(sources)?;
        Ok(Source { traffic, name: self.traffic.clone(), warnings: Vec::new() })
    }

    /// Reads a file or a pattern.
    fn read_own(&self, sources: &mut Sources) -> Result<Traffic, Vec<Diagnostic>> {
        let path = Path::new(&self.traffic);
        if !path.exists() && is_like_a_pattern(&self.traffic) {
            let file = sources.add("--traffic", self.traffic.clone());
            return parse_pattern(sources, file);
        }
        let file = recordings::read(path, sources)
            .map_err(|fault| vec![if path.exists() { *fault } else { fault.help(NO_FILE_HELP) }])?;
        parse_trace(sources, file)
    }

    fn read_interruptions(
        &self,
        sources: &mut Sources,
    ) -> Result<Option<Interruptions>, Vec<Diagnostic>> {
        match self.interruptions.as_deref() {
            None => Ok(None),
            Some("none") => Ok(Some(Interruptions::None)),
            Some(path) => {
                let file = recordings::read(Path::new(path), sources);
                let file = file.map_err(|fault| vec![*fault])?;
                parse_interruptions(sources, file).map(Some)
            }
        }
    }
}

const NO_FILE_HELP: &str = "name a file, or write a pattern such as \"10/s for 2m\"";

/// Whether a text that is no file was meant as a pattern, rather than as the name of a file.
///
/// A pattern has blanks or commas, unless it is one word like `10/s`. The name of a file may have
/// them too, and then an ending of letters, as in `my trace.csv`.
fn is_like_a_pattern(text: &str) -> bool {
    let has_ending = text.rsplit_once('.').is_some_and(|(_, ending)| is_letters(ending));
    let is_rate = text.split_once('/').is_some_and(|(number, unit)| {
        number.starts_with(|first: char| first.is_ascii_digit())
            && is_letters(unit)
            && unit.len() <= UNIT_CHARS_MAX
    });
    is_rate || (!has_ending && text.contains([' ', '\t', ',']))
}

/// The longest unit that somebody may give a rate, as in `10/second`.
const UNIT_CHARS_MAX: usize = 6;

fn is_letters(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn parse<T: FromStr<Err: ToString>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}
