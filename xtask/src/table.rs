//! Plain text tables: the first column to the left, numbers to the right.

/// Lays out rows under a heading, every column as wide as its widest cell.
pub(crate) fn render<const COLUMNS: usize>(
    heading: [&str; COLUMNS],
    rows: &[[String; COLUMNS]],
) -> String {
    let mut widths = heading.map(str::len);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = line(&heading.map(str::to_owned), &widths);
    for row in rows {
        text.push_str(&line(row, &widths));
    }
    text
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let mut text = String::new();
    for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
        if column == 0 {
            text.push_str(&format!("{cell:<width$}"));
        } else {
            text.push_str(&format!("  {cell:>width$}"));
        }
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_under_each_other() {
        let rows = [["short".into(), "7".into()], ["a longer name".into(), "1234567".into()]];
        let rendered = render(["suite", "passed"], &rows);
        let lines: Vec<_> = rendered.lines().collect();
        let expected =
            ["suite           passed", "short                7", "a longer name  1234567"];
        assert_eq!(lines, expected);
    }
}
