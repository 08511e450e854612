//! A developer project on disk: read as it is, written as the code says.

use crate::hubspot::definition::check::Found;
use crate::hubspot::definition::project::ProjectFile;
use std::io;
use std::path::Path;

/// Reads every JSON file that HubSpot would read: the project's own and those below `src`.
///
/// # Errors
/// If a folder or a file cannot be read.
pub(super) fn read(root: &Path) -> io::Result<Found> {
    let mut found = Found::new();
    let project = root.join("hsproject.json");
    if project.exists() {
        found.insert("hsproject.json".to_owned(), parse(&project)?);
    }
    read_below(root, &root.join("src"), &mut found)?;
    Ok(found)
}

fn read_below(root: &Path, folder: &Path, found: &mut Found) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read_below(root, &path, found)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let below = path.strip_prefix(root).unwrap_or(&path);
            let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
            found.insert(parts.join("/"), parse(&path)?);
        }
    }
    Ok(())
}

fn parse(path: &Path) -> io::Result<Result<serde_json::Value, String>> {
    let text = std::fs::read_to_string(path)?;
    Ok(serde_json::from_str(&text).map_err(|error| error.to_string()))
}

/// What a file holds; nothing if it is not there or no JSON, since it is about to be written.
pub(super) fn read_file(path: &Path) -> serde_json::Value {
    match parse(path) {
        Ok(Ok(content)) => content,
        Ok(Err(_)) | Err(_) => serde_json::Value::Null,
    }
}

/// Writes a file of the project.
///
/// # Errors
/// Those of the file system.
pub(super) fn write(root: &Path, file: &ProjectFile) -> io::Result<()> {
    let path = root.join(&file.path);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut text = serde_json::to_string_pretty(&file.content)?;
    text.push('\n');
    std::fs::write(path, text)
}
