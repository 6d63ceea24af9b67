//! What the servers hold to which the tests of the clients speak.

use std::fmt::Write;

/// An instant on a whole hour, in seconds since the epoch.
pub(crate) const START: i64 = 1_700_002_800;

/// Samples of `requests_total`, which grows by two a second, and of `queue_depth`, once a minute
/// from [`START`] on.
pub(crate) fn page(minutes: i64) -> String {
    let mut page = "# TYPE requests counter\n".to_owned();
    for minute in 0..=minutes {
        let at = START + minute * 60;
        let _ = writeln!(page, "requests_total{{job=\"api\"}} {} {at}", minute * 120);
    }
    page += "# TYPE queue_depth gauge\n";
    for minute in 0..=minutes {
        for queue in ["a", "b"] {
            let at = START + minute * 60;
            let _ = writeln!(page, "queue_depth{{queue=\"{queue}\"}} {} {at}", minute % 7);
        }
    }
    page + "# EOF\n"
}
