//! The `baton` command: everything it does lives in the library.

fn main() -> std::process::ExitCode {
    baton::cli::command_line::run()
}
