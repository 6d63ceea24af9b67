//! The number that an SQL query gives.

use crate::response::{Response, SqlValue};
use crate::trigger::ReadError;

/// Returns the first column of the first row as a number.
pub(crate) fn number(response: &Response) -> Result<f64, ReadError> {
    let Response::Sql(value) = response else {
        return Err(ReadError::expected("the database"));
    };
    match value {
        None => Err(ReadError::missing("row")),
        Some(SqlValue::Null) => Err(ReadError::missing("value: the first column is NULL")),
        Some(SqlValue::Number(value)) => Ok(*value),
        Some(SqlValue::Text(text)) => text
            .trim()
            .parse()
            .map_err(|_| ReadError::malformed("a number", "the first column is a text")),
    }
}
