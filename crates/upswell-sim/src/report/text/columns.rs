//! Tables without borders, and without blanks at the ends of their lines.

use comfy_table::{CellAlignment, Table, presets};

/// A table. Its columns of words start at the same place, those of numbers end there.
pub(super) fn lines(rows: Vec<Vec<String>>, words: &[usize]) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.add_rows(rows);
    let columns = table.column_iter_mut().enumerate();
    for (_, column) in columns.filter(|(number, _)| !words.contains(number)) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}
