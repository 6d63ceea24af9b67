//! What a rehearsal rests on: what was found, the traffic, the goal, every assumption.

use std::fmt;

use super::rehearsal::{HEAD_WIDTH, Text};
use super::wrap::write_hanging;
use crate::found::{Fault, Found, ScaledBy};
use crate::outcome::Assumption;
use crate::report::numbers::of;
use crate::report::premises::{Premises, traffic_in_words};
use crate::report::verdict::goal_in_words;

impl Text<'_> {
    pub(super) fn write_found(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Found { files, admitted, unknown, refused, failing, scaled_by } = &self.rehearsal.found;
        let (objects, files) = (of(admitted.len() as u64, "object"), of(*files as u64, "file"));
        writeln!(f, "{}{objects} in {files}", self.head("Found"))?;
        self.write_names(f, admitted)?;
        if !unknown.is_empty() {
            writeln!(f, "{}kept, and of no effect here", self.head("Unknown"))?;
            self.write_names(f, unknown)?;
        }
        self.write_faults(f, "Refused", "by the cluster; the rest goes on", refused)?;
        self.write_faults(f, "Failing", "taken in by the cluster, and without effect", failing)?;
        let target = &self.rehearsal.target;
        let head = self.head("Scales");
        match scaled_by {
            Some(ScaledBy { object, min, max, metrics, behavior }) => {
                writeln!(f, "{head}{target}, {min} to {max} replicas, by {object}")?;
                for line in metrics.iter().chain(behavior) {
                    writeln!(f, "{:HEAD_WIDTH$}{line}", "")?;
                }
                Ok(())
            }
            None => writeln!(f, "{head}nothing: no autoscaler works on {target}"),
        }
    }

    pub(super) fn write_premises(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let traffic = traffic_in_words(&self.rehearsal.traffic);
        write_hanging(
            f,
            &self.head("Traffic").to_string(),
            HEAD_WIDTH,
            &traffic,
            self.layout.width(),
        )?;
        if let Some(goal) = self.rehearsal.goal {
            writeln!(f, "{}{}", self.head("Goal"), goal_in_words(goal))?;
        }
        self.write_assumptions(f)?;
        if !self.rehearsal.not_simulated.is_empty() {
            writeln!(f, "{}", self.title("Not simulated"))?;
        }
        for part in &self.rehearsal.not_simulated {
            self.write_item(f, part)?;
        }
        Ok(())
    }

    /// Every one of them: a source that speaks often has a paragraph, the others a line each.
    fn write_assumptions(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title("Assumed"))?;
        let Premises { by_source, alone } = Premises::of(&self.rehearsal.assumptions);
        for (source, group) in by_source {
            let values = group.iter().map(|own| format!("{} = {}", own.what, own.value));
            let text = values.collect::<Vec<_>>().join("; ");
            self.write_item(f, &format!("{source}: {text}"))?;
        }
        for (whats, Assumption { value, source, .. }) in alone {
            self.write_item(f, &format!("{}: {value} ({source})", whats.join(", ")))?;
        }
        Ok(())
    }

    fn write_item(&self, f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
        write_hanging(f, "  - ", 4, text, self.layout.width())
    }

    fn write_names(&self, f: &mut fmt::Formatter<'_>, names: &[String]) -> fmt::Result {
        write_hanging(f, "", HEAD_WIDTH, &names.join(", "), self.layout.width())
    }

    fn write_faults(
        &self,
        f: &mut fmt::Formatter<'_>,
        head: &str,
        meaning: &str,
        faults: &[Fault],
    ) -> fmt::Result {
        if faults.is_empty() {
            return Ok(());
        }
        writeln!(f, "{}{meaning}", self.head(head))?;
        for Fault { object, at, message } in faults {
            let object = object.as_ref().map_or_else(String::new, |object| format!("{object}: "));
            let at = at.as_ref().map_or_else(String::new, |at| format!(" ({at})"));
            self.write_item(f, &format!("{object}{message}{at}"))?;
        }
        Ok(())
    }
}
