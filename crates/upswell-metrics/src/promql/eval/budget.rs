//! What an evaluation may use.

use std::cell::Cell;

use crate::promql::EvalError;

/// After so much work the caller is asked whether to go on: some hundred microseconds of it.
const WORK_BETWEEN_CHECKS: usize = 1 << 17;

/// Memory and time of one evaluation.
pub(super) struct Budget<'c> {
    held: Cell<u64>,
    held_max: u64,
    work: Cell<usize>,
    proceed: &'c dyn Fn() -> bool,
}

impl<'c> Budget<'c> {
    pub(super) fn new(held_max: u64, proceed: &'c dyn Fn() -> bool) -> Self {
        Self { held: Cell::new(0), held_max, work: Cell::new(0), proceed }
    }

    /// Counts samples that are held from now on.
    pub(super) fn hold(&self, samples: usize) -> Result<(), EvalError> {
        let held = self.held.get().saturating_add(samples as u64);
        if held > self.held_max {
            let message = "query processing would load too many samples into memory";
            return Err(EvalError(message.to_owned()));
        }
        self.held.set(held);
        Ok(())
    }

    /// Counts samples that are held no longer.
    pub(super) fn release(&self, samples: usize) {
        self.held.set(self.held.get().saturating_sub(samples as u64));
    }

    /// Counts work, in samples looked at.
    #[inline]
    pub(super) fn spend(&self, samples: usize) -> Result<(), EvalError> {
        let work = self.work.get() + samples;
        if work < WORK_BETWEEN_CHECKS {
            self.work.set(work);
            return Ok(());
        }
        self.work.set(0);
        if (self.proceed)() {
            return Ok(());
        }
        Err(EvalError("query was cancelled, or took too long".to_owned()))
    }
}
