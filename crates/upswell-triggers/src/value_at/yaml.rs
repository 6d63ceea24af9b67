//! Paths into YAML: keys of mappings and indices into sequences, between dots.

use granit_parser::{Event, Parser, ScalarStyle};

use super::quantity;
use crate::literal;
use crate::trigger::ReadError;

/// A parsed path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct YamlPath(Vec<String>);

/// Deeper bodies are nobody's metrics.
const DEPTH_MAX: usize = 128;

/// A collection that the walk is inside of.
enum Frame {
    /// The key whose value comes next; absent while a key comes next.
    Mapping(Option<String>),
    /// The index of the element that comes next.
    Sequence(usize),
}

impl YamlPath {
    /// Splits a path at its dots.
    pub(crate) fn parse(text: &str) -> Self {
        Self(text.split('.').map(str::to_owned).collect())
    }

    /// Returns the number at this path of the first document; a text must be a quantity.
    pub(crate) fn number(&self, text: &str) -> Result<f64, ReadError> {
        let mut frames: Vec<Frame> = Vec::new();
        for event in Parser::new_from_str(text) {
            let (event, _) = event.map_err(|error| ReadError::malformed("YAML", error))?;
            match event {
                Event::Scalar(scalar, style, ..) => {
                    if self.is_at(&frames) {
                        return self.number_of(&scalar, style);
                    }
                    if !take_key(&mut frames, &scalar) {
                        advance(&mut frames);
                    }
                }
                Event::MappingStart(..) => frames.push(Frame::Mapping(None)),
                Event::SequenceStart(..) => frames.push(Frame::Sequence(0)),
                Event::MappingEnd | Event::SequenceEnd => {
                    frames.pop();
                    advance(&mut frames);
                }
                Event::Alias(_) if self.is_at(&frames) => {
                    return Err(ReadError::unusable("aliases in YAML are not supported"));
                }
                Event::Alias(_) => advance(&mut frames),
                Event::DocumentEnd => break,
                _ => {}
            }
            if frames.len() > DEPTH_MAX {
                return Err(ReadError::malformed("YAML", "nested too deeply"));
            }
        }
        Err(ReadError::missing(format!("value at `{}`", self.0.join("."))))
    }

    /// Returns whether the value that comes next is the one this path leads to.
    fn is_at(&self, frames: &[Frame]) -> bool {
        let is_step = |(frame, step): (&Frame, &String)| match frame {
            Frame::Mapping(key) => key.as_ref() == Some(step),
            Frame::Sequence(index) => index.to_string() == *step,
        };
        frames.len() == self.0.len() && frames.iter().zip(&self.0).all(is_step)
    }

    fn number_of(&self, scalar: &str, style: ScalarStyle) -> Result<f64, ReadError> {
        let number = if style == ScalarStyle::Plain { literal::float(scalar) } else { None };
        number.or_else(|| quantity(scalar)).ok_or_else(|| {
            let path = self.0.join(".");
            ReadError::unusable(format!("at `{path}` there is no number and no quantity"))
        })
    }
}

/// Takes a scalar as a key, if a key comes next.
fn take_key(frames: &mut [Frame], scalar: &str) -> bool {
    let Some(Frame::Mapping(key @ None)) = frames.last_mut() else { return false };
    *key = Some(scalar.to_owned());
    true
}

/// Goes on behind a value. Behind a key that is itself a collection comes a value that no path
/// can name.
fn advance(frames: &mut [Frame]) {
    match frames.last_mut() {
        Some(Frame::Mapping(key @ Some(_))) => *key = None,
        Some(Frame::Mapping(key)) => *key = Some(String::from("\0")),
        Some(Frame::Sequence(index)) => *index += 1,
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "components: [{id: 82328e93e, tasks: 32, str: '64', k: 1k, wrong: NaN}]\n\
                        ? {complex: key}\n: {count: 1}\n\
                        list:\n  - 5\n  - n: 6\ncount: 2.43\n";

    #[test]
    fn paths_lead_to_numbers_and_quantities() {
        for (path, value) in [
            ("count", 2.43),
            ("components.0.tasks", 32.0),
            ("components.0.str", 64.0),
            ("components.0.k", 1000.0),
            ("list.0", 5.0),
            ("list.1.n", 6.0),
        ] {
            assert_eq!(YamlPath::parse(path).number(BODY), Ok(value), "{path}");
        }
    }

    #[test]
    fn what_is_no_number_is_an_error() {
        for path in
            ["", "nothing", "list", "list.2", "components.0.wrong", "components.0.id", "count.x"]
        {
            assert!(YamlPath::parse(path).number(BODY).is_err(), "{path}");
        }
        let deep = "[".repeat(100_000);
        assert!(YamlPath::parse("a").number(&deep).is_err());
        assert!(YamlPath::parse("b").number("a: &x 1\nb: *x\n").is_err());
    }
}
