//! A bar on stderr while a rehearsal takes long: only on a terminal, and gone at the end.

use std::io::{self, IsTerminal, Stderr, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Before that, a bar would only flicker.
const QUIET: Duration = Duration::from_millis(500);

/// Between two drawings.
const STEP: Duration = Duration::from_millis(100);

/// Characters of the bar itself.
const CELLS: usize = 30;

/// Returns to the start of the line and clears it.
const CLEAR: &str = "\r\x1b[2K";

/// How far the runs of a rehearsal are. Runs on several threads share one; dropped, it is gone.
pub(crate) struct Bar<W: Write = Stderr> {
    started: Instant,
    /// Absent where nobody looks.
    drawing: Option<Mutex<Drawing<W>>>,
}

struct Drawing<W> {
    out: W,
    /// Which part of each run is done.
    parts: Vec<f64>,
    drawn: Option<Duration>,
}

impl Bar {
    /// Starts a bar for so many runs; it draws nothing where stderr is no terminal.
    pub(crate) fn new(runs: usize) -> Self {
        let out = Some(io::stderr()).filter(IsTerminal::is_terminal);
        Self {
            started: Instant::now(),
            drawing: out.map(|out| Mutex::new(Drawing::new(out, runs))),
        }
    }
}

impl<W: Write> Bar<W> {
    /// Takes which part of a run is done, from 0 to 1. Runs are numbered from zero.
    pub(crate) fn tell(&self, run: usize, part: f64) {
        let Some(drawing) = &self.drawing else { return };
        // A bar has no state that a panic elsewhere could break.
        let mut drawing = drawing.lock().unwrap_or_else(PoisonError::into_inner);
        // Nothing can be done where stderr is gone; the rehearsal goes on.
        let _ = drawing.tell(run, part, self.started.elapsed());
    }
}

impl<W: Write> Drop for Bar<W> {
    fn drop(&mut self) {
        let Some(drawing) = &mut self.drawing else { return };
        let drawing = drawing.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = drawing.clear();
    }
}

impl<W: Write> Drawing<W> {
    fn new(out: W, runs: usize) -> Self {
        Self { out, parts: vec![0.0; runs], drawn: None }
    }

    fn tell(&mut self, run: usize, part: f64, elapsed: Duration) -> io::Result<()> {
        if let Some(own) = self.parts.get_mut(run) {
            *own = part.clamp(0.0, 1.0);
        }
        let due = self.drawn.map_or(QUIET, |drawn| drawn + STEP);
        if elapsed < due {
            return Ok(());
        }
        self.drawn = Some(elapsed);
        let part = self.parts.iter().sum::<f64>() / self.parts.len().max(1) as f64;
        write!(self.out, "{CLEAR}{}", line(part, elapsed))?;
        self.out.flush()
    }

    fn clear(&mut self) -> io::Result<()> {
        if self.drawn.is_some() {
            write!(self.out, "{CLEAR}")?;
            self.out.flush()?;
        }
        Ok(())
    }
}

/// The bar, its percentage, and how long it may take still if it goes on like this.
fn line(part: f64, elapsed: Duration) -> String {
    let full = ((part * CELLS as f64) as usize).min(CELLS);
    let (done, to_do) = ("█".repeat(full), "░".repeat(CELLS - full));
    let left_s = elapsed.as_secs_f64() * (1.0 - part) / part;
    let left = if left_s.is_finite() { format!(", {left_s:.0}s to go") } else { String::new() };
    format!("rehearsing {done}{to_do} {:.0}%{left}", part * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn drawn(tell: impl FnOnce(&mut Drawing<&mut Vec<u8>>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        let mut drawing = Drawing::new(&mut out, 2);
        tell(&mut drawing).unwrap();
        drawing.clear().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_short_rehearsal_draws_nothing() {
        assert_eq!(drawn(|drawing| drawing.tell(0, 0.9, QUIET / 2)), "");
    }

    #[test]
    fn the_bar_is_the_mean_of_the_runs_and_goes_away() {
        let text = drawn(|drawing| {
            drawing.tell(0, 1.0, SECOND)?;
            drawing.tell(1, 0.5, SECOND + STEP / 2)?;
            drawing.tell(1, 0.6, SECOND * 2)?;
            drawing.tell(7, 1.0, SECOND * 2)
        });
        let lines: Vec<&str> = text.split(CLEAR).collect();
        assert_eq!(lines.len(), 4, "two drawings between nothing and nothing: {text:?}");
        assert!(lines[1].ends_with(" 50%, 1s to go"), "{text:?}");
        assert!(lines[2].ends_with(" 80%, 0s to go"), "{text:?}");
        assert_eq!(lines[2].matches('█').count(), 24);
        assert_eq!((lines[0], lines[3]), ("", ""));
    }

    #[test]
    fn before_the_start_nobody_knows_how_long_it_takes() {
        assert!(line(0.0, SECOND).ends_with(" 0%"));
    }
}
