//! The series of many subjects that come and go: pods, nodes.

use upswell_metrics::Time;

use super::recorder::{Exposed, Recorder};

/// The series of each subject that was there at the last scrape, in order of the ids.
pub(super) struct Subjects<Id> {
    known: Vec<(Id, Exposed)>,
}

impl<Id> Default for Subjects<Id> {
    fn default() -> Self {
        Self { known: Vec::new() }
    }
}

impl<Id: Copy + Ord> Subjects<Id> {
    /// Visits all subjects of one scrape, in order of the ids, each with its series, and ends the
    /// series of those that are gone.
    pub(super) fn visit<T>(
        &mut self,
        subjects: impl Iterator<Item = (Id, T)>,
        recorder: &mut Recorder,
        at: Time,
        mut write: impl FnMut((Id, T), &mut Exposed, &mut Recorder),
    ) {
        let mut before = std::mem::take(&mut self.known).into_iter().peekable();
        for (id, subject) in subjects {
            while let Some((_, mut gone)) = before.next_if(|(known, _)| *known < id) {
                recorder.end(&mut gone, at);
            }
            let known = before.next_if(|(known, _)| *known == id);
            let mut exposed = known.map(|(_, exposed)| exposed).unwrap_or_default();
            write((id, subject), &mut exposed, recorder);
            self.known.push((id, exposed));
        }
        for (_, mut gone) in before {
            recorder.end(&mut gone, at);
        }
    }
}
