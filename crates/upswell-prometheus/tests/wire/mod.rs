//! HTTP and remote write to servers on this machine, for tests and benches.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use upswell_metrics::{Labels, Sample};
use upswell_peers::Answer;

/// Samples of one request to the remote-write receiver: a few MB of them.
const SAMPLES_PER_PUSH: usize = 100_000;

/// Prometheus refuses samples more than an hour older than its newest one, so that what is pushed
/// goes in slices of time.
const SLICE_MS: i64 = 15 * 60 * 1000;

/// Pushes series by remote write 1.0, in order of time.
///
/// # Errors
///
/// If the server cannot be reached or refuses samples.
pub(crate) fn push(address: SocketAddr, series: &[(Labels, Vec<Sample>)]) -> io::Result<()> {
    let times = || series.iter().flat_map(|(_, samples)| samples).map(|sample| sample.at.0);
    let (Some(first), Some(last)) = (times().min(), times().max()) else { return Ok(()) };
    let mut pusher = Pusher { address, message: Vec::new(), samples: 0 };
    let mut from = first;
    while from <= last {
        let to = from + SLICE_MS;
        for (labels, samples) in series {
            let start = samples.partition_point(|sample| sample.at.0 < from);
            let end = samples.partition_point(|sample| sample.at.0 < to);
            pusher.add(labels, &samples[start..end])?;
        }
        pusher.flush()?;
        from = to;
    }
    Ok(())
}

/// Collects series of a `WriteRequest` (prometheus/prompb/remote.proto) and sends them.
struct Pusher {
    address: SocketAddr,
    message: Vec<u8>,
    samples: usize,
}

impl Pusher {
    fn add(&mut self, labels: &Labels, samples: &[Sample]) -> io::Result<()> {
        if samples.is_empty() {
            return Ok(());
        }
        let mut series = Vec::new();
        for (name, value) in labels.iter() {
            let mut label = Vec::new();
            field(&mut label, 1, name.as_bytes());
            field(&mut label, 2, value.as_bytes());
            field(&mut series, 1, &label);
        }
        for sample in samples {
            // Field 1 is eight bytes, field 2 a varint.
            let mut bytes = vec![1 << 3 | 1];
            bytes.extend(sample.value.to_bits().to_le_bytes());
            bytes.push(2 << 3);
            varint(&mut bytes, sample.at.0 as u64);
            field(&mut series, 2, &bytes);
        }
        field(&mut self.message, 1, &series);
        self.samples += samples.len();
        if self.samples < SAMPLES_PER_PUSH { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.samples == 0 {
            return Ok(());
        }
        let body = snap::raw::Encoder::new().compress_vec(&self.message)?;
        let headers = "Content-Type: application/x-protobuf\r\nContent-Encoding: snappy\r\n\
                       X-Prometheus-Remote-Write-Version: 0.1.0\r\n";
        let answer = exchange(self.address, "POST /api/v1/write", headers, &body)?;
        self.message.clear();
        self.samples = 0;
        if answer.status / 100 == 2 {
            return Ok(());
        }
        Err(io::Error::other(format!("remote write: {} {}", answer.status, answer.body)))
    }
}

/// Appends a field that has a length.
fn field(into: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    into.push(number << 3 | 2);
    varint(into, bytes.len() as u64);
    into.extend(bytes);
}

fn varint(into: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        into.push(number as u8 | 0x80);
        number >>= 7;
    }
    into.push(number as u8);
}

/// Sends a request and returns the answer.
///
/// # Errors
///
/// If the server does not answer within two minutes, or not in HTTP.
pub(crate) fn exchange(
    address: SocketAddr,
    line: &str,
    headers: &str,
    body: &[u8],
) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(120)))?;
    let length = body.len();
    write!(
        stream,
        "{line} HTTP/1.0\r\nHost: {address}\r\n{headers}Content-Length: {length}\r\n\r\n"
    )?;
    stream.write_all(body)?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let bad = || io::Error::new(io::ErrorKind::InvalidData, "not HTTP");
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(bad)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(bad)?;
    Ok(Answer { status, body: body.to_owned() })
}

/// Writes a text so that a form can hold it.
pub(crate) fn encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

/// Posts a form.
///
/// # Errors
///
/// As [`exchange`].
pub(crate) fn post_form(address: SocketAddr, path: &str, form: &str) -> io::Result<Answer> {
    let headers = "Content-Type: application/x-www-form-urlencoded\r\n";
    exchange(address, &format!("POST {path}"), headers, form.as_bytes())
}

/// Posts a form and returns the status and the JSON of the answer.
///
/// # Errors
///
/// As [`exchange`], and if the answer is no JSON.
pub(crate) fn ask_form(
    address: SocketAddr,
    path: &str,
    form: &str,
) -> io::Result<(u16, serde_json::Value)> {
    let answer = post_form(address, path, form)?;
    let json = serde_json::from_str(&answer.body).map_err(|error| {
        io::Error::other(format!("{path}: {} {error}: {}", answer.status, answer.body))
    })?;
    Ok((answer.status, json))
}
