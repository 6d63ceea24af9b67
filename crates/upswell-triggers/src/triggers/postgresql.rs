//! `postgresql`: the one number that a query gives. KEDA's `postgresql` scaler.
//!
//! Source: KEDA main at 8b4f083, postgresql_scaler.go.

use crate::fault::FaultClass;
use crate::reader::{AE, AM, Common, Reader};
use crate::request::{Request, SqlDatabase, SqlRequest};
use crate::response::Response;
use crate::secret::Secret;
use crate::served::metric_quantity;
use crate::sql;
use crate::trigger::{ReadError, Reading, Trigger, TriggerMemory, common_trigger_parts};

#[derive(Debug)]
struct Postgresql {
    common: Common,
    request: SqlRequest,
    activation_target_query_value: f64,
}

/// The parameters that make up a connection string, with their keywords in it.
const PARTS: [(&str, &str); 5] = [
    ("host", "host"),
    ("port", "port"),
    ("userName", "user"),
    ("dbName", "dbname"),
    ("sslmode", "sslmode"),
];

pub(crate) fn parse(read: &mut Reader<'_>) -> Box<dyn Trigger> {
    let target = read.parameter("targetQueryValue").float().or_zero();
    let activation_target_query_value =
        read.parameter("activationTargetQueryValue").float().or_zero();
    let given = read.parameter("connection").from(AE).secret().optional();
    let query = read.parameter("query").text().required();
    let parts = PARTS.map(|(name, _)| read.parameter(name).from(AM).text().or_zero());
    let password = read.parameter("password").from(AE).secret().or_zero();

    if given.is_none() {
        for ((name, _), value) in PARTS.iter().zip(&parts) {
            let message = format!("`{name}` is missing, and there is no `connection`");
            read.check(!value.is_empty(), FaultClass::MissingRequired, name, &message);
        }
    }
    let is_needed = !read.input().as_metric_source && !read.is_faulty("targetQueryValue");
    if target == 0.0 && is_needed {
        let message = "`targetQueryValue` is missing or zero";
        read.fault(FaultClass::MissingRequired, "targetQueryValue", message);
    }
    let token_as_password = read.pod_identity() == Some("azure-workload");
    let connection = match given {
        Some(connection) if !token_as_password => connection,
        _ => connection_string(&parts, (!token_as_password).then_some(&password)),
    };
    read.settings().set("connection", connection.reveal().into(), true);
    let common = read.external("postgresql", metric_quantity(target));
    let database = SqlDatabase::Postgresql { connection, token_as_password };
    Box::new(Postgresql {
        common,
        request: SqlRequest { database, query },
        activation_target_query_value,
    })
}

/// Joins the parts in libpq's `keyword=value` form.
fn connection_string(parts: &[String; 5], password: Option<&Secret>) -> Secret {
    let parts = PARTS.iter().zip(parts).map(|((_, keyword), value)| (*keyword, value.as_str()));
    let password = password.map(|password| ("password", password.reveal()));
    let words =
        parts.chain(password).map(|(keyword, value)| format!("{keyword}={}", quoted(value)));
    Secret::from(words.collect::<Vec<_>>().join(" "))
}

/// Quotes a value with blanks, quotes or backslashes.
fn quoted(value: &str) -> String {
    if !value.chars().any(|c| c.is_whitespace() || matches!(c, '\'' | '\\')) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

impl Trigger for Postgresql {
    common_trigger_parts!();

    fn request(&self) -> Request {
        Request::Sql(self.request.clone())
    }

    fn reading(&self, response: &Response, _: &mut TriggerMemory) -> Result<Reading, ReadError> {
        let value = sql::number(response)?;
        self.common.reading(value, value > self.activation_target_query_value)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{parsed, read};
    use super::*;
    use crate::response::SqlValue;

    #[test]
    fn the_value_is_a_number_or_the_text_of_one() {
        let metadata =
            [("query", "q"), ("targetQueryValue", "2"), ("activationTargetQueryValue", "3")];
        let trigger = parsed("postgresql", &metadata, &[("connection", "c")]).expect("valid");
        for (value, expected) in [
            (Some(SqlValue::Number(3.5)), Some((3_500, true))),
            (Some(SqlValue::Text(" 3 ".to_owned())), Some((3_000, false))),
            (Some(SqlValue::Text("many".to_owned())), None),
            (Some(SqlValue::Number(f64::NAN)), None),
            (Some(SqlValue::Null), None),
            (None, None),
        ] {
            assert_eq!(read(&*trigger, &Response::Sql(value.clone())).ok(), expected, "{value:?}");
        }
    }

    #[test]
    fn every_missing_part_is_reported() {
        let faults = parsed("postgresql", &[("query", "q")], &[]).expect_err("parts are missing");
        let parameters: Vec<&str> = faults.iter().map(|fault| fault.parameter.as_str()).collect();
        let expected = ["host", "port", "userName", "dbName", "sslmode", "targetQueryValue"];
        assert_eq!(parameters, expected);
    }
}
