//! How long a worker takes for a request, and what CPU and memory it costs.

use serde::Serialize;
use upswell_units::{Bytes, Duration, Millicores};

use crate::random::{Distribution, Sampler, Stream, whole_nanos};

/// How long a worker takes for one request: time to first token, then token by token.
///
/// `t = ttft + prompt tokens × per_prompt_token + output tokens × tpot`, the shape that measured
/// LLM servers and hosted APIs show below saturation (splitwise-sim's measurements, ISCA 2024).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceTime {
    /// Time to first token for an empty prompt.
    pub ttft: Distribution,
    /// Prefill: added to the time to first token for each token of the prompt.
    pub per_prompt_token: Duration,
    /// Time per output token of a request that is alone.
    pub tpot: Duration,
    /// Anything else that each request takes.
    pub fixed: Duration,
    /// How much slower a token is in company.
    pub batch: Batch,
}

/// How much slower a token is as a replica's batch fills: by requests in service, a factor of at
/// least one; straight lines between the points, flat before the first and after the last.
///
/// No points: always one, as where the worker only calls an API.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Batch(pub Vec<(u32, f64)>);

/// A service time made ready for many draws.
#[derive(Clone, Debug)]
pub(crate) struct ServiceSampler {
    ttft: Sampler,
    per_prompt_token: Duration,
    tpot_nanos: f64,
    fixed: Duration,
    batch: Batch,
    /// From so many requests in service on a token takes no longer.
    flat_from: u32,
    /// Nanoseconds a token by requests in service; of larger batches the curve itself is asked.
    token_nanos: Vec<f64>,
}

/// How long the service of one request takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Service {
    /// Until its first token.
    pub(crate) to_first_token: Duration,
    /// All of it.
    pub(crate) total: Duration,
}

/// What a replica uses of its node.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// CPU of a replica that serves nothing.
    pub cpu_idle: Millicores,
    /// CPU added by each request in service.
    pub cpu_per_request: Millicores,
    /// Memory of a replica that serves nothing.
    pub memory_idle: Bytes,
    /// Memory added by each request in service.
    pub memory_per_request: Bytes,
}

impl Batch {
    /// Returns the factor with so many requests in service.
    fn factor(&self, in_service: u32) -> f64 {
        let Self(points) = self;
        let above = points.partition_point(|(requests, _)| *requests <= in_service);
        match (points.get(above.wrapping_sub(1)), points.get(above)) {
            (None, None) => 1.0,
            (None, Some((_, factor))) | (Some((_, factor)), None) => *factor,
            (Some((left, low)), Some((right, high))) => {
                let past = f64::from(in_service.saturating_sub(*left));
                low + (high - low) * past / f64::from(right.saturating_sub(*left).max(1))
            }
        }
    }
}

impl ServiceSampler {
    /// Entries of the table; more requests at once are rare.
    const TABLE_LEN_MAX: u32 = 1024;

    pub(crate) fn new(service: &ServiceTime) -> Self {
        let ServiceTime { ttft, per_prompt_token, tpot, fixed, batch } = service;
        let tpot_nanos = tpot.as_nanos() as f64;
        let flat_from = batch.0.last().map_or(0, |(requests, _)| *requests);
        let table = 0..=flat_from.min(Self::TABLE_LEN_MAX);
        Self {
            ttft: Sampler::new(*ttft),
            per_prompt_token: *per_prompt_token,
            tpot_nanos,
            fixed: *fixed,
            flat_from,
            token_nanos: table.map(|requests| tpot_nanos * batch.factor(requests)).collect(),
            batch: batch.clone(),
        }
    }

    /// Draws the service of a request that starts as one of `in_service` of its replica.
    ///
    /// It keeps its pace when others join it or leave: the batch is that of its start.
    #[inline]
    pub(crate) fn draw(
        &self,
        (prompt_tokens, output_tokens): (u32, u32),
        in_service: u32,
        stream: &mut Stream,
    ) -> Service {
        let token_nanos = match self.token_nanos.get(in_service.min(self.flat_from) as usize) {
            Some(nanos) => *nanos,
            None => self.tpot_nanos * self.batch.factor(in_service),
        };
        let prefill = self.per_prompt_token.times(i64::from(prompt_tokens));
        let decode = whole_nanos(f64::from(output_tokens) * token_nanos);
        let to_first_token = self.ttft.draw(stream) + prefill;
        Service { to_first_token, total: to_first_token + decode + self.fixed }
    }
}

impl Usage {
    /// CPU at a mean number of busy slots, rounded to whole millicores.
    pub(crate) fn cpu(&self, busy: f64) -> Millicores {
        Millicores(self.cpu_idle.0 + (self.cpu_per_request.0 as f64 * busy).round() as i64)
    }

    /// Memory at a mean number of busy slots, rounded to whole bytes.
    pub(crate) fn memory(&self, busy: f64) -> Bytes {
        Bytes(self.memory_idle.0 + (self.memory_per_request.0 as f64 * busy).round() as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Entity;

    #[test]
    fn a_request_takes_its_first_token_its_prompt_and_its_answer() {
        let service = ServiceTime {
            ttft: Distribution::Fixed(Duration::from_millis(400)),
            per_prompt_token: Duration::from_nanos(100_000),
            tpot: Duration::from_millis(30),
            fixed: Duration::from_millis(7),
            batch: Batch::default(),
        };
        let mut stream = Stream::new(0, Entity::Service);
        let drawn = ServiceSampler::new(&service).draw((1000, 20), 1, &mut stream);
        assert_eq!(drawn.to_first_token, Duration::from_millis(500));
        assert_eq!(drawn.total, Duration::from_millis(1107));
    }

    #[test]
    fn a_token_is_slower_in_company_along_straight_lines() {
        let service = |points: Vec<(u32, f64)>| ServiceTime {
            ttft: Distribution::Fixed(Duration::from_secs(1)),
            per_prompt_token: Duration::from_nanos(1_000_000),
            tpot: Duration::from_millis(10),
            fixed: Duration::from_millis(3),
            batch: Batch(points),
        };
        let curve = vec![(2, 1.0), (4, 2.0), (3000, 4.0)];
        let mut stream = Stream::new(0, Entity::Service);
        for (points, in_service, millis) in [
            (vec![], 64, 1000),
            (curve.clone(), 1, 1000),
            (curve.clone(), 2, 1000),
            (curve.clone(), 3, 1500),
            (curve.clone(), 4, 2000),
            (curve.clone(), 1502, 3000),
            (curve.clone(), 3000, 4000),
            (curve, u32::MAX, 4000),
        ] {
            let sampler = ServiceSampler::new(&service(points));
            let Service { to_first_token, total } = sampler.draw((5, 100), in_service, &mut stream);
            assert_eq!(to_first_token, Duration::from_millis(1005));
            assert_eq!(total, Duration::from_millis(1005 + millis + 3), "{in_service}");
        }
    }

    #[test]
    fn usage_grows_with_busy_slots() {
        let usage = Usage {
            cpu_idle: Millicores(20),
            cpu_per_request: Millicores(50),
            memory_idle: Bytes(1000),
            memory_per_request: Bytes(10),
        };
        assert_eq!(usage.cpu(2.5), Millicores(145));
        assert_eq!(usage.memory(2.5), Bytes(1025));
    }
}
