//! The requests that arrive: a recorded trace, request by request.

use upswell_units::{Diagnostic, Duration, FileId, Sources, Span};

/// One request of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When it arrives, from the start of the trace.
    pub at: Duration,
    /// Tokens of its prompt.
    pub prompt_tokens: u32,
    /// Tokens of its answer.
    pub output_tokens: u32,
}

/// A recorded stretch of traffic, in order of arrival.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    arrivals: Vec<Arrival>,
}

/// The header of a trace with one row for each request.
const HEADER: &str = "timestamp_s,prompt_tokens,output_tokens";
/// The header of a trace with one row for each minute.
const HEADER_PER_MINUTE: &str = "minute,requests,";
/// A broken file may have a million bad rows; the first ones say enough.
const BAD_ROWS_SHOWN_MAX: usize = 20;
/// Arrivals later than a year are a broken column, not traffic.
const SPAN_MAX_S: f64 = 366.0 * 86_400.0;

impl Traffic {
    /// Takes requests that are already in order of arrival.
    ///
    /// # Panics
    ///
    /// Where an arrival lies before its predecessor: the caller sorts.
    #[must_use]
    pub fn new(arrivals: Vec<Arrival>) -> Self {
        assert!(arrivals.is_sorted_by_key(|arrival| arrival.at), "arrivals are in order");
        Self { arrivals }
    }

    /// Returns the requests in order of arrival.
    #[must_use]
    pub fn arrivals(&self) -> &[Arrival] {
        &self.arrivals
    }

    /// Returns the time of the last arrival.
    #[must_use]
    pub fn span(&self) -> Duration {
        self.arrivals.last().map_or(Duration::ZERO, |arrival| arrival.at)
    }

    /// Returns the most arrivals in any whole second of the trace.
    #[must_use]
    pub fn busiest_second(&self) -> usize {
        let seconds = self.arrivals.chunk_by(|a, b| a.at.as_secs() == b.at.as_secs());
        seconds.map(<[Arrival]>::len).max().unwrap_or(0)
    }
}

/// Reads a trace: a header, then `timestamp_s,prompt_tokens,output_tokens` a row.
///
/// Times are seconds from the start of the trace and never go back.
///
/// # Errors
///
/// Every bad row (the first twenty of them) with its place and the mend.
pub fn parse_trace(sources: &Sources, file: FileId) -> Result<Traffic, Vec<Diagnostic>> {
    let text = sources.text(file);
    let mut rows = Rows { file, rest: text, offset: 0 }.filter(|row| !row.text.is_empty());
    let Some(header) = rows.next() else {
        return Err(vec![
            Diagnostic::error("trace-empty", "the trace has no rows")
                .at(Span::new(file, 0, 0), "nothing here")
                .help(format!("start with the header `{HEADER}`, then one row for each request")),
        ]);
    };
    check_header(&header)?;
    let (mut arrivals, mut faults) = (Vec::new(), Vec::new());
    for row in rows {
        match row.arrival() {
            Ok(arrival) => match arrivals.last() {
                Some(Arrival { at, .. }) if *at > arrival.at => faults.push(row.out_of_order(*at)),
                _ => arrivals.push(arrival),
            },
            Err(fault) => faults.push(*fault),
        }
        if faults.len() == BAD_ROWS_SHOWN_MAX {
            break;
        }
    }
    if arrivals.is_empty() && faults.is_empty() {
        faults.push(
            Diagnostic::error("trace-empty", "the trace has a header and no request")
                .at(header.span(), "the only row")
                .help("add one row for each request, e.g. `0.250,1020,129`"),
        );
    }
    if faults.is_empty() { Ok(Traffic { arrivals }) } else { Err(faults) }
}

fn check_header(header: &Row<'_>) -> Result<(), Vec<Diagnostic>> {
    if header.text == HEADER {
        return Ok(());
    }
    let fault = if header.text.starts_with(HEADER_PER_MINUTE) {
        Diagnostic::error("trace-per-minute", "the trace has counts for each minute")
            .at(header.span(), "one row a minute")
            .help("rehearse a trace with one row for each request; counts are not read yet")
    } else {
        Diagnostic::error("trace-header", "this is not the header of a trace")
            .at(header.span(), "the first row")
            .help(format!("start with `{HEADER}`: seconds from the start, then tokens"))
    };
    Err(vec![fault])
}

/// The lines of a file with their places.
struct Rows<'a> {
    file: FileId,
    rest: &'a str,
    offset: usize,
}

/// One line without its line ending.
struct Row<'a> {
    file: FileId,
    text: &'a str,
    offset: usize,
}

impl<'a> Iterator for Rows<'a> {
    type Item = Row<'a>;

    fn next(&mut self) -> Option<Row<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let length = self.rest.find('\n').map_or(self.rest.len(), |newline| newline + 1);
        let (line, rest) = self.rest.split_at(length);
        let row = Row { file: self.file, text: line.trim_end(), offset: self.offset };
        self.offset += length;
        self.rest = rest;
        Some(row)
    }
}

impl Row<'_> {
    fn span(&self) -> Span {
        self.cell(self.text)
    }

    /// The place of a part of this row.
    fn cell(&self, part: &str) -> Span {
        let start = self.offset + (part.as_ptr() as usize - self.text.as_ptr() as usize);
        Span::new(self.file, start as u32, (start + part.len()) as u32)
    }

    fn arrival(&self) -> Result<Arrival, Box<Diagnostic>> {
        let mut cells = self.text.split(',');
        let (Some(time), Some(prompt), Some(output), None) =
            (cells.next(), cells.next(), cells.next(), cells.next())
        else {
            let count = self.text.split(',').count();
            return Err(Box::new(
                Diagnostic::error("trace-row", format!("a row has 3 cells, this one has {count}"))
                    .at(self.span(), "this row")
                    .help(format!("write `{HEADER}`, e.g. `0.250,1020,129`")),
            ));
        };
        let at = self.time(time)?;
        Ok(Arrival { at, prompt_tokens: self.tokens(prompt)?, output_tokens: self.tokens(output)? })
    }

    fn time(&self, cell: &str) -> Result<Duration, Box<Diagnostic>> {
        match cell.trim().parse::<f64>() {
            Ok(seconds) if (0.0..=SPAN_MAX_S).contains(&seconds) => {
                Ok(Duration::from_secs_f64(seconds))
            }
            _ => Err(Box::new(
                Diagnostic::error("trace-row", format!("`{}` is not a time", cell.trim()))
                    .at(self.cell(cell), "seconds from the start of the trace")
                    .help("write seconds from 0 to one year, e.g. `12.345`"),
            )),
        }
    }

    fn tokens(&self, cell: &str) -> Result<u32, Box<Diagnostic>> {
        cell.trim().parse().map_err(|_| {
            Box::new(
                Diagnostic::error("trace-row", format!("`{}` is not a token count", cell.trim()))
                    .at(self.cell(cell), "tokens")
                    .help("write a whole number, e.g. `129`"),
            )
        })
    }

    fn out_of_order(&self, previous: Duration) -> Diagnostic {
        let message = format!("time goes back: the row before is at {}s", previous.as_secs_f64());
        Diagnostic::error("trace-order", message)
            .at(self.span(), "earlier than the row before")
            .help("sort the rows by their first cell")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Traffic, Vec<&'static str>> {
        let mut sources = Sources::default();
        let file = sources.add("trace.csv", text);
        parse_trace(&sources, file).map_err(|faults| {
            for fault in &faults {
                assert!(fault.render(&sources, false).contains("trace.csv:"));
            }
            faults.iter().map(|fault| fault.code).collect()
        })
    }

    #[test]
    fn a_row_is_a_request() {
        let traffic =
            parse("timestamp_s,prompt_tokens,output_tokens\r\n0.000,5,7\n0.5,1,0\n\n1.25,2,3\n");
        let traffic = traffic.unwrap();
        assert_eq!(traffic.arrivals().len(), 3);
        assert_eq!(traffic.span(), Duration::from_millis(1250));
        assert_eq!(traffic.busiest_second(), 2);
    }

    #[test]
    fn every_bad_row_is_named() {
        for (text, codes) in [
            ("", vec!["trace-empty"]),
            ("timestamp_s,prompt_tokens,output_tokens\n", vec!["trace-empty"]),
            ("a,b\n1,2\n", vec!["trace-header"]),
            (
                "minute,requests,mean_prompt_tokens,mean_output_tokens\n0,1,,\n",
                vec!["trace-per-minute"],
            ),
            (
                "timestamp_s,prompt_tokens,output_tokens\n1,2\nx,1,1\n-1,1,1\nNaN,1,1\n1,-1,1\n5,1,1\n4,1,1\n1e300,1,1\n",
                vec![
                    "trace-row",
                    "trace-row",
                    "trace-row",
                    "trace-row",
                    "trace-row",
                    "trace-order",
                    "trace-row",
                ],
            ),
        ] {
            assert_eq!(parse(text).unwrap_err(), codes, "{text}");
        }
    }

    #[test]
    fn a_file_of_nonsense_is_cut_short() {
        let text = format!("{HEADER}\n{}", "x\n".repeat(1000));
        assert_eq!(parse(&text).unwrap_err().len(), BAD_ROWS_SHOWN_MAX);
    }
}
