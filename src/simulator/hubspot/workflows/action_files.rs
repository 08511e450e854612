//! Where the app's actions come from: the files of this repository as they were when it was built,
//! or a folder.

use super::action_file::{Action, ActionFileError};
use std::path::{Path, PathBuf};

/// Where HubSpot looks for them in a project.
const FOLDER: &str = "src/app/workflow-actions";
const ENDING: &str = "-hsmeta.json";

const BUILT_IN: [(&str, &str); 4] = [
    (
        "pause-ai-hsmeta.json",
        include_str!("../../../../app-config/src/app/workflow-actions/pause-ai-hsmeta.json"),
    ),
    (
        "resume-ai-hsmeta.json",
        include_str!("../../../../app-config/src/app/workflow-actions/resume-ai-hsmeta.json"),
    ),
    (
        "send-to-ai-hsmeta.json",
        include_str!("../../../../app-config/src/app/workflow-actions/send-to-ai-hsmeta.json"),
    ),
    (
        "request-handoff-hsmeta.json",
        include_str!("../../../../app-config/src/app/workflow-actions/request-handoff-hsmeta.json"),
    ),
];

/// Where the actions come from.
#[derive(Clone, Debug)]
pub enum ActionFiles {
    /// Those of this repository's `app-config`.
    BuiltIn,
    /// A project's folder: the one with `hsproject.json`.
    Folder(PathBuf),
}

impl ActionFiles {
    /// Reads all of them.
    ///
    /// # Errors
    /// The first file that cannot be used.
    pub fn read(&self) -> Result<Vec<Action>, ActionFileError> {
        match self {
            Self::BuiltIn => {
                let files = BUILT_IN.iter();
                files.map(|(name, text)| Action::read(name, text)).collect()
            }
            Self::Folder(project) => read_folder(&project.join(FOLDER)),
        }
    }
}

fn read_folder(folder: &Path) -> Result<Vec<Action>, ActionFileError> {
    let unreadable = |path: &Path, source| ActionFileError::Unreadable {
        name: path.display().to_string(),
        source,
    };
    let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, error))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        if path.to_string_lossy().ends_with(ENDING) {
            paths.push(path);
        }
    }
    paths.sort();
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, error))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Action::read(&name, &text)
    };
    paths.iter().map(read).collect()
}
