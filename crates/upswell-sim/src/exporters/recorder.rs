//! From values to the store: only what somebody looks at, by handle and without a text between.

use upswell_metrics::labels::{LabelsBuilder, METRIC_NAME};
use upswell_metrics::sample::STALE;
use upswell_metrics::store::{Refused, SeriesRef, Writer};
use upswell_metrics::{Labels, Matcher, Time};

use super::family::{Family, Subject, Table};
use super::target::Target;

/// Which series anybody looks at.
#[derive(Clone, Debug)]
pub(super) enum Watched {
    /// All of them.
    All,
    /// Those that one of these selectors takes.
    By(Vec<Vec<Matcher>>),
}

impl Watched {
    /// Whether a selector may take series of this name, whatever their other labels.
    pub(super) fn may_take(&self, name: &str) -> bool {
        let takes = |selector: &Vec<Matcher>| {
            let mut of_name = selector.iter().filter(|matcher| matcher.name == METRIC_NAME);
            of_name.all(|matcher| matcher.matches(name))
        };
        match self {
            Self::All => true,
            Self::By(selectors) => selectors.iter().any(takes),
        }
    }

    fn takes(&self, labels: &Labels) -> bool {
        let takes =
            |selector: &Vec<Matcher>| selector.iter().all(|matcher| matcher.matches_labels(labels));
        match self {
            Self::All => true,
            Self::By(selectors) => selectors.iter().any(takes),
        }
    }
}

/// The families of a table that somebody may look at.
pub(super) struct Selected<S: Subject> {
    base: fn(&S::View<'_>, &mut LabelsBuilder),
    families: Vec<&'static Family<S>>,
}

impl<S: Subject> Selected<S> {
    /// Selects from a table; all of it where relabelling may change names.
    pub(super) fn of(table: &Table<S>, watched: &Watched, may_rename: bool) -> Self {
        let may_count = |family: &&Family<S>| may_rename || watched.may_take(family.name);
        Self { base: table.base, families: table.families.iter().filter(may_count).collect() }
    }

    /// Whether nobody looks at any of it.
    pub(super) fn is_empty(&self) -> bool {
        self.families.is_empty()
    }
}

/// The series of one subject that somebody looks at.
#[derive(Debug, Default)]
pub(super) struct Exposed {
    /// Of which labels; nothing before the first time.
    generation: Option<u32>,
    series: Vec<Handle>,
}

/// One series, by its place in the table.
#[derive(Clone, Debug)]
struct Handle {
    family: u32,
    index: u32,
    series: SeriesRef,
    /// By which it is found again after the store has forgotten it.
    labels: Labels,
    /// Whether the last sample was a value.
    is_there: bool,
}

/// Who writes.
pub(super) struct Recorder {
    pub(super) writer: Writer,
    pub(super) watched: Watched,
}

impl Recorder {
    pub(super) fn new(writer: Writer, watched: Watched) -> Self {
        Self { writer, watched }
    }

    /// Writes the values of a subject at one instant.
    ///
    /// `generation` tells which labels it has: with another one than before, its series are new
    /// ones, and those that it has no longer end.
    pub(super) fn expose<S: Subject>(
        &mut self,
        selected: &Selected<S>,
        target: &Target<'_>,
        (view, generation): (&S::View<'_>, u32),
        exposed: &mut Exposed,
        at: Time,
    ) {
        if exposed.generation != Some(generation) {
            self.relabel(selected, target, view, exposed, at);
            exposed.generation = Some(generation);
        }
        for handle in &mut exposed.series {
            let family = selected.families[handle.family as usize];
            match (family.value)(view, handle.index as usize) {
                Some(value) => {
                    handle.is_there = true;
                    self.append(handle, at, value);
                }
                None if handle.is_there => {
                    handle.is_there = false;
                    self.append(handle, at, STALE);
                }
                None => {}
            }
        }
    }

    /// Ends the series of a subject that is gone, or that does not answer.
    pub(super) fn end(&mut self, exposed: &mut Exposed, at: Time) {
        for handle in exposed.series.iter_mut().filter(|handle| handle.is_there) {
            handle.is_there = false;
            self.append(handle, at, STALE);
        }
    }

    fn relabel<S: Subject>(
        &mut self,
        selected: &Selected<S>,
        target: &Target<'_>,
        view: &S::View<'_>,
        exposed: &mut Exposed,
        at: Time,
    ) {
        let before = std::mem::take(&mut exposed.series);
        for (position, family) in selected.families.iter().enumerate() {
            for index in 0..(family.count)(view) {
                let mut labels = LabelsBuilder::default();
                (selected.base)(view, &mut labels);
                (family.label)(view, index, &mut labels);
                labels.set(METRIC_NAME, family.name);
                let Some(labels) = target.apply(labels) else { continue };
                if self.watched.takes(&labels) {
                    let series = self.writer.series(&labels);
                    let (family, index) = (position as u32, index as u32);
                    let is_there = false;
                    exposed.series.push(Handle { family, index, series, labels, is_there });
                }
            }
        }
        for mut old in before.into_iter().filter(|old| old.is_there) {
            match exposed.series.iter_mut().find(|new| new.series == old.series) {
                Some(new) => new.is_there = true,
                None => self.append(&mut old, at, STALE),
            }
        }
    }

    /// A simulated target has one sample an instant, in order, so that the store takes them all as
    /// long as it has room.
    fn append(&mut self, handle: &mut Handle, at: Time, value: f64) {
        if self.writer.append(handle.series, at, value) == Err(Refused::Forgotten) {
            handle.series = self.writer.series(&handle.labels);
            // What it refuses now, it counts.
            let _ = self.writer.append(handle.series, at, value);
        }
    }
}
