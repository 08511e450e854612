//! A source of settings made of literals.

use baton::config::Settings;
use baton::config::source::{Host, Source};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// A user's Linux machine with these variables.
pub fn source(variables: &[(&str, &str)]) -> Source {
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), OsString::from(value)));
    Source {
        variables: [("HOME".to_owned(), OsString::from("/home/ann"))]
            .into_iter()
            .chain(variables)
            .collect(),
        read_file: no_files,
        working_dir: PathBuf::from("/srv"),
        host: Host {
            is_root: false,
            is_macos: false,
            cores: 2,
        },
    }
}

fn no_files(_: &Path) -> io::Result<String> {
    Err(io::ErrorKind::NotFound.into())
}

/// The settings of these variables.
#[track_caller]
pub fn settings(variables: &[(&str, &str)]) -> Settings {
    match Settings::read(&source(variables), &[]) {
        Ok(settings) => settings,
        Err(mistakes) => panic!("{mistakes}"),
    }
}

/// What is wrong with a source, one line per mistake.
#[track_caller]
pub fn mistakes_in(source: &Source) -> String {
    Settings::read(source, &[]).unwrap_err().to_string()
}

/// What is wrong with these variables.
#[track_caller]
pub fn mistakes(variables: &[(&str, &str)]) -> String {
    mistakes_in(&source(variables))
}
