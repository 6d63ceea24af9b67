//! `reconcile_*` by the engine's own functions: decide, then settle.

use serde_json::Value;
use upswell_engine::horizontal::{History, decide, settle};
use upswell_engine::policy::Controller;
use upswell_vectors::Verdict;

use super::record::{self, Given, Ticked, Ticker};

struct Functions {
    controller: Controller,
    history: History,
}

pub(super) fn verdict(record: &Value) -> Verdict {
    let (controller, history) = (record::controller(record), record::history(record));
    record::play(record, &mut Functions { controller, history })
}

impl Ticker for Functions {
    fn tick(&mut self, given: &Given) -> Result<Ticked, String> {
        let Self { controller, history } = self;
        let decision = decide(&given.policy, controller, history, &given.observation);
        let outcome = given.outcome(decision.rescale.is_some());
        let settled = settle(history, &decision, &outcome);
        Ok(Ticked { decision, outcome, settled })
    }

    fn history(&self) -> &History {
        &self.history
    }
}
