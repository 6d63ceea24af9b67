//! Addresses, as in `redis:6379`.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use upswell_units::{Diagnostic, Span, Spanned};

use crate::decode::{Decode, Object, wrong_type};
use crate::diagnostics::Diagnostics;
use crate::yaml::Node;

/// A host and its port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostPort {
    /// Name or address; an IPv6 address is in brackets.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// A text is no host with a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a host and its port, as in `redis:6379`")]
pub struct ParseHostPortError;

impl FromStr for HostPort {
    type Err = ParseHostPortError;

    fn from_str(text: &str) -> Result<Self, ParseHostPortError> {
        let (host, port) = text.rsplit_once(':').ok_or(ParseHostPortError)?;
        let is_bare_ipv6 = host.contains(':') && !(host.starts_with('[') && host.ends_with(']'));
        if host.is_empty() || is_bare_ipv6 || host.contains(['/', '@', ' ']) {
            return Err(ParseHostPortError);
        }
        let port = port.parse().map_err(|_| ParseHostPortError)?;
        Ok(Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl Decode for HostPort {
    fn decode(node: &Node, problems: &mut Diagnostics) -> Option<Self> {
        let text = String::decode(node, problems)?;
        let address = text.parse();
        if address.is_err() {
            problems.push(invalid(node.span));
        }
        address.ok()
    }
}

fn invalid(span: Span) -> Diagnostic {
    Diagnostic::error("invalid-address", ParseHostPortError.to_string())
        .at(span, "not a host with a port")
        .help("write no scheme and no path")
}

/// Reads `hosts`, whose keys are addresses too.
pub(super) fn read_hosts(object: &mut Object<'_, '_>) -> BTreeMap<HostPort, Spanned<HostPort>> {
    let mut hosts = BTreeMap::new();
    let Some(node) = object.value("hosts") else { return hosts };
    let Some(mapping) = node.as_mapping() else {
        object.report(wrong_type(node, "an object", "write one address a line below it"));
        return hosts;
    };
    for entry in mapping.entries() {
        let from = entry.key.value.parse::<HostPort>();
        let to = object.read::<Spanned<HostPort>>(&entry.value);
        match (from, to) {
            (Ok(from), Some(to)) => drop(hosts.insert(from, to)),
            (Err(_), _) => object.report(invalid(entry.key.span)),
            (Ok(_), None) => {}
        }
    }
    hosts
}
