//! `baton app-config check` and `baton app-config render`.

use super::folder;
use crate::cli::exit;
use crate::hubspot::definition::app::keep_wording;
use crate::hubspot::definition::check::{Mistake, check, public_url};
use crate::hubspot::definition::labels::{Labels, UnreadableLabels};
use crate::hubspot::definition::project::{
    APP_PATH, Profile, legacy_files, profile_file, shared_files,
};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// What to do with the app's files.
#[derive(Subcommand)]
pub enum AppConfigCommand {
    /// Compare the files with the code, and with what HubSpot accepts.
    Check(CheckArgs),
    /// Write the files for a public URL and a product name.
    Render(RenderArgs),
}

/// Options of `baton app-config check`.
#[derive(Args)]
pub struct CheckArgs {
    /// The project's folder.
    #[arg(default_value = "app-config")]
    dir: PathBuf,
    /// The name that the files were rendered with.
    #[arg(long, env = "BATON_AI_NAME", default_value = "AI")]
    ai_name: String,
}

/// Options of `baton app-config render`.
#[derive(Args)]
pub struct RenderArgs {
    /// The https URL that HubSpot calls in production.
    #[arg(long)]
    public_url: String,
    /// The https URL that HubSpot calls while you develop, for instance a tunnel's.
    #[arg(long)]
    development_url: Option<String>,
    /// The developer account that production is uploaded to.
    #[arg(long, default_value_t = 1)]
    account_id: u64,
    /// The developer account for development.
    #[arg(long)]
    development_account_id: Option<u64>,
    /// What the AI is called in every name a person sees.
    #[arg(long, env = "BATON_AI_NAME", default_value = "AI")]
    ai_name: String,
    /// Where to write.
    #[arg(long)]
    out: PathBuf,
    /// Write the four definitions for the older API instead of a project.
    #[arg(long)]
    legacy: bool,
}

#[derive(Debug, thiserror::Error)]
enum AppConfigError {
    #[error(transparent)]
    Labels(#[from] UnreadableLabels),
    #[error("{flag} '{url}' {what}")]
    Url {
        flag: &'static str,
        url: String,
        what: &'static str,
    },
    #[error("{path}: {source}")]
    Folder {
        path: PathBuf,
        source: std::io::Error,
    },
}

/// Runs the command.
pub fn app_config(command: &AppConfigCommand) -> ExitCode {
    match command {
        AppConfigCommand::Check(args) => match mistakes(args) {
            Ok(mistakes) => print(args, &mistakes),
            Err(error) => exit::failed(error),
        },
        AppConfigCommand::Render(args) => match render(args) {
            Ok(count) => {
                println!("wrote {count} files to {}", args.out.display());
                ExitCode::SUCCESS
            }
            Err(error) => exit::failed(error),
        },
    }
}

fn mistakes(args: &CheckArgs) -> Result<Vec<Mistake>, AppConfigError> {
    let labels = Labels::load(&args.ai_name)?;
    let found = folder::read(&args.dir).map_err(|source| AppConfigError::Folder {
        path: args.dir.clone(),
        source,
    })?;
    Ok(check(&found, &labels, &args.ai_name))
}

fn print(args: &CheckArgs, mistakes: &[Mistake]) -> ExitCode {
    if mistakes.is_empty() {
        println!("{}: everything fits", args.dir.display());
        return ExitCode::SUCCESS;
    }
    for mistake in mistakes {
        println!("{mistake}");
    }
    println!(
        "{}: {} mistakes; `baton app-config render` writes the files as the code has them",
        args.dir.display(),
        mistakes.len()
    );
    ExitCode::FAILURE
}

fn render(args: &RenderArgs) -> Result<usize, AppConfigError> {
    let labels = Labels::load(&args.ai_name)?;
    let development_url = args.development_url.as_ref().unwrap_or(&args.public_url);
    for (flag, url) in [
        ("--public-url", &args.public_url),
        ("--development-url", development_url),
    ] {
        public_url(url).map_err(|what| AppConfigError::Url {
            flag,
            url: url.clone(),
            what,
        })?;
    }
    let files = if args.legacy {
        legacy_files(&labels, &args.public_url)
    } else {
        let mut files = shared_files(&labels, &args.ai_name);
        let before = folder::read_file(&args.out.join(APP_PATH));
        for file in files.iter_mut().filter(|file| file.path == APP_PATH) {
            keep_wording(&mut file.content, &before);
        }
        files.extend(profiles(args, development_url).iter().map(profile_file));
        files
    };
    for file in &files {
        folder::write(&args.out, file).map_err(|source| AppConfigError::Folder {
            path: args.out.join(&file.path),
            source,
        })?;
    }
    Ok(files.len())
}

fn profiles(args: &RenderArgs, development_url: &str) -> [Profile; 2] {
    [
        Profile {
            name: "production",
            account_id: args.account_id,
            public_url: args.public_url.clone(),
        },
        Profile {
            name: "development",
            account_id: args.development_account_id.unwrap_or(args.account_id),
            public_url: development_url.to_owned(),
        },
    ]
}
