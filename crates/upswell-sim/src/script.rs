//! Readings that are written down instead of simulated: what a queue says, step by step.

use upswell_units::Duration;

/// What the queue says at even steps from the start, whatever waits in it.
///
/// With it a policy is rehearsed against readings alone, also against such as fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptedQueue {
    /// How long each value stands; the last one stands for the rest of the run.
    pub step: Duration,
    /// The lengths; `None` where the source does not answer.
    pub lengths: Vec<Option<u32>>,
}

impl ScriptedQueue {
    /// Returns what the queue says so long after the start; `None` where nothing answers.
    #[must_use]
    pub fn length_at(&self, since_start: Duration) -> Option<u32> {
        let step = since_start.as_nanos() / self.step.as_nanos().max(1);
        let step = usize::try_from(step).unwrap_or(0);
        *self.lengths.get(step).or(self.lengths.last())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_length_stands_for_a_step_and_the_last_one_for_ever() {
        let lengths = vec![Some(7), None, Some(3)];
        let queue = ScriptedQueue { step: Duration::from_secs(15), lengths };
        let at = |millis| queue.length_at(Duration::from_millis(millis));
        assert_eq!([at(0), at(14_999)], [Some(7); 2]);
        assert_eq!([at(15_000), at(29_999)], [None; 2]);
        assert_eq!([at(30_000), at(1_000_000)], [Some(3); 2]);
    }

    #[test]
    fn an_empty_script_answers_nothing() {
        for step in [Duration::ZERO, Duration::from_secs(1)] {
            let queue = ScriptedQueue { step, lengths: Vec::new() };
            assert_eq!(queue.length_at(Duration::from_secs(5)), None);
        }
    }
}
