//! Notices that wait for an Alertmanager.

use std::collections::BTreeMap;

use upswell_metrics::Labels;
use upswell_metrics::rules::Notice;

/// Notices in the order in which they came, the newest of each alert.
#[derive(Debug)]
pub(super) struct Queue {
    capacity: usize,
    notices: BTreeMap<u64, Notice>,
    /// The number of each alert's notice.
    numbers: BTreeMap<Labels, u64>,
    next: u64,
    dropped: u64,
}

impl Queue {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, notices: BTreeMap::new(), numbers: BTreeMap::new(), next: 0, dropped: 0 }
    }

    /// Appends a notice in place of an older one of the same alert; drops the oldest one if there
    /// are too many.
    pub(super) fn push(&mut self, notice: Notice) {
        if let Some(number) = self.numbers.insert(notice.labels.clone(), self.next) {
            self.notices.remove(&number);
        }
        self.notices.insert(self.next, notice);
        self.next += 1;
        if self.notices.len() > self.capacity
            && let Some((_, oldest)) = self.notices.pop_first()
        {
            self.numbers.remove(&oldest.labels);
            self.dropped += 1;
        }
    }

    /// Returns the oldest notices; they stay until they are [`Queue::done`].
    pub(super) fn batch(&self, size: usize) -> Vec<(u64, Notice)> {
        self.notices.iter().take(size).map(|(number, notice)| (*number, notice.clone())).collect()
    }

    /// Removes notices; one that a newer one has replaced is gone already.
    pub(super) fn done(&mut self, batch: &[(u64, Notice)]) {
        for (number, notice) in batch {
            if self.notices.remove(number).is_some() {
                self.numbers.remove(&notice.labels);
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.notices.len()
    }

    /// How many were dropped because there were too many.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }
}

#[cfg(test)]
mod tests {
    use upswell_metrics::Time;

    use super::*;

    fn notice(name: &str, at: i64) -> Notice {
        Notice {
            labels: Labels::new([("alertname", name)]),
            annotations: BTreeMap::new(),
            starts_at: Time(at),
            ends_at: Time(at),
            generator_url: String::new(),
        }
    }

    fn waiting(queue: &Queue) -> Vec<(String, i64)> {
        let batch = queue.batch(usize::MAX);
        let of = |(_, notice): &(u64, Notice)| {
            (notice.labels.get("alertname").to_owned(), notice.starts_at.0)
        };
        batch.iter().map(of).collect()
    }

    fn named(expected: &[(&str, i64)]) -> Vec<(String, i64)> {
        expected.iter().map(|(name, at)| ((*name).to_owned(), *at)).collect()
    }

    #[test]
    fn the_newest_notice_of_each_alert_waits_and_the_oldest_alert_goes_first() {
        let mut queue = Queue::new(3);
        for (name, at) in [("a", 1), ("b", 2), ("a", 3), ("c", 4)] {
            queue.push(notice(name, at));
        }
        assert_eq!(waiting(&queue), named(&[("b", 2), ("a", 3), ("c", 4)]));
        assert_eq!(queue.dropped(), 0, "one that is replaced is not lost");
        queue.push(notice("d", 5));
        assert_eq!(waiting(&queue), named(&[("a", 3), ("c", 4), ("d", 5)]));
        assert_eq!(queue.dropped(), 1);
        queue.push(notice("b", 6));
        assert_eq!((queue.len(), queue.dropped()), (3, 2));
    }

    #[test]
    fn a_notice_that_comes_while_an_older_one_is_sent_stays() {
        let mut queue = Queue::new(10);
        queue.push(notice("a", 1));
        queue.push(notice("b", 2));
        let batch = queue.batch(64);
        queue.push(notice("a", 3));
        queue.done(&batch);
        assert_eq!(waiting(&queue), named(&[("a", 3)]));
        queue.push(notice("a", 4));
        assert_eq!(waiting(&queue), named(&[("a", 4)]));
        queue.done(&queue.batch(64));
        assert_eq!(queue.len(), 0);
    }
}
