//! The pages of one target, one after the other.

use std::collections::BTreeSet;

use upswell_units::Duration;

use super::cache::{Cache, Entry as Cached};
use super::metadata::Families;
use super::{Limits, Metadata, Report, ScrapeError, sample_labels};
use crate::exposition::{Entry, Format, PageError, Parser, Series, parse, shown};
use crate::labels::{Labels, METRIC_NAME};
use crate::relabel::Relabeling;
use crate::sample::{STALE, Time};
use crate::store::{Refused, SeriesRef, Writer};

/// How the samples of a target are taken.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether a label of the sample goes before one of the target.
    pub honor_labels: bool,
    /// Whether samples have the times that the page gives them.
    pub honor_timestamps: bool,
    /// Changes to each sample's labels.
    pub metric_relabelings: Vec<Relabeling>,
    /// What the target may send.
    pub limits: Limits,
}

impl Default for Options {
    /// Those of Prometheus: the target's labels first, the page's times, no changes, no limits.
    fn default() -> Self {
        Self {
            honor_labels: false,
            honor_timestamps: true,
            metric_relabelings: Vec::new(),
            limits: Limits::default(),
        }
    }
}

/// What becomes of one target's pages.
///
/// A page is taken wholly or not at all. With each, `up` and the series `scrape_*` get a sample,
/// and series that the page before had and this one has not get a staleness marker; a sample with
/// a time of its own ends by itself. Source: Prometheus 3, scrape/scrape.go, scrapeLoop.
#[derive(Debug)]
pub struct Session {
    target: Labels,
    options: Options,
    cache: Cache,
    families: Families,
    /// Number of the page that is being read, from 1.
    page: u64,
    /// Samples of a page before the whole of it is known to be good.
    pending: Vec<Pending>,
    own: [(Labels, Option<SeriesRef>); 5],
}

#[derive(Clone, Copy, Debug)]
struct Pending {
    id: u32,
    value: f64,
    at: Time,
    has_own_time: bool,
}

/// The series that every scrape writes, in the order of [`Session::write_own`].
const OWN_SERIES: [&str; 5] = [
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
];

/// How far ahead of its scrape a sample may be, as in Prometheus.
const AHEAD_MILLIS_MAX: i64 = 10 * 60 * 1000;

impl Session {
    /// Starts with a target's labels, as [`super::Target`] has them.
    #[must_use]
    pub fn new(target: Labels, options: Options) -> Self {
        let own =
            OWN_SERIES.map(|name| (target.edit().set(METRIC_NAME, name).clone().build(), None));
        Self {
            target,
            options,
            cache: Cache::default(),
            families: Families::default(),
            page: 0,
            pending: Vec::new(),
            own,
        }
    }

    /// The target's labels.
    #[must_use]
    pub const fn target(&self) -> &Labels {
        &self.target
    }

    /// What the target says of its metrics, by name.
    pub fn metadata(&self) -> impl Iterator<Item = (&str, &Metadata)> {
        self.families.iter()
    }

    /// Takes a page that was fetched from `at` on and took `duration`.
    pub fn ingest(
        &mut self,
        page: &[u8],
        format: Format,
        at: Time,
        duration: Duration,
        writer: &mut Writer,
    ) -> Report {
        self.page += 1;
        let mut report = Report::default();
        let known = self.cache.entries().len();
        match self.read(page, format, at, &mut report) {
            Ok(()) => {
                self.append(writer, &mut report);
                self.end_series(at, writer, |entry, page| entry.live != page);
                self.cache.retain_seen(self.page);
                self.families.forget_old(self.page);
            }
            Err(error) => {
                report.error = Some(error);
                self.cache.truncate(known);
                self.end_series(at, writer, |_, _| true);
            }
        }
        self.write_own(at, duration, &report, writer);
        report
    }

    /// Notes that there was no page: the target's series end, and `up` is 0.
    pub fn failed(&mut self, at: Time, duration: Duration, writer: &mut Writer) {
        self.page += 1;
        self.end_series(at, writer, |_, _| true);
        let values = [0.0, seconds(duration), 0.0, 0.0, 0.0];
        self.append_own(at, values, writer);
    }

    /// Ends all series of a target that is gone, `up` among them.
    ///
    /// Prometheus does so two intervals after the last scrape, at the instant of the one that did
    /// not come, because a target may come back.
    pub fn end(&mut self, at: Time, writer: &mut Writer) {
        if self.page == 0 {
            return;
        }
        self.page += 1;
        self.end_series(at, writer, |_, _| true);
        self.append_own(at, [STALE; 5], writer);
    }

    /// Reads a page into `pending`.
    fn read(
        &mut self,
        page: &[u8],
        format: Format,
        at: Time,
        report: &mut Report,
    ) -> Result<(), ScrapeError> {
        self.pending.clear();
        self.cache.start_page();
        let mut parser = parse(page, format);
        while let Some(entry) = parser.next() {
            match entry? {
                Entry::Series(series) => self.read_series(&series, &parser, at, report)?,
                Entry::Type { metric, metric_type } => {
                    self.families.set_type(&metric, metric_type, self.page);
                }
                Entry::Help { metric, help } => self.families.set_help(&metric, &help, self.page),
                Entry::Unit { metric, unit } => self.families.set_unit(&metric, unit, self.page),
                Entry::Comment(_) | Entry::Eof => {}
            }
        }
        let (samples, limit) = (report.samples_after_relabeling, self.options.limits.samples);
        if limit > 0 && samples > limit {
            return Err(ScrapeError::SampleLimit { samples, limit });
        }
        Ok(())
    }

    fn read_series(
        &mut self,
        series: &Series<'_>,
        parser: &Parser<'_>,
        at: Time,
        report: &mut Report,
    ) -> Result<(), PageError> {
        report.samples_scraped += 1;
        let id = match self.cache.find(series.raw) {
            Some(id) => id,
            None => self.admit(series).map_err(|message| parser.error_at(series, message))?,
        };
        let entry = self.cache.entry(id);
        let is_again = std::mem::replace(&mut entry.seen, self.page) == self.page;
        if entry.labels.is_none() {
            return Ok(());
        }
        report.samples_after_relabeling += 1;
        let own_time = if self.options.honor_timestamps { series.at } else { None };
        if is_again && own_time.is_none() {
            report.duplicate += 1;
            return Ok(());
        }
        let (time, value) = (own_time.unwrap_or(at), series.value);
        if time.millis_since(at) > AHEAD_MILLIS_MAX {
            report.out_of_bounds += 1;
            return Ok(());
        }
        self.pending.push(Pending { id, value, at: time, has_own_time: own_time.is_some() });
        Ok(())
    }

    /// Takes a series that no page had so far.
    fn admit(&mut self, series: &Series<'_>) -> Result<u32, String> {
        let exposed = series.labels().map_err(|fault| fault.to_string())?;
        let Options { honor_labels, metric_relabelings, limits, .. } = &self.options;
        let labels = sample_labels(&exposed, &self.target, *honor_labels, metric_relabelings);
        if let Some(labels) = &labels {
            if labels.metric_name().is_empty() {
                return Err(format!("the relabelings leave no name of {}", shown(series.raw)));
            }
            if let Some(excess) = limits.excess(labels) {
                return Err(excess);
            }
        }
        Ok(self.cache.insert(series.raw, labels))
    }

    /// Appends a page that is known to be good.
    fn append(&mut self, writer: &mut Writer, report: &mut Report) {
        for Pending { id, value, at, has_own_time } in self.pending.drain(..) {
            let entry = self.cache.entry(id);
            let Some(labels) = &entry.labels else { continue };
            let is_new = entry.series.is_none();
            match append(writer, labels, &mut entry.series, at, value) {
                Ok(()) => {
                    report.series_added += u64::from(is_new);
                    if !has_own_time {
                        entry.live = self.page;
                    }
                }
                Err(Refused::OutOfOrder) => report.out_of_order += 1,
                Err(Refused::Duplicate) => report.duplicate += 1,
                Err(Refused::TooOld) => report.out_of_bounds += 1,
                Err(Refused::NoRoom | Refused::Forgotten) => report.no_room += 1,
            }
        }
    }

    /// Ends the live series for which `has_ended` says so.
    fn end_series(
        &mut self,
        at: Time,
        writer: &mut Writer,
        has_ended: impl Fn(&Cached, u64) -> bool,
    ) {
        let page = self.page;
        let ends = |entry: &Cached| entry.live != 0 && has_ended(entry, page);
        let entries = self.cache.entries();
        if !entries.iter().any(ends) {
            return;
        }
        // Another text may have become the same series, which then goes on.
        let goes_on: BTreeSet<SeriesRef> = entries
            .iter()
            .filter(|entry| entry.live == page)
            .filter_map(|entry| entry.series)
            .collect();
        for entry in entries.iter_mut().filter(|entry| ends(entry)) {
            entry.live = 0;
            if let Some(series) = entry.series.filter(|series| !goes_on.contains(series)) {
                // A series that is further on was ended, or taken over, by someone else.
                let _ = writer.append(series, at, STALE);
            }
        }
    }

    fn write_own(&mut self, at: Time, duration: Duration, report: &Report, writer: &mut Writer) {
        let values = [
            f64::from(u8::from(report.error.is_none())),
            seconds(duration),
            report.samples_scraped as f64,
            report.samples_after_relabeling as f64,
            report.series_added as f64,
        ];
        self.append_own(at, values, writer);
    }

    fn append_own(&mut self, at: Time, values: [f64; 5], writer: &mut Writer) {
        for ((labels, series), value) in self.own.iter_mut().zip(values) {
            // Refused where another session for the same target was faster, or memory is full.
            let _ = append(writer, labels, series, at, value);
        }
    }
}

/// Appends a sample to a series that may be new, or that the store may have forgotten meanwhile.
fn append(
    writer: &mut Writer,
    labels: &Labels,
    series: &mut Option<SeriesRef>,
    at: Time,
    value: f64,
) -> Result<(), Refused> {
    let mut handle = series.unwrap_or_else(|| writer.series(labels));
    let mut outcome = writer.append(handle, at, value);
    if outcome == Err(Refused::Forgotten) {
        handle = writer.series(labels);
        outcome = writer.append(handle, at, value);
    }
    if outcome.is_ok() {
        *series = Some(handle);
    }
    outcome
}

fn seconds(duration: Duration) -> f64 {
    duration.as_nanos() as f64 / 1e9
}
