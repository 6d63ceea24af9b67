//! Tables without borders, and without blanks at the ends of their lines.

use comfy_table::{CellAlignment, Table, presets};

/// A table whose columns from `right_from` on are numbers, which end at the same place.
pub(super) fn lines(rows: Vec<Vec<String>>, right_from: usize) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.add_rows(rows);
    for column in table.column_iter_mut().skip(right_from) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}
