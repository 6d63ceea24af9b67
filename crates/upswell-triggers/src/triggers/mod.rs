//! The triggers, one file each; `registry` lists them.

pub(crate) mod cron;
pub(crate) mod kafka;
mod kafka_login;
pub(crate) mod prometheus;
pub(crate) mod rabbitmq;
mod rabbitmq_queue;
pub(crate) mod redis;
pub(crate) mod redis_streams;
pub(crate) mod resource;
#[cfg(test)]
mod testing;
