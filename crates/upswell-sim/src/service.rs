//! How long a worker takes for a request, and what CPU and memory it costs.

use serde::Serialize;
use upswell_units::{Bytes, Duration, Millicores};

use crate::random::{Distribution, Stream};
use crate::traffic::Arrival;

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

impl ServiceTime {
    /// Draws the service time of a request.
    pub(crate) fn draw(&self, arrival: &Arrival, stream: &mut Stream) -> Duration {
        let prefill = self.per_prompt_token.times(i64::from(arrival.prompt_tokens));
        let decode = self.tpot.times(i64::from(arrival.output_tokens));
        stream.draw(self.ttft) + prefill + decode + self.fixed
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
        let arrival = Arrival { at: Duration::ZERO, prompt_tokens: 1000, output_tokens: 20 };
        let time = service.draw(&arrival, &mut Stream::new(0, Entity::Service));
        assert_eq!(time, Duration::from_millis(1107));
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
