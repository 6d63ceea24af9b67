//! The triggers, one file each; `registry` lists them.

pub(crate) mod aws_sqs_queue;
pub(crate) mod cron;
pub(crate) mod external;
pub(crate) mod kafka;
mod kafka_login;
pub(crate) mod kubernetes_workload;
pub(crate) mod metrics_api;
pub(crate) mod mysql;
pub(crate) mod nats_jetstream;
pub(crate) mod postgresql;
pub(crate) mod prometheus;
pub(crate) mod rabbitmq;
mod rabbitmq_queue;
pub(crate) mod redis;
pub(crate) mod redis_streams;
pub(crate) mod resource;
#[cfg(test)]
mod testing;
