//! `mysql`: the one number that a query gives. KEDA's `mysql` scaler.
//!
//! Nothing about the connection is checked before it is made, as upstream. The metric's name ends
//! in the database's, which in a connection string is all that follows the last slash.
//! Source: KEDA main at 8b4f083, mysql_scaler.go.

use crate::reader::{AE, Common, MA, MAE, Reader, metric_name};
use crate::request::{Request, SqlDatabase, SqlRequest};
use crate::response::Response;
use crate::served::metric_quantity;
use crate::sql;
use crate::trigger::{ReadError, Reading, Trigger, TriggerMemory, common_trigger_parts};

#[derive(Debug)]
struct Mysql {
    common: Common,
    request: SqlRequest,
    activation_query_value: f64,
}

pub(crate) fn parse(read: &mut Reader<'_>) -> Box<dyn Trigger> {
    let connection = read.parameter("connectionString").from(AE).secret().optional();
    let username = read.parameter("username").from(MAE).text().or_zero();
    let password = read.parameter("password").from(AE).secret().or_zero();
    let host = read.parameter("host").from(MA).text().or_zero();
    let port = read.parameter("port").from(MA).text().or_zero();
    let mut database = read.parameter("dbName").from(MA).text().or_zero();
    let query = read.parameter("query").text().required();
    let query_value = read.parameter("queryValue").float().required();
    let activation_query_value = read.parameter("activationQueryValue").float().or(0.0);
    read.parameter("metricName").text().optional();
    if let Some(connection) = &connection {
        let name = connection.reveal().rsplit('/').next();
        database = name.unwrap_or_default().to_owned();
        read.set("dbName", database.as_str());
    }
    let base = format!("mysql-{database}");
    read.set("metricName", metric_name(read.input().index, &base).0);
    let common = read.external(&base, metric_quantity(query_value));
    let database = match connection {
        Some(connection) => SqlDatabase::MysqlDsn(connection),
        None => SqlDatabase::Mysql { host, port, username, password, database },
    };
    Box::new(Mysql { common, request: SqlRequest { database, query }, activation_query_value })
}

impl Trigger for Mysql {
    common_trigger_parts!();

    fn request(&self) -> Request {
        Request::Sql(self.request.clone())
    }

    fn reading(&self, response: &Response, _: &mut TriggerMemory) -> Result<Reading, ReadError> {
        let value = sql::number(response)?;
        self.common.reading(value, value > self.activation_query_value)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{parsed, read};
    use super::*;
    use crate::response::SqlValue;

    #[test]
    fn the_database_names_the_metric_and_the_number_is_its_value() {
        let metadata = [("query", "q"), ("queryValue", "2")];
        let auth = [("connectionString", "u:p@tcp(h:3306)/jobs")];
        let trigger = parsed("mysql", &metadata, &auth).expect("valid");
        assert_eq!(trigger.metric_specs()[0].name.0, "s0-mysql-jobs");
        let response = Response::Sql(Some(SqlValue::Text("4.5".to_owned())));
        assert_eq!(read(&*trigger, &response), Ok((4_500, true)));
    }
}
