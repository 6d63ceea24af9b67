//! The file: one entry a group, replaced as a whole.

use std::path::{Path, PathBuf};

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use upswell_metrics::rules::{Group, State};

/// Version of the file's layout; a state has its own.
const VERSION: u64 = 1;

/// Facts about the file itself.
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");

/// File and name of a group to its [`State`] as JSON.
const GROUPS: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("rule groups");

/// Why the state of rules cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum StateFileError {
    /// The file is not what it should be, is in use, or cannot be read or written.
    #[error("the state of rules {}", path.display())]
    Database {
        /// Where the file lies.
        path: PathBuf,
        /// What is wrong.
        source: Box<redb::Error>,
    },
    /// Another version of this program wrote the file.
    #[error("the state of rules {} has version {version}, this program reads {VERSION}: move the file away to start anew", path.display())]
    Version {
        /// Where the file lies.
        path: PathBuf,
        /// Its version.
        version: u64,
    },
    /// A state is none.
    #[error("the state of rules {}", path.display())]
    Json {
        /// Where the file lies.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
}

/// The file in which rules keep their state.
#[derive(Debug)]
pub struct StateFile {
    database: Database,
    path: PathBuf,
}

impl StateFile {
    /// Opens a file, or makes it.
    ///
    /// # Errors
    ///
    /// If it is no such file, is in use, or of another version.
    pub fn open(path: &Path) -> Result<Self, StateFileError> {
        let failed = failed(path);
        let database = Database::create(path).map_err(|error| failed(error.into()))?;
        let version = set_up(&database).map_err(failed)?;
        if version != VERSION {
            return Err(StateFileError::Version { path: path.to_owned(), version });
        }
        Ok(Self { database, path: path.to_owned() })
    }

    /// Keeps the state of one group in place of what was kept of it.
    ///
    /// It is on the disk when this returns.
    ///
    /// # Errors
    ///
    /// If the file cannot be written; it is then as it was.
    pub fn save(&self, group: &Group, state: &State) -> Result<(), StateFileError> {
        let json = serde_json::to_vec(state);
        let json =
            json.map_err(|source| StateFileError::Json { path: self.path.clone(), source })?;
        let saved = || {
            let writing = self.database.begin_write()?;
            writing.open_table(GROUPS)?.insert(key(group), &json[..])?;
            Ok(writing.commit()?)
        };
        saved().map_err(failed(&self.path))
    }

    /// Returns what was kept of a group.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or what was kept is no state.
    pub fn load(&self, group: &Group) -> Result<Option<State>, StateFileError> {
        let loaded = || {
            let groups = self.database.begin_read()?.open_table(GROUPS)?;
            Ok(groups.get(key(group))?.map(|json| serde_json::from_slice(json.value())))
        };
        let loaded: Option<Result<State, _>> = loaded().map_err(failed(&self.path))?;
        loaded
            .transpose()
            .map_err(|source| StateFileError::Json { path: self.path.clone(), source })
    }
}

fn key(group: &Group) -> (&str, &str) {
    (&group.file, &group.name)
}

/// Makes the tables if they are not there; returns the file's version.
fn set_up(database: &Database) -> Result<u64, redb::Error> {
    let writing = database.begin_write()?;
    let mut meta = writing.open_table(META)?;
    let found = meta.get("version")?.map(|version| version.value());
    if found.is_none() {
        meta.insert("version", VERSION)?;
        writing.open_table(GROUPS)?;
    }
    drop(meta);
    writing.commit()?;
    Ok(found.unwrap_or(VERSION))
}

fn failed(path: &Path) -> impl Fn(redb::Error) -> StateFileError + Copy {
    move |error| StateFileError::Database { path: path.to_owned(), source: Box::new(error) }
}
